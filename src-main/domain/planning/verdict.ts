import { AMX_ONE_AT_A_TIME } from '../memory/amx.ts';
import { MIB } from '../memory/ggml-types.ts';
import type { FitVerdict, PlanDevice, PlanPhase } from '../plan.ts';

/** Below this share of a device, and below this many bytes, what is left over is called tight. */
const TIGHT_SHARE = 0.02;
const TIGHT_BYTES = 128 * MIB;

/** Bytes that the components may take beyond their figures, if all uncertain ones come out at their upper bound. */
export function uncertaintyBytes(device: PlanDevice): number {
  return device.components.reduce((sum, c) => sum + Math.max(0, (c.interval?.[1] ?? c.bytes) - c.bytes), 0);
}

/** Unknown where nothing says how much a device holds. */
export function deviceVerdict(device: PlanDevice): FitVerdict {
  if (device.capacityBytes === 0 && device.components.length > 0) {
    return 'unknown';
  }
  if (device.marginBytes < 0) {
    return 'no';
  }
  const small = Math.min(TIGHT_BYTES, device.capacityBytes * TIGHT_SHARE);
  return device.marginBytes < small || device.marginBytes < uncertaintyBytes(device) ? 'tight' : 'yes';
}

/**
 * The worst of a phase's devices; tight when layers, or all of it, had to stay on the CPU although there are GPUs. No
 * where the engine would refuse it.
 */
export function phaseVerdict(phase: PlanPhase): FitVerdict {
  if (phase.problem !== undefined) return 'no';
  const verdict = worst(phase.devices.map(deviceVerdict));
  const partial = phase.settings.backend !== 'cpu' && phase.settings.gpuLayers < phase.totalLayers;
  return (partial || phase.cpuFallback === true) && verdict === 'yes' ? 'tight' : verdict;
}

const ORDER: readonly FitVerdict[] = ['no', 'unknown', 'tight', 'yes'];

/** The worst of several. */
export function worst(verdicts: readonly FitVerdict[]): FitVerdict {
  return ORDER.find((v) => verdicts.includes(v)) ?? 'unknown';
}

/** Whole, with thousands parted and the unit. */
export function mebibytes(bytes: number): string {
  return `${Math.round(bytes / MIB).toLocaleString('en-US')} MiB`;
}

/** Sentences on a phase: what does not fit and which component is largest there, what is tight, what stays on the CPU. */
export function phaseReasons(phase: PlanPhase): string[] {
  const reasons: string[] = [];
  const { settings } = phase;
  if (phase.problem !== undefined) reasons.push(`${phase.modelName}: ${phase.problem}`);
  for (const device of phase.devices) {
    const verdict = deviceVerdict(device);
    if (verdict === 'no') {
      const largest = device.components.toSorted((a, b) => b.bytes - a.bytes)[0];
      reasons.push(
        `${phase.modelName} needs ${mebibytes(-device.marginBytes)} more than ${device.name} has free; ` +
          `the largest part is ${largest?.name ?? 'unknown'} with ${mebibytes(largest?.bytes ?? 0)}.`,
      );
    } else if (verdict === 'unknown') {
      reasons.push(
        `How much memory ${device.name} has free is not known, so whether ${phase.modelName} fits is not either.`,
      );
    } else if (verdict === 'tight') {
      reasons.push(
        `${phase.modelName} leaves only ${mebibytes(device.marginBytes)} on ${device.name} beside the reserve.`,
      );
    }
  }
  if (settings.backend !== 'cpu' && settings.gpuLayers < phase.totalLayers) {
    reasons.push(
      `${settings.gpuLayers} of ${phase.totalLayers} layers of ${phase.modelName} fit on the GPU; the others run on the CPU, which is slower.`,
    );
  }
  if (settings.kvType !== 'f16') {
    reasons.push(
      `${phase.modelName} keeps its KV cache in ${settings.kvType}: node-llama-cpp calls that experimental, and answers may differ from those with f16.`,
    );
  }
  if (phase.oneAtATime === true) reasons.push(`${phase.modelName}: ${AMX_ONE_AT_A_TIME}`);
  if (phase.cpuFallback === true) {
    reasons.push(
      `No GPU has room for even one layer of ${phase.modelName} beside the reserve; it runs on the CPU, which is slower.`,
    );
  }
  return reasons;
}
