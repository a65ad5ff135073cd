import {
  attention,
  feedForward,
  norm,
  projectHeads,
  rope,
  type Activation,
  type RopeInputs,
} from './blocks.ts';
import { GraphState, type GraphRequest } from './state.ts';
import type { Graph } from './builder.ts';
import type { Tensor } from './tensor.ts';

/** In what a dense decoder differs from Llama, as far as memory notices. */
export interface TransformerTraits {
  readonly norm: 'rms' | 'layer';
  readonly activation: Activation;
}

/** The graph of a decoder whose layers are attention and a feed-forward block, after llama.cpp's src/models. */
export function transformerGraph(request: GraphRequest, traits: TransformerTraits): Graph {
  const g = new GraphState(request);
  const positions = g.input('I32', request.tokens);
  let x = embed(g);
  g.prepareAttention();
  const outputIds = g.input('I32', request.outputs);
  const last = request.layers.at(-1);
  for (const layer of request.layers) {
    x = decoderLayer(
      g,
      x,
      layer,
      { positions, factors: g.sharedWeight(layer, 'rope_freqs.weight') },
      traits,
      layer === last ? outputIds : null,
    );
  }
  finish(g, x, traits.norm);
  return g.graph;
}

/** llm_graph_context::build_inp_embd: tokens looked up, beside an unused input for embeddings. */
export function embed(g: GraphState): Tensor {
  const { tokens } = g.request;
  const ids = g.input('I32', tokens);
  const embeddings = g.input('F32', g.hp.embedding, tokens);
  const table = g.hostWeight('token_embd.weight');
  if (table === null) {
    throw new Error('The file has no token_embd.weight; its memory cannot be planned.');
  }
  const x = g.getRows(table, ids);
  g.expand(x);
  g.expand(embeddings);
  return x;
}

function decoderLayer(
  g: GraphState,
  input: Tensor,
  layer: number,
  positions: RopeInputs,
  traits: TransformerTraits,
  outputIds: Tensor | null,
): Tensor {
  const normed = norm(
    g,
    input,
    g.weight(layer, 'attn_norm.weight'),
    g.weight(layer, 'attn_norm.bias'),
    traits.norm,
    layer,
  );
  const heads = projectHeads(g, normed, layer);
  const q = rope(g, heads.q, positions);
  const k = rope(g, heads.k, positions);
  let x = attention(g, { q, k, v: heads.v }, layer);
  let residual = input;
  if (outputIds !== null) {
    x = g.getRows(x, outputIds);
    residual = g.getRows(residual, outputIds);
  }
  const middle = g.like('add', x, residual);
  x = norm(
    g,
    middle,
    g.weight(layer, 'ffn_norm.weight'),
    g.weight(layer, 'ffn_norm.bias'),
    traits.norm,
    layer,
  );
  x = feedForward(g, x, layer, traits.activation);
  return g.like('add', x, middle);
}

/** The last norm and the logits; both are results, never overwritten. */
export function finish(g: GraphState, input: Tensor, kind: 'rms' | 'layer'): void {
  const x = norm(
    g,
    input,
    g.outputWeight('output_norm.weight'),
    g.outputWeight('output_norm.bias'),
    kind,
    -1,
  );
  const logits = g.mulMat(g.outputMatrix(), x);
  x.isOutput = true;
  logits.isOutput = true;
  g.expand(logits);
}
