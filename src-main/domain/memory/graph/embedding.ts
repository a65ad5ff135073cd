import type { GraphState } from './state.ts';
import type { Tensor } from './tensor.ts';

/** llm_graph_context::build_inp_embd: tokens looked up, beside an unused input for embeddings. */
export function embed(g: GraphState): Tensor {
  const { tokens } = g.request;
  const table = g.hostWeight('token_embd.weight');
  if (table === null) {
    throw new Error('The file has no token_embd.weight; its memory cannot be planned.');
  }
  const { embedding } = g.hp;
  const width = embedding * (1 + g.metadata('n_deepstack_layers'));
  const looked = g.getRows(table, g.input('I32', tokens));
  const rows = width === embedding ? looked : g.op('compute', [looked], [width, tokens]);
  g.expand(rows);
  g.expand(g.input('F32', width, tokens));
  const own = width === embedding ? rows : g.view(rows, [embedding, tokens], [rows.nb[1]]);
  const x = g.embeddingScale === 0 ? own : g.like('scale', own);
  g.expand(x);
  return x;
}

/** What pictures add behind the first layers (Qwen 3 VL's deepstack): slices of the input, empty for text. */
export function addDeepstack(g: GraphState, x: Tensor, input: Tensor, layer: number): Tensor {
  if (layer >= g.metadata('n_deepstack_layers')) {
    return x;
  }
  const { embedding } = g.hp;
  const slice = g.view(input, [embedding, g.request.tokens], [input.nb[1]], (layer + 1) * embedding * 4);
  return g.like('add', x, slice);
}
