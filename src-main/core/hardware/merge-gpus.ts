import type { Backend, Gpu } from '../../domain/hardware.ts';
import { isUnifiedName, normalName, vendorOf } from './gpu-names.ts';
import type { MigSlice, NvidiaCard } from './nvidia-smi-parse.ts';
import type { SysfsCard } from './sysfs-cards.ts';

/** What the engine's short child says it could run on. Bytes are the backend's own reading at that moment. */
export interface BackendDevices {
  readonly backend: Backend;
  readonly devices: readonly EngineDevice[];
}

export interface EngineDevice {
  readonly name: string;
  /** As the backend counts. */
  readonly index: number;
  readonly totalBytes: number | null;
  readonly freeBytes: number | null;
  readonly software: boolean;
}

export interface GpuSources {
  readonly nvidia: readonly NvidiaCard[];
  readonly slices: readonly MigSlice[];
  readonly sysfs: readonly SysfsCard[];
  /** Null when the engine was not asked or did not answer: then nothing is said about what it can use. */
  readonly probe: readonly BackendDevices[] | null;
  /** Names from systeminformation, for cards that no other source names. */
  readonly names: readonly string[];
  readonly memory: { readonly totalBytes: number; readonly availableBytes: number };
}

interface Found extends EngineDevice {
  readonly backend: Backend;
}

interface Merged {
  readonly gpus: readonly Gpu[];
  readonly notes: readonly string[];
}

/** Vulkan counts a heap, the kernel the whole memory: the same card differs by a few per cent. */
const SAME_MEMORY = 0.1;

/**
 * One list of cards out of every source, each card once. nvidia-smi is believed on NVIDIA memory (the
 * engine's own child holds some while it looks), sysfs on AMD's, the engine on what it can use and on all
 * others. A card that several backends list is kept under CUDA, else under the backend that has it.
 */
export function mergeGpus(sources: GpuSources): Merged {
  const pool = (sources.probe ?? []).flatMap(({ backend, devices }) =>
    devices.map((device): Found => ({ ...device, backend })),
  );
  const gpus: Gpu[] = [];
  const notes: string[] = [];
  for (const card of sources.nvidia) {
    const merged = mergeNvidia(card, pool, sources);
    gpus.push(...merged.gpus);
    notes.push(...merged.notes);
  }
  const names = [...sources.names];
  for (const card of sources.sysfs) {
    if (card.vendor !== 'amd' || card.totalBytes === null) continue;
    gpus.push(mergeAmd(card, pool, names, sources));
  }
  while (pool.length > 0) {
    const device = takeBest(pool);
    gpus.push(fromEngine(device, sources.memory.availableBytes));
  }
  return { gpus, notes };
}

function mergeNvidia(card: NvidiaCard, pool: Found[], sources: GpuSources): Merged {
  const slices = sources.slices.filter((slice) => slice.cardUuid === card.uuid);
  if (slices.length > 0) return { gpus: slices.map((slice) => toSlice(card, slice, pool)), notes: [] };
  const cuda = take(pool, 'cuda', card.name);
  const vulkan = take(pool, 'vulkan', card.name);
  const seen = sources.probe === null || cuda !== null || vulkan !== null;
  const backend = cuda === null && vulkan !== null ? 'vulkan' : 'cuda';
  const gpu = unify(
    {
      ...nvidiaBase(card),
      id: card.uuid,
      index: backend === 'vulkan' && vulkan !== null ? vulkan.index : card.index,
      name: card.name,
      backend,
      vramTotalBytes: card.totalBytes,
      vramUsedBytes: card.usedBytes,
      vramFreeBytes: card.freeBytes,
      memorySource: 'nvidia-smi',
      unified: false,
      problem: seen ? null : `The engine does not see ${card.name}: models cannot use it.`,
    },
    cuda ?? vulkan,
    sources.memory,
  );
  return { gpus: [gpu], notes: notesOnBackend(card, seen, backend) };
}

function notesOnBackend(card: NvidiaCard, seen: boolean, backend: Backend): readonly string[] {
  if (!seen)
    return [
      `${card.name} is in this machine but the engine does not see it: update NVIDIA's driver (it has ${card.driver ?? 'an unknown version'}), or look at CUDA_VISIBLE_DEVICES.`,
    ];
  if (backend === 'vulkan')
    return [
      `The engine has no CUDA for ${card.name} and uses it through Vulkan: a newer NVIDIA driver would be faster.`,
    ];
  return [];
}

/**
 * nvidia-smi gives no memory for cards that share the machine's (GB10, Jetson): the engine's total, RAM's
 * free.
 */
function unify(gpu: Gpu, device: Found | null, memory: GpuSources['memory']): Gpu {
  if (gpu.vramTotalBytes !== null || gpu.vramFreeBytes !== null) return gpu;
  if (!isUnifiedName(gpu.name) && device === null) return gpu;
  if (!isUnifiedName(gpu.name) && device !== null)
    return {
      ...gpu,
      vramTotalBytes: device.totalBytes,
      vramUsedBytes: difference(device.totalBytes, device.freeBytes),
      vramFreeBytes: device.freeBytes,
      memorySource: 'engine-probe',
    };
  const totalBytes = Math.min(device?.totalBytes ?? memory.totalBytes, memory.totalBytes);
  const freeBytes = Math.min(totalBytes, memory.availableBytes);
  return {
    ...gpu,
    vramTotalBytes: totalBytes,
    vramUsedBytes: totalBytes - freeBytes,
    vramFreeBytes: freeBytes,
    memorySource: 'os',
    unified: true,
  };
}

