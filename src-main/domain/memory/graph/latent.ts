import { attention, linear, norm, rope, scores, storeKeys } from './blocks.ts';
import { weightName } from './names.ts';
import type { GraphState } from './state.ts';
import type { Tensor } from './tensor.ts';

function matrix(g: GraphState, layer: number, name: string): Tensor {
  const tensor = g.weight(layer, weightName(name));
  if (tensor === null) {
    throw new Error(`The file has no tensor blk.${layer}.${name}.weight, which latent attention needs.`);
  }
  return tensor;
}

/** Queries, by a low-rank product where the model has one: [head, heads, tokens]. */
function queries(g: GraphState, x: Tensor, layer: number, head: number, heads: number): Tensor {
  const direct = g.weight(layer, 'attn_q.weight');
  let q: Tensor;
  if (direct === null) {
    const narrow = g.mulMat(matrix(g, layer, 'attn_q_a'), x);
    q = g.mulMat(
      matrix(g, layer, 'attn_q_b'),
      norm(g, narrow, g.weight(layer, 'attn_q_a_norm.weight'), null, 'rms', layer),
    );
  } else {
    q = g.mulMat(direct, x);
  }
  return g.reshape(q, head, heads, x.ne[1]);
}

/**
 * DeepSeek's latent attention (llama.cpp's src/models/deepseek2.cpp): keys and values are one compressed row a token.
 * Files with the absorbed form keep only that row in the cache; older ones unpack it before.
 */
export function latentAttention(g: GraphState, x: Tensor, layer: number): Tensor {
  const { hp } = g;
  const tokens = x.ne[1];
  const heads = hp.heads[layer] ?? 0;
  const [key, value] = hp.mla ? [hp.keyLengthMla, hp.valueLengthMla] : [hp.keyLength, hp.valueLength];
  const turned = hp.ropeDimensions;
  const still = key - turned;
  const lora = hp.kvLora;
  const q = queries(g, x, layer, key, heads);
  const packed = g.mulMat(matrix(g, layer, 'attn_kv_a_mqa'), x);
  const row = (lora + turned) * 4;
  const compressedView = g.view(packed, [lora, tokens], [row]);
  const keyPosition = rope(g, g.view(packed, [turned, 1, tokens], [row, row], lora * 4), layer);
  const compressed = norm(g, compressedView, g.weight(layer, 'attn_kv_a_norm.weight'), null, 'rms', layer);
  if (!hp.mla) {
    return unpacked(g, { q, keyPosition, compressed }, layer, { heads, still, turned, value });
  }
  const queryStill = g.view(q, [still, heads, tokens], [q.nb[1], q.nb[2]]);
  const queryPosition = rope(g, g.view(q, [turned, heads, tokens], [q.nb[1], q.nb[2]], still * 4), layer);
  const absorbed = g.mulMat(matrix(g, layer, 'attn_k_b'), g.permute(queryStill, [0, 2, 1, 3]));
  const query = g.concat(g.permute(absorbed, [0, 2, 1, 3]), queryPosition, 0);
  const latent = g.reshape(compressed, lora, 1, tokens);
  const keys = g.concat(latent, keyPosition, 0);
  g.expand(query);
  g.expand(latent);
  g.expand(keys);
  const inputs = g.attentionInputs(layer);
  storeKeys(g, keys, layer, inputs.kIndexes);
  const cached = g.keys(layer);
  const values = g.view(
    cached,
    [lora, cached.ne[1], cached.ne[2], cached.ne[3]],
    [cached.nb[1], cached.nb[2], cached.nb[3]],
  );
  const out = scores(g, query, cached, values, inputs.mask, { unpack: matrix(g, layer, 'attn_v_b') });
  return linear(g, layer, 'attn_output', out);
}

interface LatentParts {
  readonly q: Tensor;
  readonly keyPosition: Tensor;
  readonly compressed: Tensor;
}

/** The older form: keys and values of every head are unpacked and cached. */
function unpacked(
  g: GraphState,
  parts: LatentParts,
  layer: number,
  size: { readonly heads: number; readonly still: number; readonly turned: number; readonly value: number },
): Tensor {
  const tokens = parts.q.ne[2];
  const { heads, still, turned, value } = size;
  const kv = g.mulMat(matrix(g, layer, 'attn_kv_b'), parts.compressed);
  const head = (still + value) * 4;
  const keyStill = g.view(kv, [still, heads, tokens], [head, head * heads]);
  const v = g.cont(g.view(kv, [value, heads, tokens], [head, head * heads], still * 4));
  const q = rope(g, parts.q, layer);
  const repeated = g.op('compute', [parts.keyPosition], [turned, heads, tokens]);
  const k = g.concat(keyStill, repeated, 0);
  return attention(g, { q, k, v }, layer);
}
