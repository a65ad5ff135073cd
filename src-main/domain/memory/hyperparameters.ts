import type { GgufHeader } from '../model.ts';

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

/** Reads metadata by the architecture's own prefix. */
export class MetadataReader {
  readonly #header: GgufHeader;

  constructor(header: GgufHeader) {
    this.#header = header;
  }

  /** A number, or the fallback. Of a list: its first. */
  number(key: string, fallback: number): number {
    const value = this.#value(key);
    if (typeof value === 'number') {
      return value;
    }
    if (Array.isArray(value)) {
      return Number(value[0] ?? fallback);
    }
    return fallback;
  }

  flag(key: string): boolean {
    const value = this.#value(key);
    return value === true || (typeof value === 'number' && value !== 0);
  }

  text(key: string): string | null {
    const value = this.#value(key);
    return typeof value === 'string' ? value : null;
  }

  has(key: string): boolean {
    return this.#value(key) !== undefined;
  }

  /** A list, one entry a layer; null when the key is missing or a single value. */
  list(key: string): readonly number[] | null {
    const value = this.#value(key);
    return Array.isArray(value) ? value.map(Number) : null;
  }

  /** One number a layer, from a list or from a single number. */
  perLayer(key: string, layers: number, fallback: readonly number[]): readonly number[] {
    const value = this.#value(key);
    if (typeof value === 'number') {
      return Array.from({ length: layers }, () => value);
    }
    if (Array.isArray(value)) {
      return Array.from({ length: layers }, (_, i) => Number(value[i] ?? fallback[i] ?? 0));
    }
    return fallback;
  }

  #value(key: string): GgufHeader['metadata'][string] | undefined {
    return this.#header.metadata[`${this.#header.architecture}.${key}`];
  }
}

/** Architectures in which every layer keeps a state: llm_arch_is_recurrent. */
const RECURRENT: ReadonlySet<string> = new Set(['mamba', 'mamba2', 'rwkv6', 'rwkv6qwen2', 'rwkv7', 'arwkv7']);

/** Architectures with both kinds of layer: llm_arch_is_hybrid. */
const HYBRID: ReadonlySet<string> = new Set([
  'jamba',
  'falcon-h1',
  'plamo2',
  'granitehybrid',
  'lfm2',
  'lfm2moe',
  'nemotron_h',
  'nemotron_h_moe',
  'qwen3next',
  'kimi-linear',
  'qwen35',
  'qwen35moe',
  'bailingmoe3',
  'minimax-01',
]);

export function isRecurrent(architecture: string): boolean {
  return RECURRENT.has(architecture);
}

export function isHybrid(architecture: string): boolean {
  return HYBRID.has(architecture);
}

interface SlidingRule {
  /** Every n-th layer sees everything; llama.cpp's default where the file has no pattern. */
  readonly every: number;
  readonly denseFirst?: boolean;
  /** The window where the file gives none; absent: no window, no sliding. */
  readonly window?: number;
  /** The window that llama.cpp uses whatever the file says. */
  readonly fixedWindow?: number;
  /** Slides only when the model has this many layers. */
  readonly onlyLayers?: number;
}

/** load_arch_hparams of each architecture (src/models). Phi 3 is not here: llama.cpp ignores its window. */
const SLIDING: Readonly<Record<string, SlidingRule>> = {
  afmoe: { every: 4 },
  cohere2: { every: 4, window: 4096 },
  cohere2moe: { every: 4, denseFirst: true, window: 4096 },
  exaone4: { every: 4, fixedWindow: 4096, onlyLayers: 64 },
  'exaone-moe': { every: 4, window: 128 },
  gemma2: { every: 2, window: 4096 },
  gemma3: { every: 6 },
  gemma3n: { every: 5, window: 512 },
  gemma4: { every: 6, window: 512 },
  'gpt-oss': { every: 2, window: 128 },
  laguna: { every: 4, denseFirst: true },
  llama4: { every: 4, fixedWindow: 8192 },
  mellum: { every: 4 },
  mimo2: { every: 1, window: 128 },
  olmo2: { every: 4 },
  plamo3: { every: 8 },
  smallthinker: { every: 4, denseFirst: true, fixedWindow: 4096 },
  step35: { every: 4, window: 512 },
};

function slidingLayers(
  reader: MetadataReader,
  architecture: string,
  layersAll: number,
  layers: number,
): { window: number; swa: boolean[] } {
  const off = { window: 0, swa: Array.from({ length: layersAll }, () => false) };
  const rule = SLIDING[architecture];
  const declared = reader.number('attention.sliding_window', 0);
  const switchedOff = reader.has('attention.sliding_window') && declared === 0;
  if (rule === undefined || switchedOff) {
    return off;
  }
  if (rule.onlyLayers !== undefined && rule.onlyLayers !== layers) {
    return off;
  }
  const optional = rule.window === undefined && rule.fixedWindow === undefined;
  const found = reader.has('attention.sliding_window');
  if ((optional || architecture === 'smallthinker') && !found) {
    return off;
  }
  const window = rule.fixedWindow ?? (declared > 0 ? declared : (rule.window ?? 0));
  const every = reader.number('attention.sliding_window_pattern', rule.every);
  const listed = reader.list('attention.sliding_window_pattern');
  const swa = Array.from({ length: layersAll }, (_, i) => {
    if (i >= layers) {
      return false;
    }
    if (listed !== null) {
      return (listed[i] ?? 0) !== 0;
    }
    const phase = rule.denseFirst === true ? i % every !== 0 : i % every < every - 1;
    return every === 0 || phase;
  });
  return { window, swa };
}

function recurrentLayers(
  reader: MetadataReader,
  architecture: string,
  layersAll: number,
  layers: number,
  headsKv: readonly number[],
  feedForward: readonly number[],
): boolean[] {
  const each = (test: (i: number) => boolean): boolean[] =>
    Array.from({ length: layersAll }, (_, i) => i < layers && test(i));
  if (isRecurrent(architecture) || architecture === 'falcon-h1') {
    return each(() => true);
  }
  if (!isHybrid(architecture)) {
    return each(() => false);
  }
  if (architecture.startsWith('nemotron_h')) {
    return each((i) => headsKv[i] === 0 && feedForward[i] === 0);
  }
  if (architecture.startsWith('qwen3') || architecture === 'minimax-01') {
    const listed = reader.list('attention.recurrent_layers');
    if (listed !== null) {
      return each((i) => (listed[i] ?? 0) !== 0);
    }
    const interval = reader.number('full_attention_interval', 4);
    return each((i) => (i + 1) % interval !== 0);
  }
  return each((i) => headsKv[i] === 0);
}

function keyValueOwners(
  reader: MetadataReader,
  architecture: string,
  layersAll: number,
  layers: number,
  recurrent: readonly boolean[],
  feedForward: readonly number[],
): boolean[] {
  let fromStart = layersAll;
  if (architecture === 'gemma3n') {
    fromStart = 20;
  } else if (architecture === 'gemma4') {
    fromStart = layersAll - reader.number('attention.shared_kv_layers', 0);
  }
  return Array.from({ length: layersAll }, (_, i) => {
    if (i >= fromStart || i >= layers || isRecurrent(architecture)) {
      return false;
    }
    if (architecture.startsWith('nemotron_h')) {
      return recurrent[i] !== true && feedForward[i] === 0;
    }
    return architecture === 'falcon-h1' || recurrent[i] !== true;
  });
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
