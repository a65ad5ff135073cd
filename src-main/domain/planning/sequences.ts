import type { Machine } from '../hardware.ts';
import type { GgufHeader } from '../model.ts';
import type { PlanPhase } from '../plan.ts';
import { fits, planModel, type ModelWishes } from './plan-model.ts';

/** A judge reads one token a verdict: with its prefix kept, two sequences reach the limit of a GPU, and more cost its memory. */
const JUDGE_SEQUENCES = 2;
/** On a CPU memory is cheap, and steps of a constant shape let the engine measure how many threads this machine can spare. */
const JUDGE_SEQUENCES_CPU = 8;
/** A judge that may write more than this gives reasons: it generates like any other model. */
const LABEL_TOKENS = 64;

/** What a phase has to do, as far as it decides about sequences. */
export interface SequenceWork {
  /** Tokens that may be written for each item. */
  readonly newTokens: number;
  /** Null where it is not known. */
  readonly items: number | null;
}

/**
 * Plans a phase whose number of sequences nobody has fixed: what runs do and what pages show. Writers take as many as fit
 * without giving up a layer on the GPU; judges that read one token a verdict take few on GPUs and more on the CPU. What
 * `wishes.sequences` says is not looked at. Throws as planModel.
 */
export function planSequences(
  header: GgufHeader,
  machine: Machine,
  wishes: ModelWishes,
  { newTokens, items }: SequenceWork,
): PlanPhase {
  if (wishes.role === 'generate' || newTokens > LABEL_TOKENS) {
    return planModel(header, machine, { ...wishes, sequences: 'auto' });
  }
  const few = Math.min(JUDGE_SEQUENCES, Math.max(1, items ?? JUDGE_SEQUENCES));
  const narrow = planModel(header, machine, { ...wishes, sequences: few });
  if (narrow.oneAtATime === true) {
    return planModel(header, machine, { ...wishes, sequences: 1 });
  }
  if (narrow.settings.backend !== 'cpu') {
    return narrow;
  }
  const wide = planModel(header, machine, { ...wishes, sequences: JUDGE_SEQUENCES_CPU, backend: 'cpu' });
  return fits(wide) ? { ...wide, ...(narrow.cpuFallback === true ? { cpuFallback: true } : {}) } : narrow;
}
