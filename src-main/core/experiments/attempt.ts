import type { ModelFile } from '../../domain/model.ts';
import type { PlanPhase } from '../../domain/plan.ts';
import { type Engine, EngineError } from '../../engine/engine.ts';
import { sampleRows } from '../../engine/host/recheck.ts';
import { isCrash } from './engine-session.ts';
import type { Hand } from './hand.ts';
import { endLoad, leaveLoaded, type Load, loadModel, type Patch } from './load.ts';
import { checkOwnRows } from './own-check.ts';
import type { PhaseWork } from './phase.ts';
import { provenanceOf } from './provenance.ts';
import type { PhaseMeter, RunContext } from './types.ts';

/** How one child's life in a phase ended: with a crash, or with its work done (or stopped). */
export interface Attempt {
  readonly crash: EngineError | null;
  readonly loaded: boolean;
}

/**
 * One child from load to exit; or from phase to phase, where the same model is asked. Crashes are returned, everything
 * else is thrown after the child is gone.
 * @param inherited the child that the phase before left loaded; null to load the file.
 */
export async function attemptPhase(
  context: RunContext,
  work: PhaseWork,
  file: ModelFile,
  plan: PlanPhase,
  hand: Hand,
  patch: Patch,
  inherited: Load | null,
): Promise<Attempt> {
  const load = inherited ?? (await loadModel(context, work, file, plan, patch));
  if (load instanceof EngineError) return { crash: load, loaded: false };
  const worked = stopwatch(work);
  let workedMs: number | null = null;
  let crash: EngineError | null = null;
  let finished = false;
  try {
    await workWith(context, work, load, hand, patch, inherited !== null, () => {
      workedMs = worked();
    });
    finished = !context.signal.aborted;
  } catch (error) {
    if (!isCrash(error)) throw error;
    crash = error;
    context.place.lost(work.seq, plan);
  } finally {
    context.showMeter(null);
    const stays = finished && !load.session.isOver() && context.resident.staysAfter(work.seq);
    const spent = {
      tokens: hand.finishedTokens,
      items: hand.finishedItems,
      busyMs: workedMs ?? worked(),
    };
    await (stays ? leaveLoaded : endLoad)(context, work, load, patch, spent);
  }
  return { crash, loaded: true };
}

/** @param done called when the work is done, before the check of it. */
async function workWith(
  context: RunContext,
  work: PhaseWork,
  load: Load,
  hand: Hand,
  patch: Patch,
  inherited: boolean,
  done: () => void,
): Promise<void> {
  const { engine } = load.session;
  if (inherited) load.session.goOn(work.seq);
  const provenance = {
    ...(await provenanceOf(context, work, load.file, engine)),
    ...(inherited ? { loadedByPhase: load.seq } : {}),
  };
  // What was loaded before took this phase no time.
  await patch({
    state: 'running',
    error: null,
    loadMs: inherited ? 0 : engine.model.loadMs,
    provenance,
  });
  if (inherited) {
    const { pid } = engine.model;
    context.event(
      'info',
      `${work.model.name} is loaded already (process ${pid}): this phase goes on with it.`,
    );
  } else for (const note of engine.model.notes) context.event('info', note);
  context.step(work.role === 'generate' ? 'Generating answers' : 'Judging answers');
  context.showMeter(meterOf(work, engine, hand));
  const sampler = sampleRows(engine, work.remaining());
  await work.work(sampler.engine, hand, context.signal);
  done();
  if (context.signal.aborted) return;
  context.workDone?.();
  const check = await checkOwnRows(context, sampler);
  if (check !== null) await patch({ provenance: { ...provenance, ...work.extraProvenance(), check } });
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
