import { attention, linear, norm, rope } from './blocks.ts';
import { convolutionHistory, matrix, states, storeHistory, storeState } from './recurrent.ts';
import type { GraphState } from './state.ts';
import type { Tensor } from './tensor.ts';

/** Attention whose queries come with a gate in one matrix (Qwen 3.5: build_layer_attn). */
function gatedAttention(g: GraphState, input: Tensor, layer: number): Tensor {
  const { key, value, heads, headsKv } = g.headsOf(layer);
  const { tokens } = g.request;
  const full = linear(g, layer, 'attn_q', input);
  const half = (offset: number): Tensor =>
    g.view(full, [key, heads, tokens], [key * 2 * 4, key * 2 * heads * 4], offset);
  const normed = (x: Tensor, name: string): Tensor => norm(g, x, g.weight(layer, name), null, 'rms', layer);
  const q = normed(half(0), 'attn_q_norm.weight');
  const k = normed(g.reshape(linear(g, layer, 'attn_k', input), key, headsKv, tokens), 'attn_k_norm.weight');
  const gate = g.cont(half(key * 4), key * heads, tokens);
  const v = g.reshape(linear(g, layer, 'attn_v', input), value, headsKv, tokens);
  return attention(g, { q: rope(g, q, layer), k: rope(g, k, layer), v }, layer, { gate });
}

/** build_gdn_l2_norm. */
function unitLength(g: GraphState, x: Tensor): Tensor {
  return g.like('scale', g.like('rms_norm', x));
}

/** build_qkvz: what is convolved, and the gate; two products, or one whose rows are cut by head. */
function mixedInputs(
  g: GraphState,
  input: Tensor,
  layer: number,
  channels: number,
): { readonly mixed: Tensor; readonly z: Tensor } {
  const { inner, state: keySize, groups: keyHeads, dtRank: heads } = g.hp.ssm;
  const { sequences, tokens } = g.request;
  const batch = tokens / sequences;
  if (g.weight(layer, 'ssm_in.weight') === null) {
    const product = g.mulMat(matrix(g, layer, 'attn_qkv.weight'), input);
    const mixed = g.reshape(product, channels, batch, sequences);
    return { mixed, z: g.mulMat(matrix(g, layer, 'attn_gate.weight'), input) };
  }
  const values = (inner / heads) * (heads / keyHeads);
  const width = 2 * keySize + 2 * values;
  const whole = g.reshape(
    g.mulMat(matrix(g, layer, 'ssm_in.weight'), input),
    width,
    keyHeads,
    batch,
    sequences,
  );
  const part = (size: number, at: number): Tensor =>
    g.view(whole, [size, keyHeads, batch, sequences], [whole.nb[1], whole.nb[2], whole.nb[3]], at * 4);
  const z = g.cont(part(values, 2 * keySize + values));
  const flat = (x: Tensor, size: number): Tensor => g.cont(x, size * keyHeads, batch, sequences);
  const q = flat(part(keySize, 0), keySize);
  const k = flat(part(keySize, keySize), keySize);
  const v = flat(part(values, 2 * keySize), values);
  return { mixed: g.concat(g.concat(q, k, 0), v, 0), z };
}

/** How much of the state is kept and written: two products, or one whose rows are cut by head (Qwen 3 Next). */
function betaAndAlpha(
  g: GraphState,
  input: Tensor,
  layer: number,
): { readonly beta: Tensor; readonly alpha: Tensor } {
  const { groups: keyHeads, dtRank: heads } = g.hp.ssm;
  const { sequences, tokens } = g.request;
  const batch = tokens / sequences;
  const both = g.weight(layer, 'ssm_ba.weight');
  if (both === null) {
    const raw = g.mulMat(matrix(g, layer, 'ssm_beta.weight'), input);
    const beta = g.like('unary', g.reshape(raw, 1, heads, batch, sequences));
    const alpha = g.reshape(g.mulMat(matrix(g, layer, 'ssm_alpha.weight'), input), heads, batch, sequences);
    return { beta, alpha };
  }
  const each = heads / keyHeads;
  const cut = g.reshape(g.mulMat(both, input), 2 * each, keyHeads, batch, sequences);
  const part = (at: number): Tensor =>
    g.view(cut, [each, keyHeads, batch, sequences], [cut.nb[1], cut.nb[2], cut.nb[3]], at * 4);
  const beta = g.reshape(g.like('unary', g.cont(part(0))), 1, heads, batch, sequences);
  return { beta, alpha: g.cont(part(each), heads, batch, sequences) };
}

