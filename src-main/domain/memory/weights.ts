import { isQuantized, padTo, rowBytes, tensorBytes } from './ggml-types.ts';
import type { GgufTensor } from '../model.ts';
import type { Backend } from '../hardware.ts';
import type { ModelShape } from './model-shape.ts';
import type { Placement } from './placement.ts';

/** Memory in which weights can lie. */
export interface WeightHome {
  readonly kind: Backend;
  /** Largest tensor that the device can take in one buffer; larger ones stay in host memory. Infinity where there is no limit. */
  readonly maxTensorBytes: number;
}

export interface WeightPlacement {
  /** Bytes per GPU, in the order of the placement's devices; the last entry is host memory. */
  readonly bytes: readonly number[];
  /** Names of tensors that were too large for their GPU. */
  readonly displaced: ReadonlySet<string>;
}

/** ggml's alignment of tensors in a buffer: CUDA 128; Vulkan's storage offset alignment; host 32 (pinned host 64). */
const ALIGNMENT: Readonly<Record<Backend, number>> = { cpu: 32, cuda: 128, vulkan: 16, metal: 32 };

const CUDA_ROW_PADDING = 512;

/** Tensor types for which a backend has no matrix product; they stay in host memory. */
const UNREADABLE: Readonly<Record<Backend, ReadonlySet<string>>> = {
  cpu: new Set(),
  cuda: new Set(['TQ1_0', 'TQ2_0']),
  vulkan: new Set(),
  metal: new Set(['TQ1_0', 'TQ2_0']),
};

/** Bytes that a backend allocates for a weight: ggml_backend_buft_get_alloc_size, padded. */
export function weightBytes(tensor: GgufTensor, kind: Backend): number {
  let bytes = tensorBytes(tensor.type, tensor.dimensions);
  const row = tensor.dimensions[0] ?? 1;
  if (kind === 'cuda' && isQuantized(tensor.type) && row % CUDA_ROW_PADDING !== 0) {
    bytes += rowBytes(tensor.type, CUDA_ROW_PADDING - (row % CUDA_ROW_PADDING));
  }
  return padTo(bytes, ALIGNMENT[kind]);
}

/** Decay factors that are multiplied and not scanned (LLM_TENSOR_SSM_A_NOSCAN): one number a head. */
function isScanned(tensor: GgufTensor): boolean {
  return tensor.name.endsWith('.ssm_a') && tensor.dimensions.length > 1;
}

/** Decay factors of a scan that the backend has no kernel for stay in host memory, and the scan with them (weight_buft_supported). */
function canScan(tensor: GgufTensor, kind: Backend, ssm: ModelShape['hp']['ssm']): boolean {
  if (!isScanned(tensor) || kind === 'metal' || kind === 'cpu') {
    return true;
  }
  const [decay, heads] = [tensor.dimensions[0] ?? 1, tensor.dimensions[1] ?? 1];
  const head = ssm.inner / heads;
  if (decay === 1) {
    return (ssm.state === 128 || ssm.state === 256) && head % 16 === 0;
  }
  return kind === 'cuda' && decay === 16 && head === 1 && heads % 128 === 0;
}

/** What a group of tensors (a layer, the table, the output) takes in one kind of memory. */
interface GroupBytes {
  /** On the device itself. */
  readonly bytes: number;
  /** Of tensors that the device cannot take, in host memory. */
  readonly hostBytes: number;
  readonly displaced: readonly string[];
}

/** Group sums of a model for one kind of memory, so that a search over placements adds layers and not tensors. */
interface HomeSums {
  readonly layers: readonly GroupBytes[];
  readonly input: GroupBytes;
  readonly output: GroupBytes;
  readonly shared: GroupBytes;
  /** The table once more, as the output of a model without one. */
  readonly tiedOutput: GroupBytes;
}

const HOST: WeightHome = { kind: 'cpu', maxTensorBytes: Infinity };

const known = new WeakMap<ModelShape, Map<string, HomeSums>>();

