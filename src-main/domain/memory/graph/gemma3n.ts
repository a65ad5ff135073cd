import { attention, borrowedAttention, linear, norm } from './blocks.ts';
import type { Graph } from './builder.ts';
import { embed } from './embedding.ts';
import { ownerOf, perLayerInputs } from './gemma4.ts';
import { GraphState, type GraphRequest } from './state.ts';
import type { Tensor } from './tensor.ts';

/** Streams beside the one that is computed (n_altup), and layers whose feed-forward block is made sparse: fixed in llama.cpp. */
const STREAMS = 4;
const SPARSE_LAYERS = 10;

/** Gemma 3n (src/models/gemma3n.cpp): four streams of which a layer computes one and corrects all. */
export function gemma3nGraph(request: GraphRequest): Graph {
  const g = new GraphState(request);
  const scaled = g.like('scale', embed(g));
  g.positions = g.input('I32', request.tokens);
  g.prepareAttention();
  const perLayer = perLayerInputs(g, scaled);
  if (perLayer === null) {
    throw new Error('The file has no tensor per_layer_token_embd.weight, which this architecture needs.');
  }
  let x = spread(g, scaled);
  for (const layer of request.layers) {
    x = streamLayer(g, x, layer, perLayer);
  }
  const rows = g.getRows(gathered(g, x), g.input('I32', request.outputs));
  const last = norm(g, rows, g.outputWeight('output_norm.weight'), null, 'rms', -1);
  last.isOutput = true;
  const logits = g.like('scale', g.like('unary', g.like('scale', g.mulMat(g.outputMatrix(), last))));
  logits.isOutput = true;
  g.expand(logits);
  return g.graph;
}

function projection(g: GraphState, name: string): Tensor {
  const tensor = g.outputWeight(name);
  if (tensor === null) {
    throw new Error(`The file has no tensor ${name}, which this architecture needs.`);
  }
  return tensor;
}

function magnitude(g: GraphState, x: Tensor): Tensor {
  return g.like('sqrt', g.sumRows(g.like('sqr', x)));
}

/** One of the streams: [embedding, tokens]. */
function stream(g: GraphState, x: Tensor, index: number): Tensor {
  const [embedding, tokens] = x.ne;
  return g.view(x, [embedding, tokens], [embedding * 4], index * embedding * tokens * 4);
}

function rest(g: GraphState, x: Tensor): Tensor {
  const [embedding, tokens] = x.ne;
  const row = embedding * 4;
  return g.view(x, [embedding, tokens, STREAMS - 1], [row, row * tokens], row * tokens);
}

function spread(g: GraphState, x: Tensor): Tensor {
  const [embedding, tokens] = x.ne;
  const target = magnitude(g, x);
  const repeated = g.op('compute', [x], [embedding, tokens, STREAMS - 1]);
  const added = g.mulMat(projection(g, 'altup_proj.weight'), repeated);
  const size = magnitude(g, added);
  return g.concat(x, g.like('div', g.like('mul', added, target), size), 2);
}

function gathered(g: GraphState, x: Tensor): Tensor {
  const target = magnitude(g, stream(g, x, 0));
  const back = g.mulMat(projection(g, 'altup_unembd_proj.weight'), rest(g, x));
  const size = magnitude(g, back);
  const others = g.like('div', g.like('mul', back, target), size);
  let sum = stream(g, x, 0);
  for (let i = 0; i < STREAMS - 1; i++) {
    sum = g.like('add', sum, stream(g, others, i));
  }
  return g.like('scale', sum);
}

