import type { Backend } from './hardware.ts';
import type { LoadSettings, PlanComponent } from './plan.ts';

/** What a load took on one device, beside what was planned. Null where the system does not tell. */
export interface LedgerDevice {
  /** A GPU's id, or "host" for RAM. */
  readonly deviceId: string;
  readonly name: string;
  /** Free when it was planned, bytes. */
  readonly capacityBytes: number;
  readonly predicted: readonly PlanComponent[];
  /** llama.cpp's own account of its buffers; null when the load failed. */
  readonly measured: {
    readonly weightsBytes: number;
    /** KV cache, recurrent state. */
    readonly kvBytes: number;
    /** Compute and output buffers. */
    readonly computeBytes: number;
  } | null;
  /** Of the engine's process on the device, highest sample. */
  readonly processPeakBytes: number | null;
  /** Of the whole device, all processes: before the load, highest while loaded, after the process had ended. */
  readonly usedBeforeBytes: number | null;
  readonly usedPeakBytes: number | null;
  readonly usedAfterBytes: number | null;
}

export type LoadOutcome = 'loaded' | 'out-of-memory' | 'failed';

/** One real load: predicted and measured, whatever came of it. */
export interface LedgerEntry {
  readonly id: number;
  /** Epoch ms of the load's beginning. */
  readonly at: number;
  /** The run it belonged to; runs may be removed, the ledger stays. */
  readonly runId: number | null;
  readonly role: 'generate' | 'judge';
  readonly modelName: string;
  readonly modelSha256: string | null;
  readonly backend: Backend;
  /** Null for the CPU, and where no source tells. */
  readonly driver: string | null;
  readonly settings: LoadSettings;
  readonly totalLayers: number;
  /** Engine, llama.cpp and Node. */
  readonly versions: Readonly<Record<string, string>>;
  readonly outcome: LoadOutcome;
  /** Why it failed, as a sentence. */
  readonly reason: string | null;
  readonly loadMs: number | null;
  readonly devices: readonly LedgerDevice[];
}

/** Rows of one device in which llama.cpp's own parts are compared. */
export type LedgerPart = 'weights' | 'kv' | 'compute';

const PART_OF: Readonly<Record<PlanComponent['name'], LedgerPart | null>> = {
  weights: 'weights',
  'kv-cache': 'kv',
  'recurrent-state': 'kv',
  compute: 'compute',
  output: 'compute',
  'driver-context': null,
  process: null,
};

/** Predicted bytes of one of llama.cpp's parts. */
export function predictedPart(device: LedgerDevice, part: LedgerPart): number {
  return device.predicted.reduce((sum, c) => (PART_OF[c.name] === part ? sum + c.bytes : sum), 0);
}

/** Predicted bytes of all that llama.cpp allocates: without driver and process. */
export function predictedBuffers(device: LedgerDevice): number {
  return device.predicted.reduce((sum, c) => (PART_OF[c.name] === null ? sum : sum + c.bytes), 0);
}

/** Everything predicted for the device. */
export function predictedTotal(device: LedgerDevice): number {
  return device.predicted.reduce((sum, c) => sum + c.bytes, 0);
}

/** Bytes that llama.cpp itself reported for weights, KV cache and compute; null where the load was not measured. */
export function measuredBuffers(device: LedgerDevice): number | null {
  const { measured } = device;
  return measured === null ? null : measured.weightsBytes + measured.kvBytes + measured.computeBytes;
}

/**
 * What the engine's process held on the device at its peak: by the driver's own account of the process, else the rise of
 * the whole device, in which other processes have their part.
 */
export function heldBytes(device: LedgerDevice): number | null {
  if (device.processPeakBytes !== null) return device.processPeakBytes;
  const { usedPeakBytes, usedBeforeBytes } = device;
  if (usedPeakBytes === null || usedBeforeBytes === null || usedPeakBytes < usedBeforeBytes) return null;
  return usedPeakBytes - usedBeforeBytes;
}

/** Share by which the prediction is above (+) or below (−) what was measured; null where nothing was. */
export function errorShare(predicted: number, measured: number | null): number | null {
  return measured === null || measured <= 0 ? null : (predicted - measured) / measured;
}