function sumsFor(shape: ModelShape, home: WeightHome): HomeSums {
  const homes = known.get(shape) ?? new Map<string, HomeSums>();
  known.set(shape, homes);
  const key = `${home.kind} ${home.maxTensorBytes}`;
  const sums = homes.get(key) ?? homeSums(shape, home);
  homes.set(key, sums);
  return sums;
}

function homeSums(shape: ModelShape, home: WeightHome): HomeSums {
  const layers: GgufTensor[][] = Array.from({ length: shape.hp.layersAll }, () => []);
  const byRole: Record<'input' | 'output' | 'shared', GgufTensor[]> = { input: [], output: [], shared: [] };
  for (const { tensor, role, layer } of shape.tensors) {
    if (role === 'layer') {
      layers[layer]?.push(tensor);
    } else if (role !== 'unused') {
      byRole[role].push(tensor);
    }
  }
  const sum = (tensors: readonly GgufTensor[]): GroupBytes => groupBytes(tensors, home, shape);
  const tied = shape.tied ? byRole.input.filter((t) => t.name === 'token_embd.weight') : [];
  const tiedOutput = sum(tied);
  return {
    layers: layers.map(sum),
    input: sum(byRole.input),
    output: sum(byRole.output),
    shared: sum(byRole.shared),
    // A tied table that stays in host memory is the one that is there already.
    tiedOutput: {
      bytes: tiedOutput.bytes,
      hostBytes: 0,
      displaced: tiedOutput.displaced.map(() => 'output.weight'),
    },
  };
}

function groupBytes(tensors: readonly GgufTensor[], home: WeightHome, shape: ModelShape): GroupBytes {
  let [bytes, hostBytes] = [0, 0];
  const displaced: string[] = [];
  for (const tensor of tensors) {
    const large = tensorBytes(tensor.type, tensor.dimensions) > home.maxTensorBytes;
    if (large || UNREADABLE[home.kind].has(tensor.type) || !canScan(tensor, home.kind, shape.hp.ssm)) {
      displaced.push(tensor.name);
      hostBytes += weightBytes(tensor, 'cpu');
    } else {
      bytes += weightBytes(tensor, home.kind);
    }
  }
  return { bytes, hostBytes, displaced };
}

/**
 * Gemma 4 and 3n ask for their output before the table that it is: read from the file, it is there twice even in one memory.
 * Mapped, both are the same bytes.
 */
export function tableTwice({ tied, hp }: ModelShape): boolean {
  return tied && (hp.architecture === 'gemma4' || hp.architecture === 'gemma3n');
}

/**
 * Weights per device for a placement (llama_model_base::load_tensors): the embedding table in host memory, layers
 * where they are placed, the output with the output layer. A tied table is held twice as soon as the output is on a GPU; small factors shared
 * by all layers are held once per device.
 */
export function placeWeights(
  shape: ModelShape,
  placement: Placement,
  gpus: readonly WeightHome[],
  mmap = false,
): WeightPlacement {
  const bytes = Array.from({ length: placement.host + 1 }, () => 0);
  const displaced = new Set<string>();
  const add = (group: GroupBytes | undefined, device: number): void => {
    if (group !== undefined) {
      bytes[device] = (bytes[device] ?? 0) + group.bytes;
      bytes[placement.host] = (bytes[placement.host] ?? 0) + group.hostBytes;
      group.displaced.forEach((name) => displaced.add(name));
    }
  };
  const sums = [...gpus.slice(0, placement.host), HOST].map((home) => sumsFor(shape, home));
  add(sums[placement.host]?.input, placement.host);
  add(sums[placement.output]?.output, placement.output);
  if (shape.tied && (placement.output !== placement.host || (tableTwice(shape) && !mmap))) {
    add(sums[placement.output]?.tiedOutput, placement.output);
  }
  placement.layer.forEach((device, layer) => add(sums[device]?.layers[layer], device));
  for (const device of new Set(placement.layer)) {
    add(sums[device]?.shared, device);
  }
  return { bytes, displaced };
}
