import { tensorBytes } from '../../memory/ggml-types.ts';
import type { GgufHeader, GgufTensor } from '../../model.ts';
import { PlainReader } from '../parsing.ts';

/** What makes the header of a Llama-shaped model: no weights are needed to plan it. */
export interface LlamaShape {
  readonly id: string;
  readonly name: string;
  readonly layers: number;
  readonly embedding: number;
  readonly heads: number;
  readonly headsKv: number;
  readonly feedForward: number;
  readonly vocabulary: number;
  readonly contextTrained: number;
  /** The output matrix is the token embedding. */
  readonly tied: boolean;
  /** Has the rotation factors of Llama 3.1 and later. */
  readonly ropeFactors: boolean;
  /** Of the file before its tensors: mostly the vocabulary. */
  readonly headerBytes: number;
  readonly source: string;
}

/** Models of resources/catalogue/guide-models.json. Throws a sentence that names the entry. */
export function parseLlamaShapes(value: unknown): LlamaShape[] {
  return new PlainReader(value, 'The list of known models').list('models', (model) => ({
    id: model.text('id'),
    name: model.text('name'),
    layers: model.number('layers', 1),
    embedding: model.number('embedding', 1),
    heads: model.number('heads', 1),
    headsKv: model.number('headsKv', 1),
    feedForward: model.number('feedForward', 1),
    vocabulary: model.number('vocabulary', 1),
    contextTrained: model.number('contextTrained', 1),
    tied: model.flag('tied'),
    ropeFactors: model.flag('ropeFactors'),
    headerBytes: model.number('headerBytes', 0),
    source: model.text('source'),
  }));
}

type Entry = readonly [name: string, type: string, ...dimensions: number[]];

function tensorsOf(shape: LlamaShape): Entry[] {
  const { embedding, heads, headsKv, feedForward, vocabulary } = shape;
  const head = embedding / heads;
  const entries: Entry[] = [
    ['token_embd.weight', 'F16', embedding, vocabulary],
    ['output_norm.weight', 'F32', embedding],
  ];
  if (!shape.tied) {
    entries.push(['output.weight', 'F16', embedding, vocabulary]);
  }
  if (shape.ropeFactors) {
    entries.push(['rope_freqs.weight', 'F32', head / 2]);
  }
  for (let i = 0; i < shape.layers; i += 1) {
    entries.push(
      [`blk.${i}.attn_norm.weight`, 'F32', embedding],
      [`blk.${i}.attn_q.weight`, 'F16', embedding, head * heads],
      [`blk.${i}.attn_k.weight`, 'F16', embedding, head * headsKv],
      [`blk.${i}.attn_v.weight`, 'F16', embedding, head * headsKv],
      [`blk.${i}.attn_output.weight`, 'F16', head * heads, embedding],
      [`blk.${i}.ffn_norm.weight`, 'F32', embedding],
      [`blk.${i}.ffn_gate.weight`, 'F16', embedding, feedForward],
      [`blk.${i}.ffn_down.weight`, 'F16', feedForward, embedding],
      [`blk.${i}.ffn_up.weight`, 'F16', embedding, feedForward],
    );
  }
  return entries;
}

/** The F16 header of a Llama-shaped model, tensors as llama.cpp's converter names them; other recipes by `requantize`. */
export function llamaHeader(shape: LlamaShape): GgufHeader {
  let offset = 0;
  const tensors = tensorsOf(shape).map(([name, type, ...dimensions]): GgufTensor => {
    const tensor = { name, type, dimensions, offset, part: 0 };
    offset += Math.ceil(tensorBytes(type, dimensions) / 32) * 32;
    return tensor;
  });
  return {
    architecture: 'llama',
    metadata: {
      'general.architecture': 'llama',
      'general.name': shape.name,
      'llama.block_count': shape.layers,
      'llama.context_length': shape.contextTrained,
      'llama.embedding_length': shape.embedding,
      'llama.feed_forward_length': shape.feedForward,
      'llama.attention.head_count': shape.heads,
      'llama.attention.head_count_kv': shape.headsKv,
      'llama.attention.layer_norm_rms_epsilon': 1e-5,
      'llama.rope.dimension_count': shape.embedding / shape.heads,
      'llama.vocab_size': shape.vocabulary,
    },
    tensors,
    fileBytes: offset + shape.headerBytes,
    parts: 1,
  };
}
