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

/** Decay factors of a scan that the backend has no kernel for stay in host memory, and the scan with them (weight_buft_supported). */
function canScan(tensor: GgufTensor, kind: Backend, ssm: ModelShape['hp']['ssm']): boolean {
  if (!tensor.name.endsWith('.ssm_a') || kind === 'metal' || kind === 'cpu') {
    return true;
  }
  const [decay, heads] = [tensor.dimensions[0] ?? 1, tensor.dimensions[1] ?? 1];
  const head = ssm.inner / heads;
  if (decay === 1) {
    return (ssm.state === 128 || ssm.state === 256) && head % 16 === 0;
  }
  return kind === 'cuda' && decay === 16 && head === 1 && heads % 128 === 0;
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
): WeightPlacement {
  const bytes = Array.from({ length: placement.host + 1 }, () => 0);
  const displaced = new Set<string>();
  const add = (tensor: GgufTensor, device: number, output: boolean): void => {
    const gpu = gpus[device];
    const large = gpu !== undefined && tensorBytes(tensor.type, tensor.dimensions) > gpu.maxTensorBytes;
    const unreadable = gpu !== undefined && UNREADABLE[gpu.kind].has(tensor.type);
    if (gpu !== undefined && (large || unreadable || !canScan(tensor, gpu.kind, shape.hp.ssm))) {
      displaced.add(output ? 'output.weight' : tensor.name);
      // A tied table that stays in host memory is the one that is there already.
      bytes[placement.host] = (bytes[placement.host] ?? 0) + (output ? 0 : weightBytes(tensor, 'cpu'));
      return;
    }
    bytes[device] = (bytes[device] ?? 0) + weightBytes(tensor, gpu?.kind ?? 'cpu');
  };
  const inUse = new Set(placement.layer);
  for (const { tensor, role, layer } of shape.tensors) {
    if (role === 'input') {
      add(tensor, placement.host, false);
      if (shape.tied && tensor.name === 'token_embd.weight' && placement.output !== placement.host) {
        add(tensor, placement.output, true);
      }
    } else if (role === 'layer') {
      add(tensor, placement.layer[layer] ?? placement.host, false);
    } else if (role === 'output') {
      add(tensor, placement.output, false);
    } else if (role === 'shared') {
      for (const device of inUse) {
        add(tensor, device, false);
      }
    }
  }
  return { bytes, displaced };
}
