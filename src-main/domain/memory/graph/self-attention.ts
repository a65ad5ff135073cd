import { attention, linear, norm, projectHeads, rope, type Heads } from './blocks.ts';
import type { GraphState } from './state.ts';
import type { Tensor } from './tensor.ts';
import type { TransformerTraits } from './transformer.ts';

/** Attention of a layer, or what the architecture has in its place. */
export function attentionBlock(g: GraphState, x: Tensor, layer: number, traits: TransformerTraits): Tensor {
  const mixed = traits.mixer?.(g, x, layer) ?? null;
  if (mixed !== null) {
    return mixed;
  }
  const heads = traits.headNorms === 'rows' ? rowNormedHeads(g, x, layer) : projectHeads(g, x, layer);
  const early = traits.headNorms === 'heads' ? normHeads(g, heads, layer, traits.norm) : heads;
  const rotates = traits.learnedPositions !== true && (traits.rotates?.(g, layer) ?? true);
  const turned = rotates
    ? { ...early, q: rope(g, early.q, layer), k: rope(g, early.k, layer) }
    : warmed(g, early);
  const bare = traits.headNorms === 'bare-after-rope' && rotates && g.hp.experts !== WITHOUT_HEAD_NORMS;
  const late =
    traits.headNorms === 'heads-after-rope'
      ? normHeads(g, turned, layer, traits.norm)
      : bare
        ? { ...turned, q: g.like('rms_norm', turned.q), k: g.like('rms_norm', turned.k) }
        : turned;
  const q = traits.scaleQueries === true ? g.like('scale', late.q) : late.q;
  return attention(g, { ...late, q }, layer, {
    softCap: traits.softCapScores === true,
    sinks: g.weight(layer, 'attn_sinks.weight'),
  });
}

/** Llama 4 with 128 experts (Maverick) has no norms of heads. */
const WITHOUT_HEAD_NORMS = 128;

function warmed(g: GraphState, heads: Heads): Heads {
  return g.temperature === null ? heads : { ...heads, q: g.like('mul', heads.q, g.temperature) };
}

function normHeads(g: GraphState, heads: Heads, layer: number, kind: 'rms' | 'layer'): Heads {
  const qNorm = g.weight(layer, 'attn_q_norm.weight');
  const kNorm = g.weight(layer, 'attn_k_norm.weight');
  return {
    q: qNorm === null ? heads.q : norm(g, heads.q, qNorm, null, kind, layer),
    k: kNorm === null ? heads.k : norm(g, heads.k, kNorm, null, kind, layer),
    v: heads.v,
  };
}

/** build_qkv without reshaping: norms over whole rows, then heads. */
function rowNormedHeads(g: GraphState, x: Tensor, layer: number): Heads {
  const { key, value, heads, headsKv } = g.headsOf(layer);
  const tokens = x.ne[1];
  const normed = (name: string, normName: string): Tensor =>
    norm(g, linear(g, layer, name, x), g.weight(layer, normName), null, 'rms', layer);
  return {
    q: g.reshape(normed('attn_q', 'attn_q_norm.weight'), key, heads, tokens),
    k: g.reshape(normed('attn_k', 'attn_k_norm.weight'), key, headsKv, tokens),
    v: g.reshape(linear(g, layer, 'attn_v', x), value, headsKv, tokens),
  };
}
