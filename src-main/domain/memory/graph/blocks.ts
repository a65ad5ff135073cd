import { layerHeads } from '../hyperparameters.ts';
import { biasName, weightName } from './names.ts';
import type { GraphState } from './state.ts';
import { elements, type Tensor } from './tensor.ts';

/** llm_graph_context::build_norm: the norm, its weight, its bias. A norm with a weight may be pinned to its layer. */
export function norm(
  g: GraphState,
  x: Tensor,
  weight: Tensor | null,
  bias: Tensor | null,
  kind: 'rms' | 'layer',
  layer: number,
): Tensor {
  let y = g.like(kind === 'rms' ? 'rms_norm' : 'norm', x);
  if ((weight !== null || bias !== null) && layer >= 0) {
    g.pinToLayer(y, layer);
  }
  if (weight !== null) {
    y = g.like('mul', y, weight);
  }
  return bias === null ? y : g.like('add', y, bias);
}

/** A matrix product and its bias, if the file has one. */
export function linear(g: GraphState, layer: number, name: string, x: Tensor): Tensor {
  const weight = g.weight(layer, weightName(name));
  if (weight === null) {
    throw new Error(`The file has no tensor blk.${layer}.${name}.weight, which this architecture needs.`);
  }
  const y = g.mulMat(weight, x);
  const bias = g.weight(layer, biasName(name));
  return bias === null ? y : g.like('add', y, bias);
}

export interface Heads {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
}

/** llm_graph_context::build_qkv: one fused product and three views of it, or three products. */
export function projectHeads(g: GraphState, x: Tensor, layer: number): Heads {
  const { key, value, heads, headsKv } = layerHeads(g.hp, layer);
  const tokens = x.ne[1];
  if (g.weight(layer, 'attn_qkv.weight') !== null) {
    const qkv = linear(g, layer, 'attn_qkv', x);
    const row = qkv.nb[1];
    const head = (size: number, count: number, offset: number): Tensor =>
      g.view(qkv, [size, count, tokens], [size * 4, row], offset * 4);
    return {
      q: head(key, heads, 0),
      k: head(key, headsKv, key * heads),
      v: head(value, headsKv, key * heads + key * headsKv),
    };
  }
  const q = linear(g, layer, 'attn_q', x);
  const k = linear(g, layer, 'attn_k', x);
  const v = linear(g, layer, 'attn_v', x);
  return {
    q: g.reshape(q, key, heads, tokens),
    k: g.reshape(k, key, headsKv, tokens),
    v: g.reshape(v, value, headsKv, tokens),
  };
}

/** Rotation by position, with the factors of long-context models where the file has them. */
export function rope(g: GraphState, x: Tensor, layer: number): Tensor {
  g.positions ??= g.input('I32', g.request.tokens);
  const factors =
    g.sharedWeight(layer, 'rope_freqs.weight') ?? g.sharedWeight(layer, 'rope_factors_long.weight');
  return factors === null ? g.like('rope', x, g.positions) : g.like('rope', x, g.positions, factors);
}

/** llama_kv_cache::cpy_k and cpy_v: the batch's rows written into the cache. */
function storeRows(g: GraphState, rows: Tensor, cache: Tensor, indexes: Tensor, byElement: boolean): void {
  const width = rows.ne[0] * rows.ne[1];
  const tokens = rows.ne[2];
  if (!byElement) {
    const flat = g.view(rows, [width, tokens], [rows.nb[2]]);
    const into = g.request.sequences > 1 ? g.reshape(cache, cache.ne[0], cache.ne[1] * cache.ne[2]) : cache;
    g.expand(g.setRows(into, flat, indexes));
    return;
  }
  const contiguous = rows.nb[2] === width * 4;
  let flat = contiguous ? g.reshape(rows, width, tokens) : g.cont(rows, width, tokens);
  if (width < cache.ne[0]) {
    flat = g.op('compute', [flat], [cache.ne[0], tokens]);
  }
  const into = g.reshape(cache, 1, elements(cache));
  g.expand(g.setRows(into, g.reshape(flat, 1, elements(flat)), indexes));
}

/** Writes keys into the cache. */
export function storeKeys(g: GraphState, keys: Tensor, layer: number, indexes: Tensor): void {
  storeRows(g, keys, g.cache(layer, 'k'), indexes, false);
}

export interface AttentionOptions {
  /** scale·tanh around the scores, without flash attention. */
  readonly softCap?: boolean;
  /** Learned sinks, added to the softmax. */
  readonly sinks?: Tensor | null;
  /** Multiplies what attention returns, before the output matrix. */
  readonly gate?: Tensor;
}

/**
 * Attention over the cache (llm_graph_context::build_attn and build_attn_mha) with its output matrix. Keys and values
 * may be null where a layer reads another's cache.
 */
