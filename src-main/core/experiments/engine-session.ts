import type { PlanPhase } from '../../domain/plan.ts';
import type { MeasuredPhase, MemorySample } from '../../domain/run.ts';
import { type Engine, EngineError, type EngineExit } from '../../engine/engine.ts';
import type { RunContext } from './types.ts';

/** Often enough to see a peak of a second, seldom enough to cost nothing. */
const MEMORY_INTERVAL_MS = 500;

/** One engine child's life within a phase: loaded, sampled, ended and seen gone. */
export interface EngineSession {
  readonly engine: Engine;
  /** Ends the child and measures what came back. */
  close(): Promise<{ readonly measured: MeasuredPhase; readonly exit: EngineExit }>;
}

/** Loads the model as planned. Throws EngineError, or what an abort of the signal throws. */
export async function openSession(
  context: RunContext,
  seq: number,
  modelPath: string,
  plan: PlanPhase,
  signal: AbortSignal,
): Promise<EngineSession> {
  const before = await context.deps.memory.sample(0, plan.settings);
  const engine = await context.deps.startEngine({
    modelPath,
    settings: plan.settings,
    signal,
    log: (line) => context.deps.log.info('engine', { run: context.run.id, line }),
  });
  const sampler = sampleMemory(context, seq, engine);
  return {
    engine,
    async close() {
      await sampler.stop();
      const exit = await engine.stop();
      const after = await context.deps.memory.sample(0, plan.settings);
      return { exit, measured: measuredPhase(engine, plan, exit, { before, after, peaks: sampler.peaks }) };
    },
  };
}

type Reading = Omit<MemorySample, 'at' | 'phaseSeq'>;

/** Reads memory on a timer into the run's timeline, keeping the peak by device. */
function sampleMemory(
  context: RunContext,
  seq: number,
  engine: Engine,
): { readonly peaks: ReadonlyMap<string, number>; stop(): Promise<void> } {
  const peaks = new Map<string, number>();
  let stopped = false;
  let wake: (() => void) | null = null;
  const take = async (): Promise<void> => {
    const readings = await context.deps.memory.sample(engine.model.pid, engine.model.settings);
    for (const reading of readings) {
      if (reading.processBytes === null) continue;
      peaks.set(reading.deviceId, Math.max(peaks.get(reading.deviceId) ?? 0, reading.processBytes));
    }
    const at = Date.now();
    const samples = readings.map((reading) => ({ ...reading, at, phaseSeq: seq }));
    await context.deps.store.call('runs.addMemory', { runId: context.run.id, token: context.token, samples });
  };
  const loop = async (): Promise<void> => {
    while (!stopped) {
      await take();
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, MEMORY_INTERVAL_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };
  // A sample that fails (a process just gone, a run taken over) ends the sampling, never the run.
  const running = loop().catch((error: unknown) => {
    context.deps.log.warn('memory sampling ended', { run: context.run.id, error: String(error) });
  });
  return {
    peaks,
    async stop() {
      stopped = true;
      wake?.();
      await running;
    },
  };
}

function measuredPhase(
  engine: Engine,
  plan: PlanPhase,
  exit: EngineExit,
  seen: {
    readonly before: readonly Reading[];
    readonly after: readonly Reading[];
    readonly peaks: ReadonlyMap<string, number>;
  },
): MeasuredPhase {
  const used = (readings: readonly Reading[], deviceId: string): number | null =>
    readings.find((reading) => reading.deviceId === deviceId)?.deviceUsedBytes ?? null;
  return {
    exit: exitSentence(exit),
    devices: engine.model.memory.map((device) => ({
      deviceId: device.deviceId,
      name: plan.devices.find((d) => d.deviceId === device.deviceId)?.name ?? device.deviceId,
      weightsBytes: device.weightsBytes,
      kvBytes: device.kvBytes,
      computeBytes: device.computeBytes,
      peakBytes: seen.peaks.get(device.deviceId) ?? null,
      beforeBytes: used(seen.before, device.deviceId),
      afterBytes: used(seen.after, device.deviceId),
    })),
  };
}

export function exitSentence(exit: EngineExit): string {
  if (exit.reason !== null) return exit.reason;
  return exit.signal === null ? `ended with code ${exit.code ?? '?'}.` : `ended by ${exit.signal}.`;
}

/** True for failures after which a fresh child may do better. */
export function isCrash(error: unknown): error is EngineError {
  return (
    error instanceof EngineError &&
    (error.kind === 'crashed' ||
      error.kind === 'hung' ||
      error.kind === 'protocol' ||
      error.kind === 'out-of-memory')
  );
}
