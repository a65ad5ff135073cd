/** Where a number came from, said beside it wherever it is shown. */
export type HardwareSource =
  | 'nvidia-smi'
  | 'systeminformation'
  | 'engine-probe'
  | 'sysfs'
  | 'os'
  | 'catalogue'
  | 'user';

export type Backend = 'cuda' | 'vulkan' | 'metal' | 'cpu';

/** One card, or one slice of a card (MIG). Bytes are null where the source does not tell. */
export interface Gpu {
  /** Stable on this machine: the UUID where there is one, else backend and index. */
  readonly id: string;
  /** Index as the backend counts devices: what CUDA_VISIBLE_DEVICES or its equivalents take. */
  readonly index: number;
  readonly name: string;
  readonly backend: Backend;
  readonly vendor: 'nvidia' | 'amd' | 'intel' | 'apple' | 'software' | 'unknown';
  readonly vramTotalBytes: number | null;
  readonly vramUsedBytes: number | null;
  /** What decides whether a model fits. */
  readonly vramFreeBytes: number | null;
  readonly utilizationPercent: number | null;
  readonly temperatureCelsius: number | null;
  readonly powerWatts: number | null;
  readonly driver: string | null;
  readonly memorySource: HardwareSource;
  /** Shares memory with the CPU (Apple silicon, integrated). */
  readonly unified: boolean;
  /** True of devices in software (llvmpipe): usable for tests, never chosen by default. */
  readonly software: boolean;
  /** Why the engine cannot use it, as a sentence; absent or null when it can. */
  readonly problem?: string | null;
}

export interface Cpu {
  readonly model: string;
  readonly physicalCores: number;
  readonly logicalCores: number;
  /** Instruction sets that llama.cpp's kernels care about: avx2, avx512f, amx… */
  readonly features: readonly string[];
  readonly loadPercent: number | null;
}

export interface Memory {
  readonly totalBytes: number;
  /** What a new process can take without swapping; already less a cgroup's limit where there is one. */
  readonly availableBytes: number;
  readonly swapTotalBytes: number;
  readonly swapUsedBytes: number;
  readonly source: HardwareSource;
}

export interface Disk {
  /** What this disk is used for: the data directory, or a models folder. */
  readonly path: string;
  readonly totalBytes: number;
  readonly freeBytes: number;
}

/** The machine at one moment. Free memory changes while a person reads: `at` says when (epoch ms). */
export interface Machine {
  readonly at: number;
  readonly hostname: string;
  readonly os: string;
  readonly arch: string;
  readonly gpus: readonly Gpu[];
  readonly cpu: Cpu;
  readonly memory: Memory;
  readonly disks: readonly Disk[];
  /** Sentences on what could not be read and what to do about it: "nvidia-smi did not answer within 5 s". */
  readonly notes: readonly string[];
  /** The engine has not said yet which cards it can use: ask again in a moment. */
  readonly pending?: boolean;
}
