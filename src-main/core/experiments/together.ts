import type { PlanPhase } from '../../domain/plan.ts';
import { joinPhases } from '../../domain/planning/join-phases.ts';
import type { RunPhase } from '../../domain/run.ts';
import { turnsThatFollow } from './judge-turns.ts';
import type { Place } from './memory-queue.ts';
import { NO_RESIDENT } from './resident.ts';
import type { PhaseMeter, RunContext } from './types.ts';
import { createUpstream, type Upstream } from './upstream.ts';
import { planAsWanted, waitFor, wantedOf } from './wait-for-memory.ts';

/** Works one phase off, with an upstream for a judge that follows. The sentence of what went wrong; null when nothing did. */
export type RunOne = (
  context: RunContext,
  phase: RunPhase,
  upstream: Upstream | null,
) => Promise<string | null>;

/** Phases that are loaded at once: the generator, and each judge that can begin before all answers are there. */
export interface Group {
  readonly generator: RunPhase;
  readonly judges: readonly RunPhase[];
  /** One after the other when the group is done. */
  readonly rest: readonly RunPhase[];
}

/** Null where there is nothing to load together: not asked for, no generator, no judge, or all answers are there. */
export function groupOf({ run }: RunContext): Group | null {
  const generator = run.phases.find(({ role }) => role === 'generate');
  if (run.experiment.schedule !== 'together' || generator === undefined || generator.state === 'done')
    return null;
  const follows = turnsThatFollow(run.experiment.judges);
  const judges = run.phases.filter(({ role }) => role === 'judge').filter((_, turn) => follows[turn]);
  if (judges.length === 0) return null;
  return { generator, judges, rest: run.phases.filter((p) => p !== generator && !judges.includes(p)) };
}

/**
 * The generator and its judges at once, each model in a process of its own; judges take answers as they are committed. One
 * place in the line for all of them: they begin when there is room for every one. Models are loaded one after the other,
 * the generator first, so that each is planned on what is then really free.
 */
export async function runTogether(
  context: RunContext,
  group: Group,
  runOne: RunOne,
): Promise<{ readonly errors: string[]; readonly generatorFailed: boolean }> {
  const { generator, judges } = group;
  const answers = { failed: false };
  await waitForAll(context, [generator, ...judges]);
  const stage = createStage(context, generator.seq);
  const upstream = createUpstream();
  const begin = (
    phase: RunPhase,
  ): { readonly loaded: Promise<void>; readonly ended: Promise<string | null> } => {
    const loaded = Promise.withResolvers<void>();
    const own = stage.contextOf(phase, loaded.resolve);
    const work = async (): Promise<string | null> => {
      try {
        const error = await runOne(own, phase, phase === generator ? null : upstream);
        if (phase === generator) answers.failed = error !== null;
        return error;
      } finally {
        if (phase === generator) upstream.end();
        loaded.resolve();
        stage.leave(phase.seq);
      }
    };
    const ended = work();
    // Asked for when all have ended; a failure that nobody waits for until then would end the process.
    ended.catch(() => undefined);
    return { loaded: loaded.promise, ended };
  };
  try {
    const first = begin(generator);
    const ends = [first.ended];
    let previous = first;
    for (const judge of judges) {
      await previous.loaded;
      if (answers.failed || context.signal.aborted) break;
      previous = begin(judge);
      ends.push(previous.ended);
    }
    await previous.loaded;
    context.place.loaded();
    // All of them, whatever became of one: none may be at work when the run is given back.
    await Promise.allSettled(ends);
    const errors = (await Promise.all(ends)).filter((error) => error !== null);
    return { errors, generatorFailed: answers.failed };
  } finally {
    context.place.release();
  }
}

async function waitForAll(context: RunContext, phases: readonly RunPhase[]): Promise<void> {
  const local = phases.flatMap((phase) => {
    const wanted = wantedOf(context, phase);
    return wanted === null ? [] : [{ phase, wanted }];
  });
  if (local.length === 0) return waitFor(context, phases, null);
  return waitFor(context, phases, {
    wanted: joinPhases(local.map(({ wanted }) => wanted)),
    async plan() {
      const plans: PlanPhase[] = [];
      for (const { phase, wanted } of local) plans.push(await planAsWanted(context, phase, wanted, plans));
      return joinPhases(plans);
    },
  });
}

/** What the group's phases show and share: the generator is what a run shows of itself, then whoever still works. */
function createStage(context: RunContext, generator: number) {
  const meters = new Map<number, PhaseMeter>();
  const steps = new Map<number, string>();
  const shown = (): number | undefined => (steps.has(generator) ? generator : [...steps.keys()][0]);
  const show = (): void => {
    const seq = shown();
    if (seq === undefined) return;
    context.step(steps.get(seq) ?? '');
    context.showMeter(meters.get(seq) ?? null);
  };
  return {
    contextOf(phase: RunPhase, loaded: () => void): RunContext {
      const place: Place = {
        ...context.place,
        admit: () => Promise.resolve(),
        holds: () => undefined,
        loaded,
        release: () => undefined,
        // A device's bytes are never one model's alone here.
        hadCompany: () => true,
      };
      return {
        ...context,
        place,
        resident: NO_RESIDENT,
        step(text) {
          steps.set(phase.seq, text);
          show();
        },
        showMeter(meter) {
          if (meter === null) meters.delete(phase.seq);
          else meters.set(phase.seq, meter);
          show();
        },
      };
    },
    leave(seq: number): void {
      steps.delete(seq);
      meters.delete(seq);
      show();
    },
  };
}
