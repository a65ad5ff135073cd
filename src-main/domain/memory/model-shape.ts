import type { GgufHeader, GgufTensor } from '../model.ts';
import { readHyperparameters, type Hyperparameters } from './hyperparameters.ts';

/** Where llama.cpp puts a tensor: with the embedding table, with a layer, with the output, or nowhere (unused). */
export type TensorRole = 'input' | 'layer' | 'output' | 'shared' | 'unused';

export interface ShapedTensor {
  readonly tensor: GgufTensor;
  readonly role: TensorRole;
  /** The layer it belongs to; -1 outside of layers. */
  readonly layer: number;
}

/** A header, read once: its numbers and its tensors by name and role. */
export interface ModelShape {
  readonly header: GgufHeader;
  readonly hp: Hyperparameters;
  readonly byName: ReadonlyMap<string, GgufTensor>;
  /** Tensors of each layer by the rest of their name ("attn_q.weight"). */
  readonly byLayer: readonly ReadonlyMap<string, GgufTensor>[];
  readonly tensors: readonly ShapedTensor[];
  /** The embedding table is used as the output matrix too. */
  readonly tied: boolean;
}

/** LLM_TENSOR_LAYER_INPUT in llama-arch.cpp: always in host memory. */
const INPUT_TENSORS = /^(token_embd|position_embd|token_types|per_layer_token_embd)\./;

/** LLM_TENSOR_LAYER_OUTPUT: with the output layer. */
const OUTPUT_TENSORS =
  /^(output|output_norm|token_embd_norm\.lfm2|cls|dec\.output_norm|enc\.output_norm|dense_|altup_)/;

/** Tensors named once but given to every device that has layers: the rotation factors of long-context models. */
const SHARED_TENSORS = /^rope_(freqs|factors_long|factors_short)\./;

function roleOf(name: string, hp: Hyperparameters): { role: TensorRole; layer: number } {
  const match = /^(?:blk|dec\.blk|enc\.blk)\.(\d+)\./.exec(name);
  if (match?.[1] !== undefined) {
    const layer = Number(match[1]);
    // Prediction layers behind the last are not loaded (TENSOR_SKIP).
    const known = layer < hp.layers && !name.includes('attn_rot_embd');
    return { role: known ? 'layer' : 'unused', layer };
  }
  if (INPUT_TENSORS.test(name)) {
    return { role: 'input', layer: -1 };
  }
  if (SHARED_TENSORS.test(name)) {
    return { role: 'shared', layer: -1 };
  }
  if (name.startsWith('token_embd_norm') && hp.architecture.startsWith('lfm2')) {
    return { role: 'output', layer: -1 };
  }
  if (OUTPUT_TENSORS.test(name)) {
    return { role: 'output', layer: -1 };
  }
  // What belongs to no layer but is not input or output (token_embd_norm, per-layer projections) goes with layer 0.
  return { role: 'layer', layer: 0 };
}

const shapes = new WeakMap<GgufHeader, ModelShape>();

/** The shape of a header; computed once per header object. */
export function modelShape(header: GgufHeader): ModelShape {
  const known = shapes.get(header);
  if (known !== undefined) {
    return known;
  }
  const hp = readHyperparameters(header);
  const byName = new Map(header.tensors.map((t) => [t.name, t]));
  const byLayer = Array.from({ length: hp.layersAll }, () => new Map<string, GgufTensor>());
  for (const tensor of header.tensors) {
    const match = /^blk\.(\d+)\.(.+)$/.exec(tensor.name);
    if (match?.[1] !== undefined && match[2] !== undefined) {
      byLayer[Number(match[1])]?.set(match[2], tensor);
    }
  }
  const shape: ModelShape = {
    header,
    hp,
    byName,
    byLayer,
    tensors: header.tensors.map((tensor) => ({ tensor, ...roleOf(tensor.name, hp) })),
    tied: !byName.has('output.weight') && byName.has('token_embd.weight'),
  };
  shapes.set(header, shape);
  return shape;
}
