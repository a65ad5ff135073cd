import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Gpu, Machine } from '../../domain/hardware.ts';
import { readDisks } from './disks.ts';
import { askEngine, lastAnswer, STILL_ASKING } from './engine-devices.ts';
import type { EngineDevices, ProbeDevices } from './engine-devices.ts';
import { mergeGpus } from './merge-gpus.ts';
import { readNvidia } from './nvidia-smi.ts';
import type { NvidiaReading } from './nvidia-smi.ts';
import { createRun } from './run-command.ts';
import type { Run } from './run-command.ts';
import { readSysfsCards } from './sysfs-cards.ts';
import type { SysfsCard } from './sysfs-cards.ts';
import { createCpuLoad, readAdapterNames, readMemory, readSystemFacts } from './system-facts.ts';
import type { SystemFacts } from './system-facts.ts';
import { visibleCards } from './visible-cards.ts';

export type { ProbeDevices } from './engine-devices.ts';

export interface MachineDeps {
  /** Null leaves the engine out: for tests, and where it is known to be missing. */
  readonly probeDevices: ProbeDevices | null;
  readonly dataDir: string;
  /** Further folders whose disks matter: models folders. */
  readonly disks: readonly string[];
  readonly signal: AbortSignal;
  readonly run?: Run;
  readonly env?: NodeJS.ProcessEnv;
  readonly platform?: NodeJS.Platform;
  /** Where /proc and /sys hang: "/" but in tests. */
  readonly root?: string;
}

/** Enough for lspci; the name of a card is not worth more. */
const NAMES_TIMEOUT_MS = 3_000;
/** A stuck nvidia-smi is asked again only this often: each try leaves a process that cannot be killed. */
const STUCK_RETRY_MS = 60_000;

interface Context {
  readonly deps: MachineDeps;
  readonly run: Run;
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  readonly root: string;
  readonly signal: AbortSignal;
}

/** What does not change while the program runs. */
interface Fixed {
  readonly facts: SystemFacts;
  readonly names: readonly string[];
}

/**
 * The machine now, from every source, the engine's probe included (child processes: hundreds of milliseconds
 * to seconds). What cannot be read becomes a note; only an aborted signal throws.
 */
export async function readMachine(deps: MachineDeps): Promise<Machine> {
  const context = contextOf(deps);
  const [fixed, engine] = await Promise.all([fixedOf(context), askEngine(deps.probeDevices, deps.signal)]);
  // After the probe, which holds a few hundred MiB on each card while it looks.
  const nvidia = await readNvidia(context, null);
  return snapshot(context, fixed, engine, nvidia, null);
}

/**
 * The machine again and again, from the cheap sources (nvidia-smi, /proc, /sys, disks), `intervalMs` after the
 * reader has taken the last value. The engine is asked once, and only when nobody has asked it before; values
 * before its answer say that they are without it. Readings never overlap. Ends when `signal` aborts.
 */