function toSlice(card: NvidiaCard, slice: MigSlice, pool: Found[]): Gpu {
  // CUDA names a slice "NVIDIA H100 80GB HBM3 MIG 3g.40gb" and shows one of them to a process.
  const at = pool.findIndex((device) => device.name.startsWith(`${card.name} MIG`));
  if (at >= 0) pool.splice(at, 1);
  return {
    ...nvidiaBase(card),
    id: slice.uuid,
    index: card.index,
    name: `${card.name} MIG ${slice.profile}`,
    backend: 'cuda',
    vramTotalBytes: slice.totalBytes,
    vramUsedBytes: slice.usedBytes,
    vramFreeBytes: slice.freeBytes,
    memorySource: 'nvidia-smi',
    unified: false,
    problem: null,
  };
}

function nvidiaBase(
  card: NvidiaCard,
): Pick<Gpu, 'vendor' | 'utilizationPercent' | 'temperatureCelsius' | 'powerWatts' | 'driver' | 'software'> {
  return {
    vendor: 'nvidia',
    utilizationPercent: card.utilizationPercent,
    temperatureCelsius: card.temperatureCelsius,
    powerWatts: card.powerWatts,
    driver: card.driver,
    software: false,
  };
}

function mergeAmd(card: SysfsCard, pool: Found[], names: string[], sources: GpuSources): Gpu {
  const device = takeAmd(pool, card.totalBytes ?? 0);
  const name = device?.name ?? card.name ?? takeName(names, 'amd') ?? `AMD card ${card.card}`;
  // An integrated chip's "VRAM" is a small carve-out; the engine can also use shared memory and says how much.
  const carveOut = device !== null && !near(device.totalBytes ?? 0, card.totalBytes ?? 0);
  const base: Gpu = {
    id: device === null ? `amd:${card.card}` : `${device.backend}:${device.index}`,
    index: device?.index ?? Number(card.card.slice(4)),
    name,
    backend: device?.backend ?? 'vulkan',
    vendor: 'amd',
    vramTotalBytes: card.totalBytes,
    vramUsedBytes: card.usedBytes,
    vramFreeBytes: difference(card.totalBytes, card.usedBytes),
    utilizationPercent: card.utilizationPercent,
    temperatureCelsius: card.temperatureCelsius,
    powerWatts: card.powerWatts,
    driver: null,
    memorySource: 'sysfs',
    unified: false,
    software: false,
    problem:
      device === null && sources.probe !== null
        ? `The engine does not see ${name}: install its Vulkan driver (mesa-vulkan-drivers).`
        : null,
  };
  if (!carveOut || device === null) return base;
  const shared = fromEngine({ ...device, name }, sources.memory.availableBytes);
  return { ...base, ...memoryOf(shared), unified: true };
}

function memoryOf(
  gpu: Gpu,
): Pick<Gpu, 'vramTotalBytes' | 'vramUsedBytes' | 'vramFreeBytes' | 'memorySource'> {
  const { vramTotalBytes, vramUsedBytes, vramFreeBytes, memorySource } = gpu;
  return { vramTotalBytes, vramUsedBytes, vramFreeBytes, memorySource };
}

function fromEngine(device: Found, availableBytes: number): Gpu {
  const vendor = device.software ? 'software' : vendorOf(device.name, device.backend);
  const unified = device.backend === 'metal' || device.software || isUnifiedName(device.name);
  const free =
    device.freeBytes !== null && unified ? Math.min(device.freeBytes, availableBytes) : device.freeBytes;
  return {
    id: `${device.backend}:${device.index}`,
    index: device.index,
    name: device.name,
    backend: device.backend,
    vendor,
    vramTotalBytes: device.totalBytes,
    vramUsedBytes: difference(device.totalBytes, free),
    vramFreeBytes: free,
    utilizationPercent: null,
    temperatureCelsius: null,
    powerWatts: null,
    driver: null,
    memorySource: 'engine-probe',
    unified,
    software: device.software,
    problem: null,
  };
}

/** Takes the first device of that backend and name out of the pool; equal cards leave in their order. */
function take(pool: Found[], backend: Backend, name: string): Found | null {
  const at = pool.findIndex(
    (device) => device.backend === backend && normalName(device.name) === normalName(name),
  );
  return at < 0 ? null : (pool.splice(at, 1)[0] ?? null);
}

/**
 * The AMD device nearest in memory; an integrated one differs a lot and is taken when no nearer one is left.
 */
function takeAmd(pool: Found[], totalBytes: number): Found | null {
  const amd = pool.filter((device) => !device.software && vendorOf(device.name, device.backend) === 'amd');
  const fit = amd.find((device) => near(device.totalBytes ?? 0, totalBytes));
  const shared = amd.find((device) => isUnifiedName(device.name));
  const device = fit ?? shared ?? (amd.length === 1 ? amd[0] : undefined);
  if (device === undefined) return null;
  pool.splice(pool.indexOf(device), 1);
  return device;
}

/** The next device of the pool, without its double under another backend. */
function takeBest(pool: Found[]): Found {
  const order: readonly Backend[] = ['cuda', 'metal', 'vulkan', 'cpu'];
  const best = pool.toSorted((a, b) => order.indexOf(a.backend) - order.indexOf(b.backend))[0];
  if (best === undefined) throw new Error('takeBest needs a pool that is not empty');
  pool.splice(pool.indexOf(best), 1);
  for (const backend of order) if (backend !== best.backend) take(pool, backend, best.name);
  return best;
}

function takeName(names: string[], vendor: string): string | null {
  const at = names.findIndex((name) => vendorOf(name, 'vulkan') === vendor);
  return at < 0 ? null : (names.splice(at, 1)[0] ?? null);
}

function near(a: number, b: number): boolean {
  return Math.abs(a - b) <= SAME_MEMORY * Math.max(a, b);
}

function difference(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.max(0, a - b);
}
