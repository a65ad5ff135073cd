import type { GgufHeader } from '../model.ts';
import { keyValueOwners, recurrentLayers, slidingLayers } from './layer-roles.ts';
import { MetadataReader } from './metadata-reader.ts';

/** The numbers of a model's shape that decide about memory, per layer where they differ: llama.cpp's hparams. */
export interface Hyperparameters {
  readonly architecture: string;
  /** Layers in the file, prediction layers included; llama.cpp's n_layer_all. */
  readonly layersAll: number;
  /** Layers that a normal context runs. */
  readonly layers: number;
  readonly embedding: number;
  readonly vocabulary: number;
  readonly contextTrained: number | null;
  readonly heads: readonly number[];
  readonly headsKv: readonly number[];
  readonly feedForward: readonly number[];
  readonly keyLength: number;
  readonly valueLength: number;
  readonly keyLengthSwa: number;
  readonly valueLengthSwa: number;
  readonly ropeDimensions: number;
  readonly slidingWindow: number;
  /** Per layer: attends to a window only, and its cache is as long as the window. */
  readonly swa: readonly boolean[];
  readonly experts: number;
  readonly expertsUsed: readonly number[];
  readonly expertGroups: number;
  readonly expertGroupsUsed: number;
  readonly leadingDense: number;
  /** Multi-head latent attention: one compressed cache row per token, no values. */
  readonly mla: boolean;
  readonly keyLengthMla: number;
  readonly valueLengthMla: number;
  readonly kvLora: number;
  readonly qLora: number;
  /** Per layer: keeps a state instead of a cache. */
  readonly recurrent: readonly boolean[];
  /** Per layer: owns keys and values. */
  readonly hasKv: readonly boolean[];
  readonly ssm: {
    readonly conv: number;
    readonly inner: number;
    readonly state: number;
    readonly dtRank: number;
    readonly groups: number;
  };
  readonly wkvHeadSize: number;
  readonly tokenShift: number;
  readonly shortConv: number;
  readonly kdaHeadDim: number;
}

function vocabularySize(header: GgufHeader): number {
  const listed = header.metadata['tokenizer.ggml.tokens.length'];
  if (typeof listed === 'number' && listed > 0) {
    return listed;
  }
  const stated = header.metadata[`${header.architecture}.vocab_size`];
  if (typeof stated === 'number' && stated > 0) {
    return stated;
  }
  const embedding = header.tensors.find((t) => t.name === 'token_embd.weight');
  return embedding?.dimensions[1] ?? 0;
}

/**
 * Reads a header's shape as llama.cpp does (llama_model_base::load_hparams and each architecture's own part). Keys
 * that are missing fall back as there; a header without a block count has as many layers as its tensors say.
 */
export function readHyperparameters(header: GgufHeader): Hyperparameters {
  const reader = new MetadataReader(header);
  const { architecture } = header;
  const layersAll = reader.number('block_count', countLayers(header));
  const layers = layersAll - reader.number('nextn_predict_layers', 0);
  const zeros = Array.from({ length: layersAll }, () => 0);
  const heads = reader.perLayer('attention.head_count', layersAll, zeros);
  const headsKv = reader.perLayer('attention.head_count_kv', layersAll, heads);
  const feedForward = reader.perLayer('feed_forward_length', layersAll, zeros);
  const embedding = reader.number('embedding_length', 0);
  const headSize = (heads[0] ?? 0) > 0 ? Math.floor(embedding / (heads[0] ?? 1)) : 0;
  const keyLength = headSize > 0 ? reader.number('attention.key_length', headSize) : 0;
  const valueLength = headSize > 0 ? reader.number('attention.value_length', headSize) : 0;
  const sliding = slidingLayers(reader, architecture, layersAll, layers);
  const recurrent = recurrentLayers(reader, architecture, layersAll, layers, headsKv, feedForward);
  const keyLengthMla = reader.number('attention.key_length_mla', 0);
  return {
    architecture,
    layersAll,
    layers,
    embedding,
    vocabulary: vocabularySize(header),
    contextTrained: reader.has('context_length') ? reader.number('context_length', 0) : null,
    heads,
    headsKv,
    feedForward,
    keyLength,
    valueLength,
    keyLengthSwa: reader.number('attention.key_length_swa', keyLength),
    valueLengthSwa: reader.number('attention.value_length_swa', valueLength),
    ropeDimensions: reader.number('rope.dimension_count', keyLength),
    slidingWindow: sliding.window,
    swa: sliding.swa,
    experts: reader.number('expert_count', 0),
    expertsUsed: reader.perLayer('expert_used_count', layersAll, zeros),
    expertGroups: reader.number('expert_group_count', 0),
    expertGroupsUsed: reader.number('expert_group_used_count', 0),
    leadingDense: reader.number('leading_dense_block_count', 0),
    mla: keyLengthMla > 0,
    keyLengthMla,
    valueLengthMla: reader.number('attention.value_length_mla', 0),
    kvLora: reader.number('attention.kv_lora_rank', 0),
    qLora: reader.number('attention.q_lora_rank', 0),
    recurrent,
    hasKv: keyValueOwners(reader, architecture, layersAll, layers, recurrent, feedForward),
    ssm: {
      conv: reader.number('ssm.conv_kernel', 0),
      inner: reader.number('ssm.inner_size', 0),
      state: reader.number('ssm.state_size', 0),
      dtRank: reader.number('ssm.time_step_rank', 0),
      groups: reader.number('ssm.group_count', 0),
    },
    wkvHeadSize: reader.number('wkv.head_size', 0),
    tokenShift: reader.number('token_shift_count', 2),
    shortConv: reader.number('shortconv.l_cache', 0),
    kdaHeadDim: reader.number('kda.head_dim', 0),
  };
}

function countLayers(header: GgufHeader): number {
  let last = -1;
  for (const tensor of header.tensors) {
    const match = /^blk\.(\d+)\./.exec(tensor.name);
    if (match?.[1] !== undefined) {
      last = Math.max(last, Number(match[1]));
    }
  }
  return last + 1;
}

/** Values of one layer that depend on whether it slides. */
export function layerHeads(
  hp: Hyperparameters,
  layer: number,
): { key: number; value: number; heads: number; headsKv: number } {
  const swa = hp.swa[layer] === true;
  return {
    key: swa ? hp.keyLengthSwa : hp.keyLength,
    value: swa ? hp.valueLengthSwa : hp.valueLength,
    heads: hp.heads[layer] ?? 0,
    headsKv: hp.headsKv[layer] ?? 0,
  };
}
