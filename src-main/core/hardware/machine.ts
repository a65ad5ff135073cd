import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Gpu, Machine } from '../../domain/hardware.ts';
import { readDisks } from './disks.ts';
import { mergeGpus } from './merge-gpus.ts';
import type { BackendDevices } from './merge-gpus.ts';
import { readNvidia } from './nvidia-smi.ts';
import type { NvidiaReading } from './nvidia-smi.ts';
import { createRun } from './run-command.ts';
import type { Run } from './run-command.ts';
import { readSysfsCards } from './sysfs-cards.ts';
import type { SysfsCard } from './sysfs-cards.ts';
import { createCpuLoad, readAdapterNames, readMemory, readSystemFacts } from './system-facts.ts';
import type { SystemFacts } from './system-facts.ts';

/** Asks the engine, in a short child of its own, which devices each of its backends sees. */
export type ProbeDevices = (signal: AbortSignal) => Promise<readonly BackendDevices[]>;

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
/**
 * A stuck nvidia-smi is asked again only this often: each try leaves a process behind that cannot be killed.
 */
const STUCK_RETRY_MS = 60_000;

interface Statics {
  readonly facts: SystemFacts;
  readonly probe: readonly BackendDevices[] | null;
  readonly probedAt: number;
  readonly names: readonly string[];
  readonly notes: readonly string[];
}

interface Context {
  readonly run: Run;
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  readonly root: string;
}

/**
 * The machine now, from every source, the engine's probe included (a child process: some hundred milliseconds
 * to seconds). What cannot be read becomes a note; only an aborted signal throws.
 */
export async function readMachine(deps: MachineDeps): Promise<Machine> {
  const context = contextOf(deps);
  const nvidia = readNvidia({ ...context, signal: deps.signal }, null);
  const statics = await readStatics(deps, context);
  return snapshot(deps, context, statics, await nvidia, null);
}

/**
 * The machine again and again: the first value from every source, the next from the cheap ones only
 * (nvidia-smi, /proc, /sys, disks), `intervalMs` after the reader has taken the last. Readings never overlap.
 * Ends when `signal` aborts.
 */
