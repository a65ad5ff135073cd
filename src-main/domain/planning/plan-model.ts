import type { Backend, Gpu, Machine } from '../hardware.ts';
import { MIB } from '../memory/ggml-types.ts';
import { amxFaults } from '../memory/amx.ts';
import { cpuKernels, cpuPacking } from '../memory/cpu-packing.ts';
import { modelShape } from '../memory/model-shape.ts';
import { modelMemory, residentBytes, type MemoryGpu, type ModelMemory } from '../memory/model-memory.ts';
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
  /** Map the file where that costs nothing: a CPU that packs weights would hold most of them twice, and reads them instead. */
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

const MOSTLY = 0.5;

/**
 * The largest tensor that a Vulkan device can bind (maxStorageBufferRange), bytes; larger ones stay in host memory. Drivers of
 * real cards give the most that 32 bits can say, Mesa's device in software 128 MiB.
 */
function largestBinding({ software }: Gpu): number {
  return software ? 128 * MIB : 2 ** 32 - 1;
}

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
  if (fewest.oneAtATime === true) {
    return fewest;
  }
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

/** Whether it fits, and the engine takes it. */
export function loads(phase: PlanPhase): boolean {
  return fits(phase) && phase.problem === undefined;
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

  /**
   * The most layers whose devices all keep their reserve; the CPU alone when not even one fits. Weights and caches are
   * summed for every count that is tried, the compute graph only for counts that those leave room for.
   */
  #mostLayers(sequences: number): PlanPhase {
    const all = this.#phase(sequences, Number.MAX_SAFE_INTEGER, this.#choice);
    if (gpusFit(all)) {
      return all;
    }
    let best: PlanPhase | null = null;
    let tooMany = all.totalLayers;
    let candidate = this.#mostResident(sequences, tooMany - 1, computeOf(all));
    while (candidate > 0 && candidate < tooMany) {
      const phase = this.#phase(sequences, candidate, this.#choice);
      if (gpusFit(phase)) {
        best = phase;
        const next = candidate + 1;
        candidate = this.#leavesRoom(sequences, next, computeOf(phase)) ? next : tooMany;
      } else {
        tooMany = candidate;
        candidate = best === null ? this.#mostResident(sequences, candidate - 1, computeOf(phase)) : tooMany;
      }
    }
    return best ?? { ...this.#phase(sequences, 0, { backend: 'cpu', gpus: [] }), cpuFallback: true };
  }

  /** The most layers up to `most` that leave room for compute buffers like these; 0 for none. */
  #mostResident(sequences: number, most: number, compute: readonly number[]): number {
    let low = 0;
    let high = most;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#leavesRoom(sequences, middle, compute)) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  #leavesRoom(sequences: number, gpuLayers: number, compute: readonly number[]): boolean {
    const available = this.#available(this.#choice);
    const resident = residentBytes(
      this.#header,
      { ...this.#wishes, sequences, gpuLayers },
      this.#memoryGpus(this.#choice, available),
      this.#wishes.calibration,
    );
    return resident.every(
      (bytes, i) => bytes + (compute[i] ?? 0) <= (available[i] ?? 0) - this.#wishes.reserveBytes,
    );
  }

  #available(choice: DeviceChoice): number[] {
    return choice.gpus.map((g) => Math.max(0, (freeBytes(g) ?? 0) - (this.#wishes.occupied[g.id] ?? 0)));
  }

  #memoryGpus(choice: DeviceChoice, available: readonly number[]): MemoryGpu[] {
    return choice.gpus.map((gpu, i) => ({
      kind: choice.backend,
      ...(choice.backend === 'vulkan' ? { maxTensorBytes: largestBinding(gpu) } : {}),
      share: this.#wishes.split?.[i] ?? Math.max(available[i] ?? 0, 1),
    }));
  }

  #phase(sequences: number, gpuLayers: number, choice: DeviceChoice): PlanPhase {
    const wishes = this.#wishes;
    const available = this.#available(choice);
    const mmap = wishes.mmap && (choice.gpus.length > 0 || !this.#packsMost());
    const memory = modelMemory(
      this.#header,
      { ...wishes, mmap, sequences, gpuLayers, kernels: this.#kernels() },
      this.#memoryGpus(choice, available),
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
        mmap,
        backend: choice.backend,
        devices: choice.gpus.map((g) => g.index),
        ...cudaNames(choice),
      },
      totalLayers: memory.totalLayers,
      devices: this.#devices(choice.gpus, memory, available),
      ...(choice.gpus.length === 0 && this.#kernels() === 'amx' ? amxFaults(this.#header) : {}),
    };
  }

  #kernels(): ReturnType<typeof cpuKernels> {
    return cpuKernels(this.#machine.cpu, this.#machine.arch);
  }

  /** Whether most of the weights would lie in memory twice if the file were mapped: as in the file, and packed. */
  #packsMost(): boolean {
    const kernels = this.#kernels();
    const { originalBytes } =
      kernels === null ? { originalBytes: 0 } : cpuPacking(modelShape(this.#header), kernels);
    return originalBytes > MOSTLY * this.#header.fileBytes;
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

/** Compute buffers of a phase's GPUs, in their order. */
function computeOf(phase: PlanPhase): number[] {
  return phase.devices
    .filter((d) => d.deviceId !== 'host')
    .map((d) => d.components.find((c) => c.name === 'compute')?.bytes ?? 0);
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

/** Names that CUDA itself takes, where every device has one. */
function cudaNames({ backend, gpus }: DeviceChoice): { readonly deviceIds?: readonly string[] } {
  const named = backend === 'cuda' && gpus.length > 0 && gpus.every((gpu) => /^(GPU|MIG)-/.test(gpu.id));
  return named ? { deviceIds: gpus.map((gpu) => gpu.id) } : {};
}
