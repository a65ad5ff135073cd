import type { ModelFit } from '../../domain/fit.ts';
import type { Machine } from '../../domain/hardware.ts';
import type { ModelFile } from '../../domain/model.ts';
import type { PlanPhase } from '../../domain/plan.ts';
import { fits } from '../../domain/planning/plan-model.ts';
import { phaseReasons, phaseVerdict } from '../../domain/planning/verdict.ts';
import { formatMiB } from '../../domain/units.ts';
import type { ModelLibrary } from '../models/library.ts';
import type { Planner } from './planner.ts';

export interface FitDeps {
  readonly planner: Planner;
  readonly library: ModelLibrary;
  readonly machine: (signal: AbortSignal) => Promise<Machine>;
  readonly scanOnce: () => Promise<void>;
}

/** What is asked when no dataset says otherwise: room for a long question with examples and its answer. */
const USUAL_CONTEXT = 4096;
const CONTEXT_STEP = 256;

/** Which models fit the machine now: verdict, reason, plan, and the longest context that fits. Unusable files are left out. */
export function createFit(deps: FitDeps) {
  return async (
    ids: readonly string[] | null,
    context: number | null,
    signal: AbortSignal,
  ): Promise<ModelFit[]> => {
    await deps.scanOnce();
    const machine = await deps.machine(signal);
    const models = deps.library
      .list()
      .filter((model) => model.problem === null && (ids === null || ids.includes(model.id)));
    const results: ModelFit[] = [];
    for (const model of models) {
      signal.throwIfAborted();
      results.push(await fitOf(deps.planner, model, machine, context));
    }
    return results;
  };
}

async function fitOf(
  planner: Planner,
  model: ModelFile,
  machine: Machine,
  context: number | null,
): Promise<ModelFit> {
  const trained = model.facts?.contextTrained ?? USUAL_CONTEXT;
  const asked = context ?? Math.min(USUAL_CONTEXT, trained);
  const at = (contextPerSequence: number): Promise<PlanPhase> =>
    planner.model(model, machine, { role: 'generate', contextPerSequence, sequences: 1 });
  try {
    const phase = await at(asked);
    return {
      modelId: model.id,
      verdict: phaseVerdict(phase),
      reason: reasonOf(phase),
      phase,
      maxContext: await longestContext(at, phase.settings.gpuLayers, trained),
      at: machine.at,
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { modelId: model.id, verdict: 'unknown', reason, phase: null, maxContext: null, at: machine.at };
  }
}

function reasonOf(phase: PlanPhase): string {
  const reasons = phaseReasons(phase);
  if (reasons.length > 0) return reasons.join(' ');
  const tightest = phase.devices.toSorted((a, b) => a.marginBytes - b.marginBytes)[0];
  const where = phase.settings.backend === 'cpu' ? 'runs on the CPU' : 'fits whole on the GPU';
  return tightest === undefined
    ? where
    : `${where}, ${formatMiB(tightest.marginBytes)} to spare on ${tightest.name}`;
}

/** The longest context, in steps of 256 up to what the model was trained for, that costs no layer on the GPU; null when none fits. */
async function longestContext(
  at: (context: number) => Promise<PlanPhase>,
  layers: number,
  trained: number,
): Promise<number | null> {
  let low = 0;
  let high = Math.max(1, Math.floor(trained / CONTEXT_STEP));
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const phase = await at(middle * CONTEXT_STEP);
    if (fits(phase) && phase.settings.gpuLayers >= layers) low = middle;
    else high = middle - 1;
  }
  return low === 0 ? null : low * CONTEXT_STEP;
}
