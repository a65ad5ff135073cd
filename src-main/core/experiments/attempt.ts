import type { ModelFile } from '../../domain/model.ts';
import type { PlanPhase } from '../../domain/plan.ts';
import type { MeasuredPhase } from '../../domain/run.ts';
import type { Engine, EngineError } from '../../engine/engine.ts';
import { sampleRows } from '../../engine/host/recheck.ts';
import type { PhasePatch } from '../../store/api.ts';
import { type EngineSession, exitSentence, isCrash, openSession } from './engine-session.ts';
import type { Hand } from './hand.ts';
import { checkOwnRows } from './own-check.ts';
import type { PhaseWork } from './phase.ts';
import { provenanceOf } from './provenance.ts';
import { requireSameFile } from './same-file.ts';
import type { PhaseMeter, RunContext } from './types.ts';

export type Patch = (patch: PhasePatch) => Promise<void>;

/** How one child's life ended: with a crash, or with its work done (or stopped). */
export interface Attempt {
  readonly crash: EngineError | null;
  readonly loaded: boolean;
}

/** One child from load to exit. Crashes are returned, everything else is thrown after the child is gone. */
export async function attemptPhase(
  context: RunContext,
  work: PhaseWork,
  file: ModelFile,
  plan: PlanPhase,
  hand: Hand,
  patch: Patch,
): Promise<Attempt> {
  context.step(`Loading ${work.model.name}`);
  await patch({ state: 'loading', error: null });
  await requireSameFile(file);
  const at = Date.now();
  let session: EngineSession;
  try {
    session = await openSession(context, work.seq, file.path, plan, context.signal);
  } catch (error) {
    if (!isCrash(error)) throw error;
    await recordLoad(context, work, { at, plan, session: null, measured: null, error });
    return { crash: error, loaded: false };
  }
  context.place.loaded();
  const { engine } = session;
  const worked = stopwatch(work);
  let workedMs: number | null = null;
  let crash: EngineError | null = null;
  try {
    const provenance = await provenanceOf(context, work, file, engine);
    await patch({ state: 'running', loadMs: engine.model.loadMs, provenance });
    for (const note of engine.model.notes) context.event('info', note);
    context.step(work.role === 'generate' ? 'Generating answers' : 'Judging answers');
    context.showMeter(meterOf(work, engine, hand));
    const sampler = sampleRows(engine, work.remaining());
    await work.work(sampler.engine, hand, context.signal);
    workedMs = worked();
    if (!context.signal.aborted) {
      const check = await checkOwnRows(context, sampler);
      if (check !== null) await patch({ provenance: { ...provenance, ...work.extraProvenance(), check } });
    }
  } catch (error) {
    if (!isCrash(error)) throw error;
    crash = error;
  } finally {
    context.showMeter(null);
    const measured = await endSession(context, work, session, patch, {
      tokens: hand.finishedTokens,
      busyMs: workedMs ?? worked(),
    });
    await recordLoad(context, work, { at, plan, session, measured, error: null });
  }
  return { crash, loaded: true };
}

/** Ms that the work took since now, without those in which it waited for others. */
export function stopwatch(work: PhaseWork): () => number {
  const began = Date.now();
  return () => Math.max(0, Date.now() - began - (work.waitedMs?.() ?? 0));
}

/** What a run shows live of an engine at work. */
export function meterOf(work: PhaseWork, engine: Engine, hand: Hand): PhaseMeter {
  return {
    seq: work.seq,
    total: work.remaining(),
    items: () => hand.finishedItems,
    tokens: () => {
      const progress = engine.progress();
      return work.role === 'generate' ? progress.generatedTokens : progress.promptTokens;
    },
    activeSequences: () => engine.progress().activeSequences,
  };
}

async function endSession(
  context: RunContext,
  work: PhaseWork,
  session: EngineSession,
  patch: Patch,
  spent: { readonly tokens: number; readonly busyMs: number },
): Promise<MeasuredPhase> {
  context.step(`Unloading ${work.model.name}`);
  let closed: Awaited<ReturnType<EngineSession['close']>>;
  try {
    await patch({ state: 'unloading' });
  } finally {
    // Also where nothing can be written any more (run taken over, disk full): no process is left behind.
    closed = await session.close();
  }
  const { measured, exit } = closed;
  await patch({ measured, addTokens: spent.tokens, addBusyMs: spent.busyMs });
  const { pid } = session.engine.model;
  context.event(
    exit.reason === null ? 'info' : 'warning',
    `${work.model.name} is unloaded (process ${pid}): ${exitSentence(exit)}`,
  );
  return measured;
}

/** Predicted and measured memory of one load go to the ledger, which the next plan learns from. */
async function recordLoad(
  context: RunContext,
  work: PhaseWork,
  load: {
    readonly at: number;
    readonly plan: PlanPhase;
    readonly session: EngineSession | null;
    readonly measured: MeasuredPhase | null;
    readonly error: EngineError | null;
  },
): Promise<void> {
  const { at, plan, session, measured, error } = load;
  const model = session?.engine.model;
  await context.deps.ledger.record({
    at,
    runId: context.run.id,
    modelName: work.model.name,
    modelSha256: work.model.sha256,
    plan,
    versions: model === undefined ? {} : { ...model.versions },
    outcome: error === null ? 'loaded' : error.kind === 'out-of-memory' ? 'out-of-memory' : 'failed',
    reason: error?.message ?? null,
    loadMs: model?.loadMs ?? null,
    measured,
  });
}
