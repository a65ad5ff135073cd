import type { ModelFile } from '../../domain/model.ts';
import type { PlanPhase } from '../../domain/plan.ts';
import type { MeasuredPhase } from '../../domain/run.ts';
import type { PhasePatch } from '../../store/api.ts';
import type { EngineError } from '../../engine/engine.ts';
import { type EngineSession, exitSentence, isCrash, openSession } from './engine-session.ts';
import type { PhaseWork } from './phase.ts';
import { requireSameFile } from './same-file.ts';
import type { RunContext } from './types.ts';

export type Patch = (patch: PhasePatch) => Promise<void>;

/** A model loaded in a process of its own, by one phase and perhaps for others after it. */
export interface Load {
  readonly file: ModelFile;
  readonly sha256: string;
  readonly plan: PlanPhase;
  /** Epoch ms of its beginning. */
  readonly at: number;
  /** The phase that it was loaded by. */
  readonly seq: number;
  readonly session: EngineSession;
}

/** What a phase spent, for its row. */
export interface Spent {
  readonly tokens: number;
  readonly items: number;
  readonly busyMs: number;
}

/** Loads the model as planned. The crash, recorded, when the process died or had no memory; throws everything else. */
export async function loadModel(
  context: RunContext,
  work: PhaseWork,
  file: ModelFile,
  plan: PlanPhase,
  patch: Patch,
): Promise<Load | EngineError> {
  context.step(`Loading ${work.model.name}`);
  await patch({ state: 'loading', error: null });
  await requireSameFile(file);
  const at = Date.now();
  const load = { file, sha256: work.model.sha256, plan, at, seq: work.seq };
  try {
    const session = await openSession(context, work.seq, file.path, plan, context.signal);
    context.place.loaded();
    context.place.cameBack(work.seq);
    return { ...load, session };
  } catch (error) {
    if (!isCrash(error)) throw error;
    await record(context, work, { ...load, session: null }, null, error);
    return error;
  }
}

const added = ({ tokens, items, busyMs }: Spent): PhasePatch => ({
  addTokens: tokens,
  addWorked: items,
  addBusyMs: busyMs,
});

/** The phase is over and its model stays loaded for the next. */
export async function leaveLoaded(
  context: RunContext,
  work: PhaseWork,
  load: Load,
  patch: Patch,
  spent: Spent,
): Promise<void> {
  // First of all: whatever fails from here on, somebody ends the process.
  context.resident.park(load, () => endLoad(context, work, load, patch, null));
  const measured = await load.session.stay('stays loaded for the next judge.');
  await patch({ measured, ...added(spent) });
  const { pid } = load.session.engine.model;
  context.event(
    'info',
    `${work.model.name} stays loaded (process ${pid}): the next judge phase asks it too.`,
  );
}

/**
 * Ends the process and writes down what it took, with the phase that used it last and in the ledger, which the next plan
 * learns from.
 * @param spent null when the phase has ended before.
 */
export async function endLoad(
  context: RunContext,
  work: PhaseWork,
  load: Load,
  patch: Patch,
  spent: Spent | null,
): Promise<void> {
  const { session } = load;
  context.step(`Unloading ${work.model.name}`);
  let closed: Awaited<ReturnType<EngineSession['close']>>;
  try {
    if (spent !== null) await patch({ state: 'unloading' });
  } finally {
    // Also where nothing can be written any more (run taken over, disk full): no process is left behind.
    closed = await session.close();
  }
  const { measured, whole, exit } = closed;
  await patch({ measured, ...(spent === null ? {} : added(spent)) });
  const { pid } = session.engine.model;
  context.event(
    exit.reason === null ? 'info' : 'warning',
    `${work.model.name} is unloaded (process ${pid}): ${exitSentence(exit)}`,
  );
  await record(context, work, load, whole, null);
}

async function record(
  context: RunContext,
  work: PhaseWork,
  load: Omit<Load, 'session'> & { readonly session: EngineSession | null },
  measured: MeasuredPhase | null,
  error: EngineError | null,
): Promise<void> {
  const model = load.session?.engine.model;
  await context.deps.ledger.record({
    at: load.at,
    runId: context.run.id,
    modelName: work.model.name,
    modelSha256: load.sha256,
    plan: load.plan,
    versions: model === undefined ? {} : { ...model.versions },
    outcome: error === null ? 'loaded' : error.kind === 'out-of-memory' ? 'out-of-memory' : 'failed',
    reason: error?.message ?? null,
    loadMs: model?.loadMs ?? null,
    measured,
  });
}
