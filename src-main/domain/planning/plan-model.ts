import type { Backend, Gpu, Machine } from '../hardware.ts';
import { MIB } from '../memory/ggml-types.ts';
import { modelMemory, type ModelMemory } from '../memory/model-memory.ts';
import { NO_CALIBRATION, type Calibration } from '../memory/overhead.ts';
import type { GgufHeader } from '../model.ts';
import type { LoadSettings, PlanComponent, PlanDevice, PlanPhase } from '../plan.ts';
import { chooseDevices, freeBytes, type DeviceChoice } from './devices.ts';

/** Bytes of a device that something else of the same plan already holds, by device id ("host" for RAM). */
export type Occupied = Readonly<Record<string, number>>;

/** What is wished for one loaded model; what is "auto" is chosen to fit. */
export interface ModelWishes {
  readonly role: PlanPhase['role'];
  readonly modelId: string;
  readonly modelName: string;
  readonly gpuLayers: number | 'auto';
  readonly contextPerSequence: number;
  readonly sequences: number | 'auto';
  readonly batch: number;
  readonly threads: number | 'auto';
  readonly flashAttention: boolean;
  readonly kvType: LoadSettings['kvType'];
  readonly mmap: boolean;
  readonly backend: Backend | 'auto';
  /** GPU ids; "auto" for all of the machine's real cards. */
  readonly devices: readonly string[] | 'auto';
  /** Kept free on every GPU, bytes. */
  readonly reserveBytes: number;
  /** Kept free of RAM, bytes. */
  readonly hostReserveBytes: number;
  readonly occupied: Occupied;
  /** Shares of the GPUs, in their order; null for llama.cpp's split by free memory. */
  readonly split: readonly number[] | null;
  readonly calibration: Calibration;
}

/** Sequences tried for "auto", most first: decode steps have a multiple of 8 rows. */
const SEQUENCES = [16, 8, 4, 2, 1] as const;

export const DEFAULT_WISHES = {
  gpuLayers: 'auto',
  contextPerSequence: 4096,
  sequences: 1,
  batch: 512,
  threads: 'auto',
  flashAttention: true,
  kvType: 'f16',
  mmap: true,
  backend: 'auto',
  devices: 'auto',
  reserveBytes: 256 * MIB,
  hostReserveBytes: 512 * MIB,
  occupied: {},
  split: null,
  calibration: NO_CALIBRATION,
} as const satisfies Omit<ModelWishes, 'role' | 'modelId' | 'modelName'>;

/** Wishes with defaults for all that is not given. */
export function wishesFor(
  wishes: Pick<ModelWishes, 'role' | 'modelId' | 'modelName'> & Partial<ModelWishes>,
): ModelWishes {
  return { ...DEFAULT_WISHES, ...wishes };
}

/**
 * Plans one loaded model on a machine, real or imagined. Layers go to GPUs as many as fit free memory less reserve;
 * with none that fit it runs on the CPU. A plan that does not fit is returned all the same, with a negative margin. Throws a sentence when the header
 * cannot be understood.
 */
export function planModel(header: GgufHeader, machine: Machine, wishes: ModelWishes): PlanPhase {
  const choice = chooseDevices(machine, wishes.backend, wishes.devices);
  const attempt = new PlanAttempt(header, machine, wishes, choice);
  if (wishes.sequences !== 'auto') {
    return attempt.withSequences(wishes.sequences);
  }
  const fewest = attempt.withSequences(1);
  for (const sequences of SEQUENCES) {
    const phase = sequences === 1 ? fewest : attempt.withSequences(sequences);
    if (fits(phase) && phase.settings.gpuLayers >= fewest.settings.gpuLayers) {
      return phase;
    }
  }
  return fewest;
}

/** Whether every device keeps its reserve. */
export function fits(phase: PlanPhase): boolean {
  return phase.devices.every((d) => d.marginBytes >= 0);
}

class PlanAttempt {
  readonly #header: GgufHeader;
  readonly #machine: Machine;
  readonly #wishes: ModelWishes;
  readonly #choice: DeviceChoice;

