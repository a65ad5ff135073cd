import type { Backend } from './hardware.ts';

/**
 * How far a number can be trusted: read from the allocator's own rule on the real file (exact), from a formula
 * of the header (computed), from this machine's own past loads (calibrated), or from experience (guessed).
 */
export type Basis = 'exact' | 'computed' | 'calibrated' | 'guessed';

export type ComponentName =
  | 'weights'
  | 'kv-cache'
  | 'recurrent-state'
  | 'compute'
  | 'output'
  | 'driver-context'
  | 'process';

export interface PlanComponent {
  readonly name: ComponentName;
  readonly bytes: number;
  readonly basis: Basis;
  /** Where the number comes from, in words a person can check: "llama.cpp dry run", "4·ubatch·n_vocab". */
  readonly source: string;
  /** Bounds where the number is not sure; absent when it is a point. */
  readonly interval?: readonly [low: number, high: number];
}

export interface PlanDevice {
  /** A GPU's id, or "host" for RAM. */
  readonly deviceId: string;
  readonly name: string;
  readonly components: readonly PlanComponent[];
  /** What was free when planned (epoch in Plan.at), bytes. */
  readonly capacityBytes: number;
  /** Kept free on purpose: the user's setting. */
  readonly reserveBytes: number;
  /** capacity − reserve − Σ components; negative is a no. */
  readonly marginBytes: number;
}

/** How one model is loaded: all that the engine child is told, and all that provenance repeats. */
export interface LoadSettings {
  readonly gpuLayers: number;
  readonly contextPerSequence: number;
  readonly sequences: number;
  readonly batch: number;
  readonly threads: number;
  readonly flashAttention: boolean;
  readonly kvType: 'f16' | 'q8_0' | 'q4_0';
  readonly mmap: boolean;
  readonly backend: Backend;
  /** Which of the backend's devices the child may see; empty for CPU. */
  readonly devices: readonly number[];
  /**
   * The same devices in the same order by CUDA's own names ("GPU-…", "MIG-…"), where each has one: a name holds in whatever
   * order cards are counted, and a slice of a card has no number at all.
   */
  readonly deviceIds?: readonly string[] | undefined;
}

export interface PlanPhase {
  readonly role: 'generate' | 'judge';
  readonly modelId: string;
  readonly modelName: string;
  readonly settings: LoadSettings;
  /** n_layer + 1, the output layer counted as llama.cpp does. */
  readonly totalLayers: number;
  readonly devices: readonly PlanDevice[];
  /** GPUs were to be used, but none has room for even one layer: planned on the CPU instead. */
  readonly cpuFallback?: boolean;
  /** Why the engine would refuse to load it there, however much memory is free, and what to do instead. */
  readonly problem?: string;
  /** However many sequences are asked for, the kernels there take them in turn. */
  readonly oneAtATime?: boolean;
}

export type FitVerdict = 'yes' | 'tight' | 'no' | 'unknown';

/** Models one after the other, all at once on the same cards, or each on cards of its own. */
export type Schedule = 'sequential' | 'together' | 'split';

export interface Plan {
  readonly at: number;
  readonly phases: readonly PlanPhase[];
  readonly verdict: FitVerdict;
  /** Sentences: why it is tight or not, what was lowered to make it fit. */
  readonly reasons: readonly string[];
  readonly schedule?: Schedule;
}
