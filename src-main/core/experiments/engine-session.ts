import type { PlanPhase } from '../../domain/plan.ts';
import type { MeasuredPhase, MemorySample } from '../../domain/run.ts';
import { type Engine, EngineError, type EngineExit } from '../../engine/engine.ts';
import type { RunContext } from './types.ts';

/**
 * Memory moves while a model loads and its first batches run, and hardly after: half a second at first, seldom enough later
 * that a run of a day leaves some thousand samples and no measurable cost.
 */
const FIRST_INTERVAL_MS = 500;
const LAST_INTERVAL_MS = 5000;
const SLOWER_AFTER_MS = 30_000;

function intervalAfter(ms: number): number {
  return Math.min(LAST_INTERVAL_MS, FIRST_INTERVAL_MS * Math.max(1, ms / SLOWER_AFTER_MS));
}

/** One engine child's life, within a phase or several: loaded, sampled, ended and seen gone. */
export interface EngineSession {
  readonly engine: Engine;
  /** Whether the process has ended, whoever ended it. */
  isOver(): boolean;
  /** The phase is over and the child is not. @param exit what is said in place of its end. */
  stay(exit: string): Promise<MeasuredPhase>;
  /** Another phase goes on with the child. */
  goOn(seq: number): void;
  /** Ends the child and measures what came back. */
  close(): Promise<Closed>;
}

export interface Closed {
  /** Of the phase that used it last. */
  readonly measured: MeasuredPhase;
  /** Of the child's whole life. */
  readonly whole: MeasuredPhase;
  readonly exit: EngineExit;
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
    totalLayers: plan.totalLayers,
    signal,
    log: (line) => context.deps.log.info('engine', { run: context.run.id, line }),
  });
  let over = false;
  void engine.exited.then(() => {
    over = true;
  });
  let sampler = sampleMemory(context, seq, engine);
  const earlier: Sampler[] = [];
  const measure = (exit: string, after: readonly Reading[], peaks: Peaks): MeasuredPhase =>
    measuredPhase(engine, plan, exit, { before, after, peaks, alone: !context.place.hadCompany() });
  return {
    engine,
    isOver: () => over,
    async stay(exit) {
      await sampler.stop();
      return measure(exit, [], sampler.peaks);
    },
    goOn(next) {
      earlier.push(sampler);
      sampler = sampleMemory(context, next, engine);
    },
    async close() {
      await sampler.stop();
      const exit = await engine.stop();
      const after = await context.deps.memory.sample(0, plan.settings);
      const how = exitSentence(exit);
      const whole = highest([...earlier, sampler].map(({ peaks }) => peaks));
      return { exit, measured: measure(how, after, sampler.peaks), whole: measure(how, after, whole) };
    },
  };
}

type Reading = Omit<MemorySample, 'at' | 'phaseSeq'>;

/** Highest samples of a device: of the engine's process, and of all processes. */
interface Peak {
  readonly process: number | null;
  readonly device: number | null;
}

function higher(before: number | null | undefined, now: number | null): number | null {
  if (before === null || before === undefined) return now;
  return now === null ? before : Math.max(before, now);
}

type Peaks = ReadonlyMap<string, Peak>;

/** The highest of several stretches, by device. */
function highest(all: readonly Peaks[]): Peaks {
  const most = new Map<string, Peak>();
  for (const [deviceId, { process, device }] of all.flatMap((peaks) => [...peaks])) {
    const before = most.get(deviceId);
    most.set(deviceId, {
      process: higher(before?.process, process),
      device: higher(before?.device, device),
    });
  }
  return most;
}

interface Sampler {
  readonly peaks: Peaks;
  stop(): Promise<void>;
}

/** Reads memory on a timer into the run's timeline, keeping the peak by device. */
function sampleMemory(context: RunContext, seq: number, engine: Engine): Sampler {
  const peaks = new Map<string, Peak>();
  const startedAt = Date.now();
  let stopped = false;
  let wake: (() => void) | null = null;
  const take = async (): Promise<void> => {
    const readings = await context.deps.memory.sample(engine.model.pid, engine.model.settings);
    for (const reading of readings) {
      const before = peaks.get(reading.deviceId);
      peaks.set(reading.deviceId, {
        process: higher(before?.process, reading.processBytes),
        device: higher(before?.device, reading.deviceUsedBytes),
      });
    }
    const at = Date.now();
    const samples = readings.map((reading) => ({ ...reading, at, phaseSeq: seq }));
    await context.deps.store.call('runs.addMemory', { runId: context.run.id, token: context.token, samples });
  };
  const loop = async (): Promise<void> => {
    while (!stopped) {
      await take();
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, intervalAfter(Date.now() - startedAt));
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
  exit: string,
  seen: {
    readonly before: readonly Reading[];
    readonly after: readonly Reading[];
    readonly peaks: Peaks;
    /** Whether no other run loaded or unloaded meanwhile: only then do a whole device's bytes say something of this one. */
    readonly alone: boolean;
  },
): MeasuredPhase {
  const used = (readings: readonly Reading[], deviceId: string): number | null =>
    seen.alone ? (readings.find((reading) => reading.deviceId === deviceId)?.deviceUsedBytes ?? null) : null;
  return {
    exit,
    devices: engine.model.memory.map((device) => {
      const planned = plannedDevice(plan, device.deviceId);
      const deviceId = planned?.deviceId ?? device.deviceId;
      const peak = seen.peaks.get(deviceId);
      return {
        deviceId,
        name: planned?.name ?? deviceId,
        weightsBytes: device.weightsBytes,
        kvBytes: device.kvBytes,
        computeBytes: device.computeBytes,
        peakBytes: peak?.process ?? null,
        beforeBytes: used(seen.before, deviceId),
        afterBytes: used(seen.after, deviceId),
        usedPeakBytes: seen.alone ? (peak?.device ?? null) : null,
      };
    }),
  };
}

/**
 * The plan's device that the engine calls "cuda:1", or "gpu" where it knows but one: the engine counts the backend's devices,
 * the plan has the driver's ids. Plans have their GPUs in the order of `settings.devices`.
 */
function plannedDevice(plan: PlanPhase, engineId: string): PlanPhase['devices'][number] | null {
  const same = plan.devices.find(({ deviceId }) => deviceId === engineId);
  if (same !== undefined) return same;
  const index = Number(/\d+$/.exec(engineId)?.[0] ?? plan.settings.devices[0]);
  const gpus = plan.devices.filter(({ deviceId }) => deviceId !== 'host');
  return gpus[plan.settings.devices.indexOf(index)] ?? null;
}

/** How an engine’s process ended, for an event or an error. */
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
