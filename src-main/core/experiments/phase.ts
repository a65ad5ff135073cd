import type { ModelFile } from '../../domain/model.ts';
import type { PlanPhase } from '../../domain/plan.ts';
import type { RunPhase } from '../../domain/run.ts';
import { type Engine, EngineError } from '../../engine/engine.ts';
import { type EngineSession, exitSentence, isCrash, openSession } from './engine-session.ts';
import type { PhasePatch } from '../../store/api.ts';
import { provenanceOf } from './provenance.ts';
import type { RunContext } from './types.ts';

/** A fresh child is tried this often without one item getting done in between: then something is wrong that trying again will not mend. */
const CRASHES_WITHOUT_PROGRESS = 3;
/** An item that was in hand at this many crashes is given up, so that the others get done. */
const CRASHES_PER_ITEM = 3;

/** What one phase does with a loaded model. Positions identify items within the run. */
export interface PhaseWork {
  readonly seq: number;
  readonly role: 'generate' | 'judge';
  readonly model: ModelFile;
  readonly modelSha256: string;
  plan(maxGpuLayers?: number): Promise<PlanPhase>;
  /** Whether anything is left to do, looked up before a model is loaded. */
  pending(): Promise<boolean>;
  /**
   * Works through what is pending and commits it. `started` and `finished` are told every item, so that a crash can be
   * laid to the items in hand; `skip` says which were given up.
   */
  work(engine: Engine, hooks: WorkHooks, signal: AbortSignal): Promise<void>;
  giveUp(positions: readonly number[], reason: string): Promise<void>;
  readonly extraProvenance: Readonly<Record<string, unknown>>;
}

export interface WorkHooks {
  started(position: number): void;
  finished(position: number, tokens: number): void;
  skip(position: number): boolean;
}

/** Load, work, unload, with fresh children after crashes. Throws EngineError when it gives up, or what the abort throws. */
export async function runPhase(context: RunContext, phase: RunPhase, work: PhaseWork): Promise<void> {
  const patch = patcher(context, work.seq);
  if (!(await work.pending())) {
    // A phase that ended in an earlier session keeps its times.
    if (phase.state === 'done') return;
    const now = Date.now();
    await patch({ state: 'done', startedAt: phase.startedAt ?? now, endedAt: now, error: null });
    context.event('info', `Nothing left to ${work.role} with ${work.model.name}: all of it was done before.`);
    return;
  }
  const crashes = new Map<number, number>();
  const givenUp = new Set<number>();
  let plan = await planAndRecord(context, work, patch);
  let barren = 0;
  for (;;) {
    const attempt = await runOnce(context, work, plan, givenUp, patch);
    if (attempt.error === null) return;
    barren = attempt.finished > 0 ? 0 : barren + 1;
    const reason = attempt.error.message;
    context.event(
      'warning',
      `${reason} ${attempt.inHand.length} item(s) were in hand; a fresh process tries them again.`,
    );
    const lost = attempt.inHand.filter((position) => {
      const count = (crashes.get(position) ?? 0) + 1;
      crashes.set(position, count);
      return count >= CRASHES_PER_ITEM;
    });
    if (barren >= CRASHES_WITHOUT_PROGRESS) {
      await work.giveUp(attempt.inHand, reason);
      throw new EngineError(
        'circuit-open',
        `Stopped after ${barren} failures in a row without progress. ${reason}`,
      );
    }
    if (lost.length > 0) {
      for (const position of lost) givenUp.add(position);
      await work.giveUp(lost, reason);
    }
    if (attempt.error.kind === 'out-of-memory') {
      const smaller = await smallerPlan(work, plan);
      if (smaller === null) throw attempt.error;
      context.event(
        'warning',
        `Loading again with ${smaller.settings.gpuLayers} of ${plan.totalLayers} layers on the GPU.`,
      );
      plan = smaller;
      await patch({ plan });
    }
  }
}

type Patch = ReturnType<typeof patcher>;

function patcher(context: RunContext, seq: number) {
  return (patch: PhasePatch): Promise<void> =>
    context.deps.store.call('runs.patchPhase', { runId: context.run.id, token: context.token, seq, patch });
}

async function planAndRecord(context: RunContext, work: PhaseWork, patch: Patch): Promise<PlanPhase> {
  context.step(`Planning ${work.model.name}`);
  const plan = await work.plan();
  await patch({ plan });
  return plan;
}

/** A plan with fewer layers from the memory that is free now; null when there is nothing left to lower. */
async function smallerPlan(work: PhaseWork, plan: PlanPhase): Promise<PlanPhase | null> {
  const layers = plan.settings.gpuLayers;
  if (layers === 0) return null;
  const next = await work.plan(Math.max(0, layers - Math.max(1, Math.ceil(plan.totalLayers / 8))));
  return next.settings.gpuLayers < layers ? next : null;
}

interface Attempt {
  readonly error: EngineError | null;
  readonly finished: number;
  readonly inHand: readonly number[];
}

/** One child from load to exit. Crashes are returned, everything else is thrown after the child is gone. */
async function runOnce(
  context: RunContext,
  work: PhaseWork,
  plan: PlanPhase,
  givenUp: ReadonlySet<number>,
  patch: Patch,
): Promise<Attempt> {
  const inHand = new Set<number>();
  let finished = 0;
  let tokens = 0;
  context.step(`Loading ${work.model.name}`);
  await patch({ state: 'loading', startedAt: Date.now(), error: null });
  let session: EngineSession;
  try {
    session = await openSession(context, work.seq, work.model.path, plan, context.signal);
  } catch (error) {
    if (isCrash(error)) return { error, finished, inHand: [] };
    throw error;
  }
  const { engine } = session;
  const provenance = await provenanceOf(context, work, engine);
  await patch({ state: 'running', loadMs: engine.model.loadMs, provenance });
  for (const note of engine.model.notes) context.event('info', note);
  context.step(work.role === 'generate' ? 'Generating answers' : 'Judging answers');
  context.meter = {
    seq: work.seq,
    total: context.run.total,
    tokens: () => tokensSeen(engine, work.role),
    items: () => finished,
    activeSequences: () => engine.progress().activeSequences,
  };
  const began = Date.now();
  let crash: EngineError | null = null;
  try {
    await work.work(
      engine,
      {
        started: (position) => inHand.add(position),
        finished: (position, count) => {
          inHand.delete(position);
          finished += 1;
          tokens += count;
        },
        skip: (position) => givenUp.has(position),
      },
      context.signal,
    );
  } catch (error) {
    if (!isCrash(error)) throw error;
    crash = error;
  } finally {
    context.meter = null;
    await closeSession(context, work, session, patch, { tokens, busyMs: Date.now() - began });
  }
  if (crash === null && !context.signal.aborted) await patch({ state: 'done', endedAt: Date.now() });
  return { error: crash, finished, inHand: [...inHand] };
}

function tokensSeen(engine: Engine, role: 'generate' | 'judge'): number {
  const progress = engine.progress();
  return role === 'generate' ? progress.generatedTokens : progress.promptTokens;
}

async function closeSession(
  context: RunContext,
  work: PhaseWork,
  session: EngineSession,
  patch: Patch,
  spent: { readonly tokens: number; readonly busyMs: number },
): Promise<void> {
  context.step(`Unloading ${work.model.name}`);
  await patch({ state: 'unloading' });
  const { measured, exit } = await session.close();
  await patch({ measured, addTokens: spent.tokens, addBusyMs: spent.busyMs });
  context.event(
    'info',
    `${work.model.name} is unloaded: its process (${session.engine.model.pid}) ${exitSentence(exit)}.`,
  );
}
