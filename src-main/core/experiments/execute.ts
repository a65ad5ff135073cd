import type { Run, RunEvent, RunPhase, RunStatus } from '../../domain/run.ts';
import { EngineError } from '../../engine/engine.ts';
import { createBatcher } from '../batcher.ts';
import { Problem } from '../problem.ts';
import { countAhead } from './count-ahead.ts';
import { startHeartbeat } from './heartbeat.ts';
import { runPhase } from './phase.ts';
import { prepareGenerator, prepareJudge } from './prepare.ts';
import { createResident } from './resident.ts';
import type { PhaseMeter, RunContext, RunnerDeps } from './types.ts';
import { groupOf, runTogether } from './together.ts';
import type { Upstream } from './upstream.ts';
import { inLine, waitForMemory } from './wait-for-memory.ts';

/** Why a run's signal was aborted. */
export type StopReason = 'cancelled' | 'shutdown' | 'lost';

export interface Ended {
  readonly status: RunStatus;
  readonly error: string | null;
}

/**
 * Runs every phase that has something left, in order, and gives the run back with its new status. Never throws: what
 * went wrong is the run's error, and what was done before it is kept.
 */
export async function executeRun(
  deps: RunnerDeps,
  run: Run,
  token: number,
  controller: AbortController,
): Promise<Ended> {
  let step = 'Starting';
  let meter: PhaseMeter | null = null;
  const place = deps.queue.enter(
    `run ${run.id}`,
    run.phases.flatMap(({ seq, state, plan }) => (state === 'done' || plan === null ? [] : [{ seq, plan }])),
  );
  const events = createBatcher<Omit<RunEvent, 'seq'>>({
    maxItems: 100,
    maxMs: 100,
    flush: (batch) => deps.store.call('runs.addEvents', { runId: run.id, token, events: batch }),
  });
  const context: RunContext = {
    deps: { ...deps, planner: inLine(deps.planner, place) },
    place,
    resident: createResident(place, (seq) => run.phases[seq]?.state !== 'done'),
    run,
    token,
    signal: controller.signal,
    showMeter: (shown) => {
      meter = shown;
    },
    step: (text) => {
      step = text;
    },
    event: (level, text) => {
      deps.log.info(text, { run: run.id, level });
      events.add({ at: Date.now(), level, text }).catch(() => undefined);
    },
  };
  const heartbeat = startHeartbeat(
    context,
    { step: () => step, meter: () => meter },
    {
      cancel: () => controller.abort('cancelled' satisfies StopReason),
      lost: () => controller.abort('lost' satisfies StopReason),
    },
  );
  if (run.phases.some(({ startedAt }) => startedAt !== null)) context.event('info', 'Resumed.');
  const ended = await runPhases(context);
  if (ended.status === 'cancelled') context.event('info', 'Cancelled; what was finished is kept.');
  place.leave();
  await heartbeat.stop();
  await events.drain().catch(() => undefined);
  if (controller.signal.reason !== 'lost') {
    await deps.store.call('runs.release', { runId: run.id, token, ...ended }).catch((error: unknown) => {
      deps.log.error('a run could not be given back', { run: run.id, error: String(error) });
    });
  }
  return ended;
}

const NOTHING_TO_LOAD = { room: null, onWait: () => undefined };

async function runPhases(context: RunContext): Promise<Ended> {
  const errors: string[] = [];
  const { resident } = context;
  let counting: Promise<void> = Promise.resolve();
  try {
    const group = groupOf(context);
    const together = group === null ? null : await runTogether(context, group, runOnePhase);
    errors.push(...(together?.errors ?? []));
    const phases = group?.rest ?? context.run.phases;
    for (const [index, phase] of phases.entries()) {
      if (context.signal.aborted || together?.generatorFailed === true) break;
      const goesOn = resident.waitsFor(phase.seq);
      if (!goesOn) await resident.end();
      // One that was done before has nothing to load but in the rare case that it finds something after all.
      if (goesOn)
        await context.place.admit({ ...NOTHING_TO_LOAD, seqs: [phase.seq], signal: context.signal });
      else if (phase.state !== 'done') await waitForMemory(context, phase);
      await counting;
      const next = phases[index + 1];
      const workDone = (): void => {
        if (phase.role === 'generate' && next !== undefined) counting = countAhead(context, next);
      };
      const error = await runOnePhase({ ...context, workDone }, phase, null);
      if (!resident.isThere()) context.place.release();
      if (error === null) continue;
      errors.push(error);
      // Without answers there is nothing to judge; one judge's failure leaves the others their work.
      if (phase.role === 'generate') break;
    }
  } catch (error) {
    // What an abort throws is no failure.
    if (!context.signal.aborted) errors.push(sentenceOf(context, error));
  } finally {
    await counting;
    await resident.end().catch((error: unknown) => {
      context.deps.log.warn('the end of a model was not written down', { error: String(error) });
    });
  }
  if (context.signal.aborted) return { status: stopStatus(context.signal.reason), error: null };
  return errors.length === 0
    ? { status: 'done', error: null }
    : { status: 'failed', error: errors.join(' ') };
}

/** 'lost' writes nothing any more; what is said is for this process alone. */
function stopStatus(reason: unknown): RunStatus {
  return reason === 'cancelled' ? 'cancelled' : 'interrupted';
}

/** The sentence of what went wrong in the phase, which is recorded with it; null when it is done or was stopped. */
async function runOnePhase(
  context: RunContext,
  phase: RunPhase,
  upstream: Upstream | null,
): Promise<string | null> {
  try {
    await context.deps.store.call('runs.setStatus', {
      runId: context.run.id,
      token: context.token,
      status: 'running',
    });
    const work =
      phase.role === 'generate'
        ? await prepareGenerator(context, phase)
        : await prepareJudge(context, phase, upstream);
    await runPhase(context, phase, work);
    if (context.signal.aborted) await patchState(context, phase.seq, 'cancelled', null);
    return null;
  } catch (error) {
    if (context.signal.aborted) {
      await patchState(context, phase.seq, 'cancelled', null).catch(() => undefined);
      return null;
    }
    const sentence = sentenceOf(context, error);
    context.event('error', sentence);
    await patchState(context, phase.seq, 'failed', sentence);
    return sentence;
  }
}

function patchState(
  context: RunContext,
  seq: number,
  state: 'failed' | 'cancelled',
  error: string | null,
): Promise<void> {
  return context.deps.store.call('runs.patchPhase', {
    runId: context.run.id,
    token: context.token,
    seq,
    patch: { state, endedAt: Date.now(), error },
  });
}

function sentenceOf(context: RunContext, error: unknown): string {
  if (error instanceof EngineError || error instanceof Problem) return error.message;
  if (error instanceof Error && error.name === 'StoreError') return error.message;
  context.deps.log.error('a run failed', {
    run: context.run.id,
    error: error instanceof Error ? (error.stack ?? error.message) : String(error),
  });
  return `Something unexpected stopped the run; what was done is kept. ${error instanceof Error ? error.message : ''}`;
}