export async function* watchMachine(
  deps: Omit<MachineDeps, 'signal'>,
  intervalMs: number,
  signal: AbortSignal,
): AsyncGenerator<Machine, void, undefined> {
  const all: MachineDeps = { ...deps, signal };
  const context = contextOf(all);
  const load = createCpuLoad();
  load();
  try {
    const first = readNvidia({ ...context, signal }, null);
    const statics = await readStatics(all, context);
    let nvidia = await first;
    let askedAt = Date.now();
    yield await snapshot(all, context, statics, nvidia, load());
    for (;;) {
      await sleep(intervalMs, undefined, { signal });
      if (!nvidia.stuck || Date.now() - askedAt >= STUCK_RETRY_MS) {
        nvidia = await readNvidia({ ...context, signal }, nvidia.stuck ? null : nvidia.slices);
        askedAt = Date.now();
      }
      yield await snapshot(all, context, statics, nvidia, load());
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function contextOf(deps: MachineDeps): Context {
  const env = deps.env ?? process.env;
  return {
    run: deps.run ?? createRun(env),
    env,
    platform: deps.platform ?? process.platform,
    root: deps.root ?? '/',
  };
}

async function readStatics(deps: MachineDeps, context: Context): Promise<Statics> {
  const [facts, probed, sysfs] = await Promise.all([
    readSystemFacts(context.platform, context.run, deps.signal),
    probe(deps),
    readSysfsCards(context.root),
  ]);
  deps.signal.throwIfAborted();
  const nameless = sysfs.some((card) => card.vendor === 'amd' && card.name === null);
  // systeminformation runs nvidia-smi synchronously beside lspci: only where an AMD card has no name otherwise.
  const names = nameless && probed.devices === null ? await readAdapterNames(NAMES_TIMEOUT_MS) : [];
  return {
    facts,
    probe: probed.devices,
    probedAt: Date.now(),
    names,
    notes: [...facts.notes, ...probed.notes],
  };
}

async function probe(
  deps: MachineDeps,
): Promise<{ devices: readonly BackendDevices[] | null; notes: readonly string[] }> {
  if (deps.probeDevices === null) return { devices: null, notes: [] };
  try {
    return { devices: await deps.probeDevices(deps.signal), notes: [] };
  } catch (error) {
    deps.signal.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    return { devices: null, notes: [`The engine could not be asked for its devices: ${why}`] };
  }
}

async function snapshot(
  deps: MachineDeps,
  context: Context,
  statics: Statics,
  nvidia: NvidiaReading,
  loadPercent: number | null,
): Promise<Machine> {
  const [sysfs, ram, space] = await Promise.all([
    readSysfsCards(context.root),
    readMemory(context.root, context.platform),
    readDisks([deps.dataDir, ...deps.disks]),
  ]);
  deps.signal.throwIfAborted();
  const visible = visibleCards(nvidia, context.env['CUDA_VISIBLE_DEVICES']);
  const merged = mergeGpus({
    nvidia: visible.cards,
    slices: visible.slices,
    sysfs,
    probe: statics.probe,
    names: statics.names,
    memory: ram.memory,
  });
  return {
    at: Date.now(),
    hostname: os.hostname(),
    os: statics.facts.os,
    arch: process.arch,
    gpus: merged.gpus,
    cpu: { ...statics.facts.cpu, loadPercent },
    memory: ram.memory,
    disks: space.disks,
    notes: [
      ...nvidia.notes,
      ...visible.notes,
      ...merged.notes,
      ...statics.notes,
      ...ram.notes,
      ...space.notes,
      ...gpuNotes(merged.gpus, sysfs, statics),
    ],
  };
}

/** The probe's free memory ages; the planner asks again before a load, people should know meanwhile. */
function gpuNotes(gpus: readonly Gpu[], sysfs: readonly SysfsCard[], statics: Statics): readonly string[] {
  const notes: string[] = [];
  const usable = gpus.filter((gpu) => !gpu.software && (gpu.problem ?? null) === null);
  if (usable.length === 0)
    notes.push(
      sysfs.some((card) => card.vendor === 'intel')
        ? 'No graphics card that the engine can use was found: models run on the CPU. For the Intel graphics of this machine install a Vulkan driver.'
        : 'No graphics card that the engine can use was found: models run on the CPU.',
    );
  const aged = gpus.filter((gpu) => gpu.memorySource === 'engine-probe' && !gpu.software);
  const minutes = Math.floor((Date.now() - statics.probedAt) / 60_000);
  if (aged.length > 0 && minutes >= 1)
    notes.push(
      `The free memory of ${aged.map((gpu) => gpu.name).join(', ')} is as it was ${minutes} min ago; it is read again before a run.`,
    );
  return notes;
}

interface Visible extends Pick<NvidiaReading, 'cards' | 'slices'> {
  readonly notes: readonly string[];
}

/**
 * CUDA_VISIBLE_DEVICES holds for the engine too: a list of indexes or UUID beginnings; -1 or nothing hides
 * all.
 */
function visibleCards({ cards, slices }: NvidiaReading, variable: string | undefined): Visible {
  if (variable === undefined || cards.length === 0) return { cards, slices, notes: [] };
  const wanted = variable.split(',').map((part) => part.trim());
  const named = (uuid: string): boolean =>
    wanted.some((part) => /^(GPU|MIG)-/.test(part) && uuid.startsWith(part));
  const keptSlices = slices.some((slice) => named(slice.uuid))
    ? slices.filter((slice) => named(slice.uuid))
    : slices;
  const kept = cards.filter(
    (card) =>
      named(card.uuid) ||
      wanted.includes(String(card.index)) ||
      (keptSlices !== slices && keptSlices.some((slice) => slice.cardUuid === card.uuid)),
  );
  const hidden = cards.length - kept.length;
  const note = `CUDA_VISIBLE_DEVICES=${variable} hides ${hidden} of ${cards.length} NVIDIA cards from Assize.`;
  return { cards: kept, slices: keptSlices, notes: hidden === 0 ? [] : [note] };
}
