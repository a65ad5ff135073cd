import type { Backend } from '../hardware.ts';
import type { GgufHeader } from '../model.ts';
import type { Basis, ComponentName, PlanComponent } from '../plan.ts';
import { computeBytes, declaredWindow } from './compute.ts';
import { cpuPacking, type CpuKernels } from './cpu-packing.ts';
import { isKnownArchitecture } from './graph/architectures.ts';
import { cacheBytes, microBatch, type CacheSettings } from './kv-cache.ts';
import { modelShape, type ModelShape } from './model-shape.ts';
import {
  driverContext,
  NO_CALIBRATION,
  processOverhead,
  type Calibration,
  type Overhead,
} from './overhead.ts';
import { placeLayers, type Placement } from './placement.ts';
import { placeWeights, type WeightPlacement } from './weights.ts';

/** A GPU as the memory model sees it, in the order in which llama.cpp counts devices. */
export interface MemoryGpu {
  readonly kind: Backend;
  /** Its share when layers are split: free bytes at load time, or a given weight. */
  readonly share: number;
  /** Largest tensor it can bind; Infinity or absent where there is no such limit. */
  readonly maxTensorBytes?: number;
}

export interface MemorySettings extends CacheSettings {
  /** Layers on GPUs, the output layer counted as the last. */
  readonly gpuLayers: number;
  readonly mmap: boolean;
  /** Of the CPU, where the model runs on it alone; absent or null: weights stay as they are in the file, as in llama.cpp's dry run. */
  readonly kernels?: CpuKernels | null;
}

/** Memory of one loaded model: components per GPU and for the host. */
export interface ModelMemory {
  readonly gpus: readonly (readonly PlanComponent[])[];
  readonly host: readonly PlanComponent[];
  /** n_layer + 1, as llama.cpp counts. */
  readonly totalLayers: number;
  /** False when the compute graph is a stand-in for an architecture that is not modelled. */
  readonly known: boolean;
  /** Bytes of weights read for one token, per GPU and for the host last: what bounds the speed. */
  readonly weightBytes: readonly number[];
  readonly cacheBytes: readonly number[];
}

/** Half of the compute buffer, or all of it again: what an architecture that is not modelled may differ by. */
const UNKNOWN_LOW = 0.5;
const UNKNOWN_HIGH = 2;

/** Partial offload on CUDA and Metal follows llama.cpp's rules but has not been measured on a card. */
const UNMEASURED_HIGH = 1.3;

/** What stays for as long as the model is loaded: where its layers lie, weights and caches. */
function placeResidents(shape: ModelShape, settings: MemorySettings, gpus: readonly MemoryGpu[]) {
  const homes = gpus.map((g) => ({ kind: g.kind, maxTensorBytes: g.maxTensorBytes ?? Infinity }));
  const shares = gpus.map((g) => g.share);
  const placement = placeLayers(shape.hp.layersAll, settings.gpuLayers, shares);
  const weights = placeWeights(shape, placement, homes, settings.mmap);
  const batch = microBatch(shape.hp, declaredWindow(shape), settings);
  return { homes, placement, weights, caches: cacheBytes(shape.hp, placement, settings, batch) };
}

/**
 * Bytes per GPU that do not depend on the compute graph: weights, caches, driver context. Cheap, and it grows with
 * every further layer, so that a search can start from it.
 */
export function residentBytes(
  header: GgufHeader,
  settings: MemorySettings,
  gpus: readonly MemoryGpu[],
  calibration: Calibration,
): number[] {
  const { weights, caches } = placeResidents(modelShape(header), settings, gpus);
  return gpus.map(
    (gpu, i) =>
      (weights.bytes[i] ?? 0) +
      (caches.kv[i] ?? 0) +
      (caches.recurrent[i] ?? 0) +
      driverContext(gpu.kind, calibration).bytes,
  );
}

/**
 * Memory of a model under given settings, exact where llama.cpp is: weights by its placement rule, caches by its cells, the compute buffer by
 * replaying its allocator on the worst-case graph. Overheads outside the buffers come from `calibration`.
 * Throws a sentence when the header cannot be understood (an unknown tensor type, a missing tensor).
 */
