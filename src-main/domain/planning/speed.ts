import type { Gpu, Machine } from '../hardware.ts';
import { stepWork } from '../memory/read-bytes.ts';
import type { GgufHeader } from '../model.ts';
import type { PlanDevice, PlanPhase } from '../plan.ts';
import { cardOfGpu, type Card } from './cards.ts';

export type Range = readonly [low: number, high: number];

/** How fast a phase runs, all sequences together. */
export interface SpeedEstimate {
  readonly promptTokensPerSecond: Range;
  readonly tokensPerSecond: Range;
  /** From this machine's own runs; otherwise a roofline with the efficiencies that llama.cpp usually reaches. */
  readonly calibrated: boolean;
  readonly source: string;
}

/** Share of the roofline that runs on this machine reached. */
export interface SpeedCalibration {
  readonly decoding: Range | null;
  readonly prompts: Range | null;
  readonly runs: number;
}

export const UNCALIBRATED: SpeedCalibration = { decoding: null, prompts: null, runs: 0 };

/**
 * What llama.cpp reaches of a card's bandwidth while decoding, and of its FP16 rate on prompts: published llama-bench runs of
 * Llama 2 and 3, 7B to 70B, on some twenty cards lie in these ranges. Server cards with stacked memory reach less of more.
 */
const USUAL: Efficiency = { decoding: [0.35, 0.9], prompts: [0.2, 1.05] };
const SERVER_CARD: Efficiency = { decoding: [0.2, 0.65], prompts: [0.1, 0.6] };
const STACKED_MEMORY = 1.2e12;

interface Efficiency {
  readonly decoding: Range;
  readonly prompts: Range;
}

/** Bytes a second to a GPU from host memory: PCIe 3 with eight lanes to PCIe 5 with sixteen. */
const HOST_LINK: Range = [6e9, 50e9];

/** A computer's memory: bytes a second for the whole, and for every core beyond sixteen on servers. */
const MEMORY: Range = [20e9, 80e9];
const MEMORY_PER_CORE: Range = [2e9, 5e9];
const SMALL_COMPUTER_CORES = 16;

/** Multiply-adds of a core with llama.cpp's kernels, operations a second. */
const CORE_OPERATIONS: Range = [12e9, 80e9];

interface DeviceRate {
  readonly bandwidth: Range;
  readonly operations: Range;
}

function scaled(range: Range, by: number): Range {
  return [range[0] * by, range[1] * by];
}

/** A card's best rates; those of a middling one where the catalogue does not know it. */
function gpuRate(gpu: Gpu | undefined, cards: readonly Card[]): DeviceRate {
  const card = gpu === undefined ? null : cardOfGpu(gpu, cards);
  if (card === null) {
    return { bandwidth: UNKNOWN_BANDWIDTH, operations: UNKNOWN_OPERATIONS };
  }
  return {
    bandwidth: [card.bandwidthBytesPerSecond, card.bandwidthBytesPerSecond],
    operations: [card.fp16FlopsPerSecond, card.fp16FlopsPerSecond],
  };
}

const UNKNOWN_BANDWIDTH: Range = [100e9, 1000e9];
const UNKNOWN_OPERATIONS: Range = [5e12, 150e12];

function hostRate(machine: Machine, threads: number): DeviceRate {
  const beyond = Math.max(0, machine.cpu.physicalCores - SMALL_COMPUTER_CORES);
  return {
    bandwidth: [MEMORY[0] + beyond * MEMORY_PER_CORE[0], MEMORY[1] + beyond * MEMORY_PER_CORE[1]],
    operations: scaled(CORE_OPERATIONS, Math.max(1, threads)),
  };
}

function cacheBytes(device: PlanDevice | undefined): number {
  return (device?.components ?? []).filter((c) => c.name === 'kv-cache').reduce((sum, c) => sum + c.bytes, 0);
}

/** Seconds of one step on every device after the other, from best (index 1) to worst (0) rates: [slowest, fastest]. */
function stepSeconds(
  bytes: readonly number[],
  operations: readonly number[],
  rates: readonly DeviceRate[],
): Range {
  const at = (which: 0 | 1): number =>
    rates.reduce((sum, rate, i) => {
      const reading = (bytes[i] ?? 0) / rate.bandwidth[which];
      const computing = (operations[i] ?? 0) / rate.operations[which];
      return sum + Math.max(reading, computing);
    }, 0);
  return [at(0), at(1)];
}

/** The roofline alone: tokens a second that bandwidth and compute allow, before any efficiency. */
export interface Roofline {
  readonly promptTokensPerSecond: Range;
  readonly tokensPerSecond: Range;
}

/**
 * The roofline of a phase: a decoding step reads every weight and the used half of the caches once for all sequences;
 * a prompt's batch computes, and fetches the weights that lie in RAM when there is a GPU.
 */
