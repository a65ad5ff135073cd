import { attention, borrowedAttention, feedForward, linear, norm } from './blocks.ts';
import type { Graph } from './builder.ts';
import { embed } from './embedding.ts';
import { mixtureOfExperts } from './experts.ts';
import { GraphState, type GraphRequest } from './state.ts';
import type { Tensor } from './tensor.ts';

/** Gemma 4 (src/models/gemma4.cpp): dense, with experts beside the dense block, or with inputs of each layer's own (E2B, E4B). */
export function gemma4Graph(request: GraphRequest): Graph {
  const g = new GraphState(request);
  let x = g.like('scale', embed(g));
  g.positions = g.input('I32', request.tokens);
  g.prepareAttention();
  const outputIds = g.input('I32', request.outputs);
  const perLayer = perLayerInputs(g, x);
  for (const layer of request.layers) {
    x = gemmaLayer(g, x, layer, perLayer);
  }
  const normed = norm(g, x, g.outputWeight('output_norm.weight'), null, 'rms', -1);
  normed.isOutput = true;
  const last = g.getRows(normed, outputIds);
  last.isOutput = true;
  let logits = g.mulMat(g.outputMatrix(), last);
  if (g.metadata('final_logit_softcapping') !== 0) {
    logits = g.like('scale', g.like('unary', g.like('scale', logits)));
  }
  logits.isOutput = true;
  g.expand(logits);
  return g.graph;
}

/** build_inp_per_layer and project_per_layer_inputs: [width, tokens, layers], or null for files without. */
export function perLayerInputs(g: GraphState, x: Tensor): Tensor | null {
  const table = g.hostWeight('per_layer_token_embd.weight');
  if (table === null) {
    return null;
  }
  const { tokens } = g.request;
  const { layers } = g.hp;
  const width = g.metadata('embedding_length_per_layer_input');
  const rows = g.getRows(table, g.input('I32', tokens));
  const looked = g.like('scale', g.reshape(rows, width, layers, tokens));
  g.expand(looked);
  const projection = g.sharedWeight(0, 'per_layer_model_proj.weight');
  if (projection === null) {
    throw new Error('The file has no tensor per_layer_model_proj.weight, which this architecture needs.');
  }
  const projected = g.reshape(g.like('scale', g.mulMat(projection, x)), width, layers, tokens);
  const normed = norm(g, projected, g.sharedWeight(0, 'per_layer_proj_norm.weight'), null, 'rms', -1);
  const sum = g.like('scale', g.like('add', normed, looked));
  return g.cont(g.permute(sum, [0, 2, 1, 3]));
}

function gemmaLayer(g: GraphState, input: Tensor, layer: number, perLayer: Tensor | null): Tensor {
  const weighed = (x: Tensor, name: string, at = layer): Tensor =>
    norm(g, x, g.weight(layer, `${name}.weight`), null, 'rms', at);
  const attended = weighed(selfAttention(g, weighed(input, 'attn_norm'), layer), 'post_attention_norm');
  const middle = g.like('add', attended, input);
  const fed = weighed(blocks(g, middle, layer), 'post_ffw_norm', -1);
  let x = g.like('add', fed, middle);
  if (perLayer !== null) {
    x = g.like('add', x, weighed(ownInput(g, x, layer, perLayer), 'post_norm'));
  }
  const scale = g.weight(layer, 'layer_output_scale.weight');
  return scale === null ? x : g.like('mul', x, scale);
}

/** The dense block, and the mixture beside it where there is one; each with norms of its own. */
function blocks(g: GraphState, middle: Tensor, layer: number): Tensor {
  const weighed = (x: Tensor, name: string): Tensor =>
    norm(g, x, g.weight(layer, `${name}.weight`), null, 'rms', layer);
  const dense = feedForward(g, weighed(middle, 'ffn_norm'), layer, 'gelu');
  const router = g.weight(layer, 'ffn_gate_inp.weight');
  const scale = g.weight(layer, 'ffn_gate_inp.scale');
  if (router === null || scale === null) {
    return dense;
  }
  const first = weighed(dense, 'post_ffw_norm_1');
  const chosenFrom = g.like('mul', g.like('scale', g.like('rms_norm', middle)), scale);
  const mixed = mixtureOfExperts(
    g,
    weighed(middle, 'pre_ffw_norm_2'),
    layer,
    { gating: 'softmax', normalise: true },
    g.mulMat(router, chosenFrom),
  );
  return g.like('add', first, weighed(mixed, 'post_ffw_norm_2'));
}

function ownInput(g: GraphState, x: Tensor, layer: number, perLayer: Tensor): Tensor {
  const [width, tokens] = perLayer.ne;
  const gated = g.like('unary', linear(g, layer, 'inp_gate', x));
  const own = g.view(perLayer, [width, tokens], [width * 4], layer * width * tokens * 4);
  return linear(g, layer, 'proj', g.like('mul', gated, own));
}

function selfAttention(g: GraphState, x: Tensor, layer: number): Tensor {
  const { key, value, heads, headsKv } = g.headsOf(layer);
  const { tokens } = g.request;
  const normed = (y: Tensor, name: string): Tensor => norm(g, y, g.weight(layer, name), null, 'rms', layer);
  const q = turned(
    g,
    normed(g.reshape(linear(g, layer, 'attn_q', x), key, heads, tokens), 'attn_q_norm.weight'),
    layer,
  );
  if (g.hp.hasKv[layer] !== true) {
    return borrowedAttention(g, q, layer, ownerOf(g, layer));
  }
  const keys = linear(g, layer, 'attn_k', x);
  // Large Gemmas see everything with keys alone, which are their values too.
  const values = g.weight(layer, 'attn_v.weight') === null ? keys : linear(g, layer, 'attn_v', x);
  const k = turned(g, normed(g.reshape(keys, key, headsKv, tokens), 'attn_k_norm.weight'), layer);
  const v = g.like('rms_norm', g.reshape(values, value, headsKv, tokens));
  return attention(g, { q, k, v }, layer);
}

/** Only layers that see everything have factors. */
function turned(g: GraphState, x: Tensor, layer: number): Tensor {
  const positions = (g.positions ??= g.input('I32', g.request.tokens));
  const factors = g.hp.swa[layer] === true ? null : g.sharedWeight(layer, 'rope_freqs.weight');
  return factors === null ? g.like('rope', x, positions) : g.like('rope', x, positions, factors);
}

/** The last layers with a cache of their own: one that sees a window, one that sees everything. */
export function ownerOf(g: GraphState, layer: number): number {
  const owners = g.hp.hasKv.lastIndexOf(true) + 1;
  return owners - (g.hp.swa[layer] === true ? 2 : 1);
}
