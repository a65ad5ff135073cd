import type { MetadataReader } from './metadata-reader.ts';

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

/** Whether every layer keeps a state of constant size instead of a KV cache: Mamba, RWKV. */
export function isRecurrent(architecture: string): boolean {
  return RECURRENT.has(architecture);
}

/** Whether layers keep a state of constant size and a KV cache, side by side or in turn: Jamba, Falcon H1. */
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

/** Which layers see a window only, and how long it is; 0 and none where the model has no window. */
export function slidingLayers(
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

/** Which layers keep a state instead of a cache. */
export function recurrentLayers(
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

/** Which layers own keys and values: not recurrent ones, not those that share another layer's. */
export function keyValueOwners(
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
