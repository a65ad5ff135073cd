import { padTo, rowBytes } from './ggml-types.ts';
import { layerHeads, type Hyperparameters } from './hyperparameters.ts';
import type { Placement } from './placement.ts';

/** What decides the size of the caches; contexts in tokens. */
export interface CacheSettings {
  readonly contextPerSequence: number;
  readonly sequences: number;
  readonly batch: number;
  readonly flashAttention: boolean;
  readonly kvType: 'f16' | 'q8_0' | 'q4_0';
}

/** llama.cpp pads every context to this many cells. */
export const CONTEXT_PADDING = 256;

/** Cells of one sequence's full cache: the context, padded. */
export function fullCells(settings: CacheSettings): number {
  return padTo(settings.contextPerSequence, CONTEXT_PADDING);
}

/** Cells of one sequence's windowed cache: window and batch, padded, at most the context (llama_kv_cache_iswa). */
export function windowCells(hp: Hyperparameters, settings: CacheSettings, batch: number): number {
  return padTo(Math.min(fullCells(settings), hp.slidingWindow + batch), CONTEXT_PADDING);
}

/**
 * Tokens that llama.cpp processes at once, as node-llama-cpp asks: at least one a sequence, one more for models with a window
 * (LlamaContext.js), at most the whole context.
 */
export function microBatch(hp: Hyperparameters, declaredWindow: number, settings: CacheSettings): number {
  const windowed = declaredWindow > 0 && (hp.contextTrained === null || declaredWindow < hp.contextTrained);
  const batch = Math.max(settings.batch, settings.sequences) + (windowed ? 1 : 0);
  return Math.min(batch, fullCells(settings) * settings.sequences);
}

function typeName(kvType: CacheSettings['kvType']): string {
  return kvType.toUpperCase();
}

/** Elements of one cached token's keys and values in a layer; values are padded to the widest layer without flash attention. */
export function cachedRow(
  hp: Hyperparameters,
  layer: number,
  flashAttention: boolean,
): { k: number; v: number } {
  const heads = layerHeads(hp, layer);
  const k = heads.key * heads.headsKv;
  if (hp.mla) {
    return { k, v: 0 };
  }
  const v = heads.value * heads.headsKv;
  if (flashAttention) {
    return { k, v };
  }
  let widest = v;
  for (let i = 0; i < hp.layersAll; i++) {
    const other = layerHeads(hp, i);
    widest = Math.max(widest, other.value * other.headsKv);
  }
  return { k, v: widest };
}

/** Bytes of one sequence-independent recurrent state row: llama_hparams::n_embd_r and n_embd_s, F32. */
export function recurrentRow(hp: Hyperparameters): { convolution: number; state: number } {
  const { ssm } = hp;
  if (hp.wkvHeadSize !== 0) {
    return { convolution: hp.tokenShift * hp.embedding, state: hp.embedding * hp.wkvHeadSize };
  }
  if (hp.shortConv !== 0) {
    return { convolution: hp.embedding * (hp.shortConv - 1), state: ssm.state * ssm.inner };
  }
  if (hp.kdaHeadDim !== 0) {
    const heads = hp.heads[0] ?? 0;
    const history = ssm.conv > 0 ? ssm.conv - 1 : 3;
    return { convolution: 3 * history * heads * hp.kdaHeadDim, state: hp.kdaHeadDim * hp.kdaHeadDim * heads };
  }
  const history = ssm.conv > 0 ? ssm.conv - 1 : 0;
  return { convolution: history * (ssm.inner + 2 * ssm.groups * ssm.state), state: ssm.state * ssm.inner };
}

export interface CacheBytes {
  /** Keys and values per device, host last. */
  readonly kv: readonly number[];
  /** Recurrent state per device, host last. */
  readonly recurrent: readonly number[];
}

/**
 * Cache per device (llama_kv_cache, llama_kv_cache_iswa, llama_memory_recurrent): on the device of each layer, one cache a
 * sequence, since node-llama-cpp does not share one between sequences.
 */
export function cacheBytes(
  hp: Hyperparameters,
  placement: Placement,
  settings: CacheSettings,
  batch: number,
): CacheBytes {
  const kv = Array.from({ length: placement.host + 1 }, () => 0);
  const recurrent = Array.from({ length: placement.host + 1 }, () => 0);
  const full = fullCells(settings);
  const windowed = hp.slidingWindow > 0 ? windowCells(hp, settings, batch) : full;
  const type = typeName(settings.kvType);
  const row = recurrentRow(hp);
  const stateBytes = (row.convolution + row.state) * 4 * settings.sequences;
  for (let layer = 0; layer < hp.layers; layer++) {
    const device = placement.layer[layer] ?? placement.host;
    if (hp.hasKv[layer] === true) {
      const cells = hp.swa[layer] === true ? windowed : full;
      const { k, v } = cachedRow(hp, layer, settings.flashAttention);
      const perToken = (k === 0 ? 0 : rowBytes(type, k)) + (v === 0 ? 0 : rowBytes(type, v));
      kv[device] = (kv[device] ?? 0) + perToken * cells * settings.sequences;
    }
    if (hp.recurrent[layer] === true) {
      recurrent[device] = (recurrent[device] ?? 0) + stateBytes;
    }
  }
  return { kv, recurrent };
}