/** Every head as often as others share it. */
function repeatedHeads(g: GraphState, x: Tensor, times: number): Tensor {
  const [size, heads, batch, sequences] = x.ne;
  const single = g.reshape(x, size, 1, heads, batch * sequences);
  const repeated = g.op('compute', [single], [size, times, heads, batch * sequences]);
  return g.reshape(repeated, size, heads * times, batch, sequences);
}

/** Linear attention by a gated delta rule (build_layer_attn_linear, with the fused operation). */
function deltaNet(g: GraphState, input: Tensor, layer: number): Tensor {
  const { conv, inner, state: keySize, groups: keyHeads, dtRank: heads } = g.hp.ssm;
  const { sequences, tokens } = g.request;
  const batch = tokens / sequences;
  const size = inner / heads;
  const channels = inner + 2 * keyHeads * keySize;
  const { mixed, z } = mixedInputs(g, input, layer, channels);
  const { beta, alpha } = betaAndAlpha(g, input, layer);
  const biased = g.like('add', alpha, matrix(g, layer, 'ssm_dt.bias'));
  const decay = g.like('mul', g.like('unary', biased), matrix(g, layer, 'ssm_a'));
  const gate = g.reshape(decay, 1, heads, batch, sequences);
  const { all, history } = convolutionHistory(g, layer, channels, conv - 1);
  const joined = g.concat(history, g.transpose(mixed), 0);
  storeHistory(g, joined, all, conv - 1, batch);
  const kept = states(g, layer, 's', (flat, ids) => g.getRows(flat, ids));
  const before = g.reshape(kept.result, size, size, heads, sequences);
  const convolved = g.like(
    'unary',
    g.op('ssm_conv', [joined, matrix(g, layer, 'ssm_conv1d.weight')], [channels, batch, sequences]),
  );
  const row = channels * 4;
  const part = (width: number, count: number, at: number): Tensor =>
    g.view(convolved, [width, count, batch, sequences], [width * 4, row, row * batch], at * 4);
  // Qwen 3 Next repeats keys for every head that shares them; Qwen 3.5 leaves that to the operation.
  const repeats = g.hp.architecture === 'qwen3next' && keyHeads !== heads;
  const shared = (x: Tensor): Tensor => (repeats ? repeatedHeads(g, x, heads / keyHeads) : x);
  const q = shared(unitLength(g, part(keySize, keyHeads, 0)));
  const k = shared(unitLength(g, part(keySize, keyHeads, keySize * keyHeads)));
  const v = part(size, heads, 2 * keySize * keyHeads);
  const shape = [size * heads, batch * sequences + size * sequences];
  const scanned = g.op('compute', [q, k, v, gate, beta, before], shape);
  const out = g.view(
    scanned,
    [size, heads, batch, sequences],
    [size * 4, size * heads * 4, size * heads * batch * 4],
  );
  storeState(g, scanned, kept.all, size * heads * batch * sequences * 4);
  const gated = g.reshape(z, size, heads, batch, sequences);
  const normed = norm(g, out, g.weight(layer, 'ssm_norm.weight'), null, 'rms', layer);
  const y = g.reshape(g.like('mul', normed, g.like('unary', gated)), size * heads, batch, sequences);
  return g.reshape(g.mulMat(matrix(g, layer, 'ssm_out.weight'), y), g.hp.embedding, tokens);
}

/** Qwen 3.5's layers: linear attention, and attention with a gate every few layers. */
export function deltaNetOrAttention(g: GraphState, input: Tensor, layer: number): Tensor {
  g.expand(input);
  return g.hp.recurrent[layer] === true ? deltaNet(g, input, layer) : gatedAttention(g, input, layer);
}