export function attention(
  g: GraphState,
  heads: Heads,
  layer: number,
  options: AttentionOptions = {},
): Tensor {
  const inputs = g.attentionInputs(layer);
  const { kRotation, vRotation } = inputs;
  const q = kRotation === null ? heads.q : g.hadamard(heads.q, kRotation);
  const k = kRotation === null ? heads.k : g.hadamard(heads.k, kRotation);
  const v = vRotation === null ? heads.v : g.hadamard(heads.v, vRotation);
  const windowed = g.hp.slidingWindow > 0;
  g.expand(q);
  g.expand(windowed ? k : v);
  g.expand(windowed ? v : k);
  storeRows(g, k, g.cache(layer, 'k'), inputs.kIndexes, false);
  storeRows(g, v, g.cache(layer, 'v'), inputs.vIndexes, !g.request.flashAttention);
  let out = scores(g, q, g.keys(layer), g.values(layer), inputs.mask, options);
  if (vRotation !== null) {
    out = g.hadamard(out, vRotation);
  }
  if (options.gate !== undefined) {
    out = g.like('mul', out, g.like('unary', options.gate));
  }
  return g.weight(layer, 'attn_output.weight') === null ? out : linear(g, layer, 'attn_output', out);
}

/** Attention of a layer without keys and values of its own: it reads the cache of `owner`. */
export function borrowedAttention(g: GraphState, query: Tensor, layer: number, owner: number): Tensor {
  const { kRotation, vRotation, mask } = g.attentionInputs(layer);
  const q = kRotation === null ? query : g.hadamard(query, kRotation);
  g.expand(q);
  const read = scores(g, q, g.keys(owner), g.values(owner), mask, {});
  return linear(g, layer, 'attn_output', vRotation === null ? read : g.hadamard(read, vRotation));
}

/** build_attn_mha: softmax(q·k + mask)·v, fused or in steps. Returns [heads·value, tokens]. */
export function scores(
  g: GraphState,
  q: Tensor,
  k: Tensor,
  v: Tensor,
  mask: Tensor,
  options: AttentionOptions & { readonly unpack?: Tensor },
): Tensor {
  const streams = k.ne[3];
  const split = g.view(
    q,
    [q.ne[0], q.ne[1], q.ne[2] / streams, streams],
    [q.nb[1], q.nb[2], q.nb[3] / streams],
  );
  const qp = g.permute(split, [0, 2, 1, 3]);
  const kp = g.permute(k, [0, 2, 1, 3]);
  const vp = g.permute(v, [0, 2, 1, 3]);
  const out = g.request.flashAttention
    ? fused(g, qp, kp, vp, mask, options)
    : stepped(g, qp, kp, v.nb[1] > v.nb[2] ? vp : g.cont(g.transpose(vp)), mask, options);
  g.expand(out);
  return out;
}

function fused(
  g: GraphState,
  q: Tensor,
  k: Tensor,
  v: Tensor,
  mask: Tensor,
  options: AttentionOptions & { readonly unpack?: Tensor },
): Tensor {
  const sinks = options.sinks ?? null;
  const sources = sinks === null ? [q, k, v, mask] : [q, k, v, mask, sinks];
  let out = g.op('flash_attn', sources, [v.ne[0], q.ne[2], q.ne[1], q.ne[3]]);
  if (options.unpack !== undefined) {
    out = g.mulMat(options.unpack, g.permute(out, [0, 2, 1, 3]));
    out = g.cont(g.permute(out, [0, 2, 1, 3]));
  }
  return g.reshape(out, out.ne[0] * out.ne[1], out.ne[2] * out.ne[3]);
}

function stepped(
  g: GraphState,
  q: Tensor,
  k: Tensor,
  v: Tensor,
  mask: Tensor,
  options: AttentionOptions & { readonly unpack?: Tensor },
): Tensor {
  let weights = g.mulMat(k, q);
  if (options.softCap === true) {
    weights = g.like('scale', g.like('unary', g.like('scale', weights)));
  }
  const sinks = options.sinks ?? null;
  weights = sinks === null ? g.like('soft_max', weights, mask) : g.like('soft_max', weights, mask, sinks);
  let out = g.mulMat(v, weights);
  if (options.unpack !== undefined) {
    out = g.mulMat(options.unpack, out);
  }
  const merged = g.permute(out, [0, 2, 1, 3]);
  return g.cont(merged, merged.ne[0] * merged.ne[1], merged.ne[2] * merged.ne[3]);
}

/** How a feed-forward block combines its products. */
export type Activation = 'silu' | 'gelu' | 'relu-squared' | 'swiglu';

/** llm_graph_context::build_ffn. "swiglu" splits one product into gate and value. */
export function feedForward(
  g: GraphState,
  x: Tensor,
  layer: number,
  activation: Activation,
  names: { readonly up: string; readonly gate: string; readonly down: string } = DENSE,
): Tensor {
  const up = linear(g, layer, names.up, x);
  const gated = g.weight(layer, weightName(names.gate)) !== null;
  let y = up;
  if (gated) {
    const gate = linear(g, layer, names.gate, x);
    y = g.like('glu', gate, up);
  } else if (activation === 'swiglu') {
    y = g.op('glu', [up], [up.ne[0] / 2, up.ne[1]]);
  } else if (activation === 'relu-squared') {
    y = g.like('sqr', g.like('unary', up));
  } else {
    y = g.like('unary', up);
  }
  return linear(g, layer, names.down, y);
}

const DENSE = { up: 'ffn_up', gate: 'ffn_gate', down: 'ffn_down' } as const;