export function rooflineOf(
  phase: PlanPhase,
  header: GgufHeader,
  machine: Machine,
  cards: readonly Card[],
): Roofline {
  const { settings } = phase;
  const atOnce = phase.oneAtATime === true ? 1 : settings.sequences;
  const gpuDevices = phase.devices.filter((d) => d.deviceId !== 'host');
  const shares = gpuDevices.map((d) => Math.max(1, d.capacityBytes));
  const work = stepWork(header, settings.gpuLayers, shares, atOnce);
  const host = hostRate(machine, settings.threads);
  const rates = [
    ...gpuDevices.map((d) =>
      gpuRate(
        machine.gpus.find((g) => g.id === d.deviceId),
        cards,
      ),
    ),
    host,
  ];
  const devices = [...gpuDevices, phase.devices.find((d) => d.deviceId === 'host')];
  const bytes = work.weightBytes.map((w, i) => w + cacheBytes(devices[i]) / 2);
  const perStep = work.operationsPerToken.map((o) => o * atOnce);
  const step = stepSeconds(bytes, perStep, rates);
  const batch = stepSeconds(
    work.weightBytes.map(() => 0),
    work.operationsPerToken.map((o) => o * settings.batch),
    gpuDevices.length === 0 ? rates : rates.map((r, i) => (i === rates.length - 1 ? (rates[0] ?? r) : r)),
  );
  const fetched = gpuDevices.length === 0 ? 0 : (work.weightBytes.at(-1) ?? 0);
  return {
    tokensPerSecond: [atOnce / step[0], atOnce / step[1]],
    promptTokensPerSecond: [
      settings.batch / (batch[0] + fetched / HOST_LINK[0]),
      settings.batch / (batch[1] + fetched / HOST_LINK[1]),
    ],
  };
}

/** The widest of what its cards usually reach. */
function efficiencyOf(phase: PlanPhase, machine: Machine, cards: readonly Card[]): Efficiency {
  const gpus = machine.gpus.filter((g) => phase.devices.some((d) => d.deviceId === g.id));
  const isServer = (gpu: Gpu): boolean => {
    const card = cardOfGpu(gpu, cards);
    return card?.kind === 'datacenter' && card.bandwidthBytesPerSecond > STACKED_MEMORY;
  };
  const server = new Set(gpus.map(isServer));
  const kinds = [
    ...(server.has(true) ? [SERVER_CARD] : []),
    ...(server.has(true) && !server.has(false) ? [] : [USUAL]),
  ];
  const widest = (of: keyof Efficiency): Range => [
    Math.min(...kinds.map((k) => k[of][0])),
    Math.max(...kinds.map((k) => k[of][1])),
  ];
  return { decoding: widest('decoding'), prompts: widest('prompts') };
}

/**
 * Expected speed of a phase as a range: the roofline times what llama.cpp usually reaches of it, or times what this machine's
 * own runs reached.
 */
export function estimateSpeed(
  phase: PlanPhase,
  header: GgufHeader,
  machine: Machine,
  cards: readonly Card[],
  calibration: SpeedCalibration = UNCALIBRATED,
): SpeedEstimate {
  const roofline = rooflineOf(phase, header, machine, cards);
  const times = (range: Range, share: Range): Range => [range[0] * share[0], range[1] * share[1]];
  const usual = efficiencyOf(phase, machine, cards);
  const calibrated = calibration.decoding !== null && calibration.prompts !== null;
  return {
    tokensPerSecond: times(roofline.tokensPerSecond, calibration.decoding ?? usual.decoding),
    promptTokensPerSecond: times(roofline.promptTokensPerSecond, calibration.prompts ?? usual.prompts),
    calibrated,
    source: calibrated
      ? `${calibration.runs} runs on this machine`
      : `roofline of bandwidth and compute; ${percents(usual.decoding)} of it while decoding, ${percents(usual.prompts)} on prompts`,
  };
}

function percents([low, high]: Range): string {
  return `${Math.round(low * 100)}-${Math.round(high * 100)} %`;
}

/** One finished run: what was measured, and the roofline of the plan it ran with. */
export interface SpeedMeasurement {
  readonly roofline: Roofline;
  readonly promptTokensPerSecond: number | null;
  readonly tokensPerSecond: number | null;
}

/** Spread allowed around few measurements: a quarter up and down, as runs vary. */
const FEW_RUNS_SPREAD = 0.25;

/** Shares of the roofline reached, from runs of one backend on one machine. Null where nothing was measured. */
export function calibrateSpeed(measurements: readonly SpeedMeasurement[]): SpeedCalibration {
  const reached = (kind: keyof Roofline): Range | null => {
    const shares = measurements.flatMap((m) => {
      const measured = m[kind];
      return measured === null ? [] : [measured / m.roofline[kind][1]];
    });
    if (shares.length === 0) {
      return null;
    }
    const [low, high] = [Math.min(...shares), Math.max(...shares)];
    return shares.length < 3 ? [low * (1 - FEW_RUNS_SPREAD), high * (1 + FEW_RUNS_SPREAD)] : [low, high];
  };
  return {
    decoding: reached('tokensPerSecond'),
    prompts: reached('promptTokensPerSecond'),
    runs: measurements.length,
  };
}