  constructor(header: GgufHeader, machine: Machine, wishes: ModelWishes, choice: DeviceChoice) {
    this.#header = header;
    this.#machine = machine;
    this.#wishes = wishes;
    this.#choice = choice;
  }

  withSequences(sequences: number): PlanPhase {
    if (this.#choice.gpus.length === 0) {
      return this.#phase(sequences, 0, { backend: 'cpu', gpus: [] });
    }
    const asked = this.#wishes.gpuLayers;
    if (asked !== 'auto') {
      return this.#phase(sequences, asked, asked === 0 ? { backend: 'cpu', gpus: [] } : this.#choice);
    }
    return this.#mostLayers(sequences);
  }

  /** The most layers whose devices all keep their reserve; the CPU alone when not even one fits. */
  #mostLayers(sequences: number): PlanPhase {
    const all = this.#phase(sequences, Number.MAX_SAFE_INTEGER, this.#choice);
    if (gpusFit(all)) {
      return all;
    }
    let best: PlanPhase | null = null;
    let low = 1;
    let high = all.totalLayers - 1;
    while (low <= high) {
      const middle = Math.floor((low + high) / 2);
      const phase = this.#phase(sequences, middle, this.#choice);
      if (gpusFit(phase)) {
        best = phase;
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return best ?? this.#phase(sequences, 0, { backend: 'cpu', gpus: [] });
  }

  #phase(sequences: number, gpuLayers: number, choice: DeviceChoice): PlanPhase {
    const wishes = this.#wishes;
    const available = choice.gpus.map((g) => Math.max(0, (freeBytes(g) ?? 0) - (wishes.occupied[g.id] ?? 0)));
    const memory = modelMemory(
      this.#header,
      { ...wishes, sequences, gpuLayers },
      choice.gpus.map((_, i) => ({
        kind: choice.backend,
        share: wishes.split?.[i] ?? Math.max(available[i] ?? 0, 1),
      })),
      wishes.calibration,
    );
    return {
      role: wishes.role,
      modelId: wishes.modelId,
      modelName: wishes.modelName,
      settings: {
        gpuLayers: Math.min(gpuLayers, memory.totalLayers),
        contextPerSequence: wishes.contextPerSequence,
        sequences,
        batch: wishes.batch,
        threads: wishes.threads === 'auto' ? this.#machine.cpu.physicalCores : wishes.threads,
        flashAttention: wishes.flashAttention,
        kvType: wishes.kvType,
        mmap: wishes.mmap,
        backend: choice.backend,
        devices: choice.gpus.map((g) => g.index),
      },
      totalLayers: memory.totalLayers,
      devices: this.#devices(choice.gpus, memory, available),
    };
  }

  #devices(gpus: readonly Gpu[], memory: ModelMemory, available: readonly number[]): PlanDevice[] {
    const wishes = this.#wishes;
    const sharedWithHost = gpus.reduce(
      (sum, g, i) => (g.unified ? sum + total(memory.gpus[i] ?? []) : sum),
      0,
    );
    const onCards = gpus.map((gpu, i) =>
      device(gpu.id, gpu.name, memory.gpus[i] ?? [], available[i] ?? 0, wishes.reserveBytes),
    );
    const ram = this.#machine.memory.availableBytes - (wishes.occupied['host'] ?? 0) - sharedWithHost;
    return [...onCards, device('host', 'RAM', memory.host, Math.max(0, ram), wishes.hostReserveBytes)];
  }
}

function gpusFit(phase: PlanPhase): boolean {
  return phase.devices.every((d) => d.deviceId === 'host' || d.marginBytes >= 0);
}

function device(
  deviceId: string,
  name: string,
  components: readonly PlanComponent[],
  capacityBytes: number,
  reserveBytes: number,
): PlanDevice {
  const marginBytes = capacityBytes - reserveBytes - total(components);
  return { deviceId, name, components, capacityBytes, reserveBytes, marginBytes };
}

/** Σ bytes of components. */
export function total(components: readonly PlanComponent[]): number {
  return components.reduce((sum, c) => sum + c.bytes, 0);
}
