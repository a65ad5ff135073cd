import type { ModelFile } from '../../domain/model.ts';
import type { PlanPhase } from '../../domain/plan.ts';
import type { RunPhase } from '../../domain/run.ts';
import { type Engine, EngineError } from '../../engine/engine.ts';
import { attemptPhase } from './attempt.ts';
import { createHand, type Hand } from './hand.ts';
import type { Load, Patch } from './load.ts';
import type { PhaseModel } from './phase-model.ts';
import { workRemotely } from './remote-phase.ts';
import type { RunContext } from './types.ts';
import { waitForMemory } from './wait-for-memory.ts';

/** A fresh child is tried this often without one item getting done in between: then something is wrong that trying again will not mend. */
const CRASHES_WITHOUT_PROGRESS = 3;
/** An item alone in hand at this many crashes is what crashes the engine; one crash may be chance. */
const LONE_CRASHES = 2;
/** Of the GPU's layers, this share goes back to the CPU after a load that failed for memory. */
const LAYERS_GIVEN_BACK = 1 / 8;
/** A load that fails for memory is tried with fewer layers once, and once more if free memory has changed. */
const MEMORY_RETRIES = 2;

/** What one phase does with a loaded model. Positions identify items within the run. */
export interface PhaseWork {
  readonly seq: number;
  readonly role: 'generate' | 'judge';
  readonly model: PhaseModel;
  /** For a model that is a file. @param maxGpuLayers at most this many layers on the GPU. */
  plan(file: ModelFile, maxGpuLayers?: number): Promise<PlanPhase>;
  /** Whether anything is left to do, looked up before a model is loaded. */
  pending(): Promise<boolean>;
  /** Ends the sentence that says that nothing is pending, where it is not for having been done before. */
  readonly whyNothing?: string;
  /** Items that pending() found. */
  remaining(): number;
  /** Works through what is pending and commits it; every item goes through the hand, so that a crash can be laid to those in it. */
  work(engine: Engine, hand: Hand, signal: AbortSignal): Promise<void>;
  /** Ms of this work() in which nothing was there to be done yet: no work, whatever speed is made of it. */
  waitedMs?(): number;
  giveUp(positions: readonly number[], reason: string): Promise<void>;
  /** As it is now: what a phase does may change as it learns of its model. */
  extraProvenance(): Readonly<Record<string, unknown>>;
}

/** Load, work, unload, with fresh children after crashes. Throws EngineError when it gives up, or what the abort throws. */
export async function runPhase(context: RunContext, phase: RunPhase, work: PhaseWork): Promise<void> {
  const patch: Patch = (changes) =>
    context.deps.store.call('runs.patchPhase', {
      runId: context.run.id,
      token: context.token,
      seq: work.seq,
      patch: changes,
    });
  if (!(await work.pending())) {
    // A phase that ended in an earlier session keeps its times.
    if (phase.state === 'done') return;
    const now = Date.now();
    await patch({ state: 'done', startedAt: phase.startedAt ?? now, endedAt: now, error: null });
    context.event(
      'info',
      `Nothing left to ${work.role} with ${work.model.name}${work.whyNothing ?? ': all of it was done before'}.`,
    );
    return;
  }
  const { source } = work.model;
  const { resident } = context;
  const waits = resident.waitsFor(work.seq);
  const load = waits && source.kind === 'file' ? await resident.take(source.file, work.model.sha256) : null;
  // One that was done before, or that was to go on with a model which is not there any more, has not stood in line.
  if (load === null && (waits || phase.state === 'done')) await waitForMemory(context, phase);
  if (source.kind === 'api') {
    await workRemotely(context, phase, work, source.api, patch);
  } else {
    const plan = load?.plan ?? (await planAnew(context, work, source.file));
    context.place.holds(plan);
    await patch({ plan, ...(phase.startedAt === null ? { startedAt: Date.now() } : {}) });
    await workUntilDone(context, work, source.file, plan, patch, load);
  }
  if (!context.signal.aborted) await patch({ state: 'done', endedAt: Date.now() });
}

async function planAnew(context: RunContext, work: PhaseWork, file: ModelFile): Promise<PlanPhase> {
  context.step(`Planning ${work.model.name}`);
  context.resident.expect([]);
  return work.plan(file);
}

async function workUntilDone(
  context: RunContext,
  work: PhaseWork,
  file: ModelFile,
  firstPlan: PlanPhase,
  patch: Patch,
  inherited: Load | null,
): Promise<void> {
  const givenUp = new Set<number>();
  const lone = new Map<number, number>();
  let suspects: ReadonlySet<number> = new Set();
  let plan = firstPlan;
  let barren = 0;
  let memoryFailures = 0;
  for (let load = inherited; ; load = null) {
    const hand = createHand(suspects, givenUp);
    const { crash, loaded } = await attemptPhase(context, work, file, plan, hand, patch, load);
    if (crash === null) return;
    if (!loaded && crash.kind === 'out-of-memory') {
      memoryFailures += 1;
      plan = await fewerLayers(context, work, file, plan, memoryFailures, crash);
      context.place.holds(plan);
      await patch({ plan });
      continue;
    }
    barren = hand.finishedItems > 0 ? 0 : barren + 1;
    const [only, ...others] = hand.positions;
    if (only !== undefined && others.length === 0 && suspects.has(only)) {
      const count = (lone.get(only) ?? 0) + 1;
      lone.set(only, count);
      if (count >= LONE_CRASHES) {
        givenUp.add(only);
        await work.giveUp([only], crash.message);
        // With the culprit out of the way the others deserve one more try.
        barren = Math.min(barren, CRASHES_WITHOUT_PROGRESS - 1);
      }
    }
    if (barren >= CRASHES_WITHOUT_PROGRESS) {
      throw new EngineError(
        'circuit-open',
        `Stopped: the engine failed ${CRASHES_WITHOUT_PROGRESS} times in a row without getting anything done. ${crash.message}`,
      );
    }
    context.event('warning', `A fresh process goes on with what is left. ${crash.message}`);
    suspects = barren === 0 && lone.size === 0 ? new Set() : new Set([...suspects, ...hand.positions]);
    // Its memory was kept; only one at a time may load.
    context.step(`Loading ${work.model.name} again`);
    await context.place.comeBack(work.seq, context.signal);
  }
}

/** The plan for another load after one that failed for memory. Throws the failure when there is nothing left to lower. */
async function fewerLayers(
  context: RunContext,
  work: PhaseWork,
  file: ModelFile,
  plan: PlanPhase,
  failures: number,
  failure: EngineError,
): Promise<PlanPhase> {
  const layers = plan.settings.gpuLayers;
  if (layers === 0 || failures > MEMORY_RETRIES) throw failure;
  // The first time by rule; after that only where memory, read again, says something new.
  const most = Math.max(0, layers - Math.max(1, Math.ceil(plan.totalLayers * LAYERS_GIVEN_BACK)));
  const next = failures === 1 ? await work.plan(file, most) : await work.plan(file);
  if (next.settings.gpuLayers >= layers) throw failure;
  context.event(
    'warning',
    `${failure.message} Loading again with ${next.settings.gpuLayers} of ${plan.totalLayers} layers on the GPU.`,
  );
  return next;
}
