import type { Backend } from '../hardware.ts';
import { MIB } from './ggml-types.ts';
import type { Basis } from '../plan.ts';

/** A number from experience, with its bounds. */
export interface Overhead {
  readonly bytes: number;
  readonly low: number;
  readonly high: number;
  readonly basis: Basis;
  readonly source: string;
}

/** What past loads on this machine say about memory that no buffer shows; from the ledger. */
export interface Calibration {
  /** Driver context per process and device, by backend. */
  readonly driverContext: Readonly<Partial<Record<Backend, Overhead>>>;
  /** The engine process itself, without buffers. */
  readonly process: Overhead | null;
}

export const NO_CALIBRATION: Calibration = { driverContext: {}, process: null };

/**
 * Memory of a GPU that a process takes before any buffer: the driver's context, its kernels and, for CUDA, cuBLAS. Published constants for CUDA
 * lie between 250 and 500 MiB.
 */
const DRIVER_CONTEXT: Readonly<Record<Backend, Overhead>> = {
  cuda: {
    bytes: 384 * MIB,
    low: 250 * MIB,
    high: 500 * MIB,
    basis: 'guessed',
    source: 'CUDA context and cuBLAS: 250-500 MiB in other tools; not yet measured here',
  },
  vulkan: {
    bytes: 128 * MIB,
    low: 32 * MIB,
    high: 256 * MIB,
    basis: 'guessed',
    source: 'Vulkan driver context, pipelines and staging; not yet measured here',
  },
  metal: {
    bytes: 64 * MIB,
    low: 16 * MIB,
    high: 192 * MIB,
    basis: 'guessed',
    source: 'Metal device context and pipelines; not yet measured here',
  },
  cpu: { bytes: 0, low: 0, high: 0, basis: 'exact', source: 'no device, no context' },
};

/** Node, the native library and llama.cpp's tables. */
const PROCESS: Overhead = {
  bytes: 180 * MIB,
  low: 90 * MIB,
  high: 400 * MIB,
  basis: 'guessed',
  source: 'the engine process itself: Node, llama.cpp, the vocabulary; not yet measured here',
};

/** Bytes that a process costs on a device before it holds anything: as measured here, else as it is known of the backend. */
export function driverContext(kind: Backend, calibration: Calibration): Overhead {
  return calibration.driverContext[kind] ?? DRIVER_CONTEXT[kind];
}

/** Bytes of RAM of the engine process without a model: as measured here, else a guess that says so. */
export function processOverhead(calibration: Calibration): Overhead {
  return calibration.process ?? PROCESS;
}