function streamLayer(g: GraphState, input: Tensor, layer: number, perLayer: Tensor): Tensor {
  const weighed = (x: Tensor, name: string, at = layer): Tensor =>
    norm(g, x, g.weight(layer, `${name}.weight`), null, 'rms', at);
  const predictions = predicted(g, input, layer);
  const active = stream(g, predictions, 0);
  const normed = weighed(active, 'attn_norm');
  const low = linear(g, layer, 'laurel_r', linear(g, layer, 'laurel_l', normed));
  const laurel = g.like('add', weighed(low, 'laurel_post_norm'), normed);
  const attended = weighed(selfAttention(g, normed, layer), 'post_attention_norm');
  const both = g.like('scale', g.like('add', g.like('add', attended, active), laurel));
  const fed = weighed(sparseFeedForward(g, weighed(both, 'ffn_norm'), layer), 'post_ffw_norm', -1);
  const corrected = correctedBy(g, predictions, g.like('add', fed, both), layer);
  const scale = g.weight(layer, 'altup_correct_scale.weight');
  const first = stream(g, corrected, 0);
  const gated = g.like(
    'unary',
    linear(g, layer, 'inp_gate', scale === null ? first : g.like('mul', first, scale)),
  );
  const [width, tokens] = perLayer.ne;
  const own = g.view(perLayer, [width, tokens], [width * 4], layer * width * tokens * 4);
  const added = weighed(linear(g, layer, 'proj', g.like('mul', gated, own)), 'post_norm');
  return g.concat(stream(g, corrected, 0), g.like('add', rest(g, corrected), added), 2);
}

/** altup_compute_router_modalities. */
function modalities(g: GraphState, x: Tensor, layer: number): Tensor {
  const inputs = norm(g, x, g.weight(layer, 'altup_router_norm.weight'), null, 'rms', layer);
  return g.like('unary', linear(g, layer, 'altup_router', g.like('scale', inputs)));
}

function predicted(g: GraphState, x: Tensor, layer: number): Tensor {
  const tokens = x.ne[1];
  const raw = linear(g, layer, 'altup_predict_coef', modalities(g, stream(g, x, 0), layer));
  const coefficients = g.reshape(raw, STREAMS, STREAMS, tokens);
  const turned = g.cont(g.permute(x, [1, 2, 0, 3]));
  const mixed = g.mulMat(turned, coefficients);
  return g.like('add', g.cont(g.permute(mixed, [0, 2, 1, 3])), x);
}

function correctedBy(g: GraphState, predictions: Tensor, activated: Tensor, layer: number): Tensor {
  const [embedding, tokens] = activated.ne;
  const chosen = modalities(g, activated, layer);
  const innovation = g.like('sub', activated, stream(g, predictions, 0));
  const raw = g.like('scale', linear(g, layer, 'altup_correct_coef', chosen));
  const coefficients = g.cont(g.transpose(raw), 1, tokens, STREAMS);
  const repeated = g.op('compute', [innovation], [embedding, tokens, STREAMS]);
  return g.like('add', g.like('mul', repeated, coefficients), predictions);
}

function sparseFeedForward(g: GraphState, x: Tensor, layer: number): Tensor {
  const up = linear(g, layer, 'ffn_up', x);
  const whole = linear(g, layer, 'ffn_gate', x);
  const gate = layer < SPARSE_LAYERS ? largest(g, whole) : whole;
  return linear(g, layer, 'ffn_down', g.like('mul', up, g.like('unary', gate)));
}

/** gaussian_topk. */
function largest(g: GraphState, x: Tensor): Tensor {
  const mean = g.sumRows(x);
  const spreadOut = g.like('sqrt', g.like('scale', g.sumRows(g.like('sqr', g.like('sub', x, mean)))));
  const cutoff = g.like('add', mean, g.like('scale', spreadOut));
  return g.like('unary', g.like('sub', x, cutoff));
}

function selfAttention(g: GraphState, x: Tensor, layer: number): Tensor {
  const { key, value, heads, headsKv } = g.headsOf(layer);
  const tokens = x.ne[1];
  const positions = (g.positions ??= g.input('I32', g.request.tokens));
  const turned = (y: Tensor, name: string): Tensor =>
    g.like('rope', norm(g, y, g.weight(layer, name), null, 'rms', layer), positions);
  const queries = linear(g, layer, 'attn_q', x);
  const query = (): Tensor => turned(g.reshape(queries, key, heads, tokens), 'attn_q_norm.weight');
  if (g.hp.hasKv[layer] !== true) {
    return borrowedAttention(g, query(), layer, ownerOf(g, layer));
  }
  const keys = linear(g, layer, 'attn_k', x);
  const values = linear(g, layer, 'attn_v', x);
  const q = query();
  const k = turned(g.reshape(keys, key, headsKv, tokens), 'attn_k_norm.weight');
  const v = g.like('rms_norm', g.reshape(values, value, headsKv, tokens));
  return attention(g, { q, k, v }, layer);
}