export function modelMemory(
  header: GgufHeader,
  settings: MemorySettings,
  gpus: readonly MemoryGpu[],
  calibration: Calibration = NO_CALIBRATION,
): ModelMemory {
  const shape = modelShape(header);
  const { homes, placement, weights, caches } = placeResidents(shape, settings, gpus);
  const question = {
    placement,
    displaced: weights.displaced,
    settings,
    gpus: homes,
    gpuLayers: settings.gpuLayers,
  };
  const compute = computeBytes(shape, { ...question, pinNorms: false });
  const pipelined = gpus.length > 1 && settings.gpuLayers > shape.hp.layersAll;
  const loaded = pipelined ? computeBytes(shape, { ...question, pinNorms: true }) : compute;
  const known = isKnownArchitecture(shape.hp.architecture);
  const at = (list: readonly number[], i: number): number => list[i] ?? 0;
  const device = (i: number, kind: Backend): PlanComponent[] => [
    ...(gpus.length === 0
      ? cpuWeights(shape, weights, settings)
      : weightComponent(weights, placement, settings, i)),
    ...component('kv-cache', at(caches.kv, i), 'exact', kvSource(shape, settings)),
    ...component(
      'recurrent-state',
      at(caches.recurrent, i),
      'exact',
      'F32 state rows of n_embd_r + n_embd_s a layer and sequence',
    ),
    ...computeComponent(at(compute, i), at(loaded, i), kind, known, settings.gpuLayers > shape.hp.layersAll),
  ];
  return {
    gpus: gpus.map((gpu, i) => [
      ...device(i, gpu.kind),
      ...overhead('driver-context', driverContext(gpu.kind, calibration)),
    ]),
    host: [
      ...device(placement.host, 'cpu'),
      ...component(
        'output',
        4 * shape.hp.vocabulary * settings.sequences,
        'exact',
        '4·n_vocab·sequences, in host memory',
      ),
      ...overhead('process', processOverhead(calibration)),
    ],
    totalLayers: shape.hp.layersAll + 1,
    known,
    weightBytes: weights.bytes,
    cacheBytes: caches.kv,
  };
}

function component(name: ComponentName, bytes: number, basis: Basis, source: string): PlanComponent[] {
  return bytes === 0 ? [] : [{ name, bytes, basis, source }];
}

function overhead(name: ComponentName, value: Overhead): PlanComponent[] {
  const { bytes, basis, source, low, high } = value;
  if (bytes === 0) {
    return [];
  }
  return [
    low === high ? { name, bytes, basis, source } : { name, bytes, basis, source, interval: [low, high] },
  ];
}

function weightComponent(
  weights: WeightPlacement,
  placement: Placement,
  settings: MemorySettings,
  i: number,
): PlanComponent[] {
  const bytes = weights.bytes[i] ?? 0;
  const onHost = i === placement.host;
  const source =
    onHost && settings.mmap
      ? 'tensor list of the file; mapped from disk, so the system may drop and reread it'
      : "tensor list of the file, placed by llama.cpp's rule";
  return component('weights', bytes, 'exact', source);
}

/** Weights of a model that runs on the CPU alone: packed for its kernels where it has such. */
function cpuWeights(shape: ModelShape, weights: WeightPlacement, settings: MemorySettings): PlanComponent[] {
  const inFile = weights.bytes.at(-1) ?? 0;
  const { kernels = null, mmap } = settings;
  const { originalBytes, packedBytes } =
    kernels === null ? { originalBytes: 0, packedBytes: 0 } : cpuPacking(shape, kernels);
  if (packedBytes === 0) {
    const source = mmap
      ? 'tensor list of the file; mapped from disk, so the system may drop and reread it'
      : 'tensor list of the file';
    return component('weights', inFile, 'exact', source);
  }
  // Compared with real loads on x86 (AMX and AVX2), not yet on ARM.
  const basis = kernels === 'neon' ? 'computed' : 'exact';
  return mmap
    ? component(
        'weights',
        inFile + packedBytes,
        basis,
        `the mapped file, and a copy of it in the order that the CPU's kernels (${kernels}) read`,
      )
    : component(
        'weights',
        inFile - originalBytes + packedBytes,
        basis,
        `tensor list of the file, in the order that the CPU's kernels (${kernels}) read`,
      );
}

function kvSource(shape: ModelShape, settings: MemorySettings): string {
  const rows = shape.hp.mla
    ? 'one compressed row a token (MLA)'
    : 'n_head_kv·(key + value) a token and layer';
  return `${rows}, ${settings.kvType}, ${settings.sequences} × context padded to 256`;
}

function computeComponent(
  bytes: number,
  whenLoaded: number,
  kind: Backend,
  known: boolean,
  fullOffload: boolean,
): PlanComponent[] {
  if (bytes === 0) {
    return [];
  }
  const base = { name: 'compute' as const, bytes };
  if (!known) {
    return [
      {
        ...base,
        basis: 'guessed',
        source: 'a Llama-shaped graph stands in for this architecture, which is not modelled',
        interval: [bytes * UNKNOWN_LOW, bytes * UNKNOWN_HIGH],
      },
    ];
  }
  const source = "llama.cpp's allocator replayed on the graph of one batch";
  if (kind === 'metal' || (kind === 'cuda' && !fullOffload)) {
    return [
      {
        ...base,
        basis: 'computed',
        source,
        interval: [Math.min(whenLoaded, bytes), bytes * UNMEASURED_HIGH],
      },
    ];
  }
  if (whenLoaded < bytes) {
    return [
      {
        ...base,
        basis: 'computed',
        source: `${source}, as its dry run counts`,
        interval: [whenLoaded, bytes],
      },
    ];
  }
  return [{ ...base, basis: kind === 'cuda' ? 'computed' : 'exact', source }];
}