export async function* watchMachine(
  deps: Omit<MachineDeps, 'signal'>,
  intervalMs: number,
  signal: AbortSignal,
): AsyncGenerator<Machine, void, undefined> {
  const left = new AbortController();
  const context = contextOf({ ...deps, signal: AbortSignal.any([signal, left.signal]) });
  const load = createCpuLoad();
  load();
  try {
    let nvidia = await readNvidia(context, null);
    let nvidiaAt = Date.now();
    const fixed = await fixedOf(context);
    const asked = lastAnswer(deps.probeDevices) ?? askEngine(deps.probeDevices, context.signal);
    const answer = trackAnswer(asked);
    for (;;) {
      // What a run's own probe has heard since is newer.
      const engine = lastAnswer(deps.probeDevices) ?? answer.now();
      yield await snapshot(context, fixed, engine, nvidia, load());
      const pause = sleep(intervalMs, undefined, { signal: context.signal });
      await (engine.pending ? Promise.race([pause, answer.arrived]) : pause);
      pause.catch(() => undefined);
      if (nvidia.stuck && Date.now() - nvidiaAt < STUCK_RETRY_MS) continue;
      nvidia = await readNvidia(context, nvidia.stuck ? null : nvidia.slices);
      nvidiaAt = Date.now();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    left.abort();
  }
}

/** The first value of `watchMachine`: what is known without waiting for the engine. Throws when the signal aborts before. */
export async function firstReading(deps: Omit<MachineDeps, 'signal'>, signal: AbortSignal): Promise<Machine> {
  for await (const machine of watchMachine(deps, 0, signal)) return machine;
  signal.throwIfAborted();
  throw new Error('The machine could not be read.');
}

/** The answer as far as it is there. `arrived` never rejects: who leaves meanwhile is told by his own signal. */
function trackAnswer(asked: EngineDevices | Promise<EngineDevices>): {
  readonly now: () => EngineDevices;
  readonly arrived: Promise<void>;
} {
  let heard = asked instanceof Promise ? STILL_ASKING : asked;
  const arrived = Promise.resolve(asked).then(
    (answer) => {
      heard = answer;
    },
    () => undefined,
  );
  return { now: () => heard, arrived };
}

function contextOf(deps: MachineDeps): Context {
  const env = deps.env ?? process.env;
  return {
    deps,
    run: deps.run ?? createRun(env),
    env,
    platform: deps.platform ?? process.platform,
    root: deps.root ?? '/',
    signal: deps.signal,
  };
}

const known = new Map<NodeJS.Platform, Promise<Fixed>>();

/** Read once in a program's life: a dozen small processes, which a run that reads the machine at each load need not start again. */
async function fixedOf(context: Context): Promise<Fixed> {
  const { deps, platform, signal } = context;
  // A test's own commands and files are its own machine.
  if (deps.run !== undefined || deps.root !== undefined) return readFixed(context);
  let fixed = known.get(platform);
  if (fixed === undefined) {
    // Whoever asked first may leave; the others still want to know.
    fixed = readFixed({ ...context, signal: new AbortController().signal });
    known.set(platform, fixed);
  }
  const facts = await fixed;
  signal.throwIfAborted();
  return facts;
}

async function readFixed({ platform, run, root, signal }: Context): Promise<Fixed> {
  const [facts, sysfs] = await Promise.all([readSystemFacts(platform, run, signal), readSysfsCards(root)]);
  signal.throwIfAborted();
  // systeminformation runs nvidia-smi synchronously beside lspci: only where an AMD card has no name otherwise.
  const nameless = sysfs.some((card) => card.vendor === 'amd' && card.name === null);
  const hasNvidia = sysfs.some((card) => card.vendor === 'nvidia');
  return { facts, names: nameless && !hasNvidia ? await readAdapterNames(NAMES_TIMEOUT_MS) : [] };
}

async function snapshot(
  context: Context,
  fixed: Fixed,
  engine: EngineDevices,
  nvidia: NvidiaReading,
  loadPercent: number | null,
): Promise<Machine> {
  const { deps, root, platform, env } = context;
  const [sysfs, ram, space] = await Promise.all([
    readSysfsCards(root),
    readMemory(root, platform),
    readDisks([deps.dataDir, ...deps.disks]),
  ]);
  context.signal.throwIfAborted();
  const visible = visibleCards(nvidia, env['CUDA_VISIBLE_DEVICES']);
  const merged = mergeGpus({
    nvidia: visible.cards,
    slices: visible.slices,
    sysfs,
    probe: engine.devices,
    names: fixed.names,
    memory: ram.memory,
  });
  return {
    at: Date.now(),
    hostname: os.hostname(),
    os: fixed.facts.os,
    arch: process.arch,
    gpus: merged.gpus,
    cpu: { ...fixed.facts.cpu, loadPercent },
    memory: ram.memory,
    disks: space.disks,
    ...(engine.pending ? { pending: true } : {}),
    notes: [
      ...nvidia.notes,
      ...visible.notes,
      ...merged.notes,
      ...engine.notes,
      ...fixed.facts.notes,
      ...ram.notes,
      ...space.notes,
      ...(engine.pending ? [] : gpuNotes(merged.gpus, sysfs, engine.at)),
    ],
  };
}

/** The probe's free memory ages; the planner asks again before a load, people should know meanwhile. */
function gpuNotes(gpus: readonly Gpu[], sysfs: readonly SysfsCard[], askedAt: number): readonly string[] {
  const notes: string[] = [];
  const usable = gpus.filter((gpu) => !gpu.software && (gpu.problem ?? null) === null);
  if (usable.length === 0)
    notes.push(
      sysfs.some((card) => card.vendor === 'intel')
        ? 'No graphics card that the engine can use was found: models run on the CPU. For the Intel graphics of this machine install a Vulkan driver.'
        : 'No graphics card that the engine can use was found: models run on the CPU.',
    );
  const aged = gpus.filter((gpu) => gpu.memorySource === 'engine-probe' && !gpu.software);
  const minutes = Math.floor((Date.now() - askedAt) / 60_000);
  if (aged.length > 0 && minutes >= 1)
    notes.push(
      `The free memory of ${aged.map((gpu) => gpu.name).join(', ')} is as it was ${minutes} min ago; it is read again before a run.`,
    );
  return notes;
}
