import { linear, norm } from './blocks.ts';
import { recurrentRow } from '../kv-cache.ts';
import type { GraphState } from './state.ts';
import type { Tensor } from './tensor.ts';

/** A tensor that the layer cannot be without. Throws a sentence when the file has none. */
export function matrix(g: GraphState, layer: number, name: string): Tensor {
  const tensor = g.weight(layer, name);
  if (tensor === null) {
    throw new Error(`The file has no tensor blk.${layer}.${name}, which this recurrent layer needs.`);
  }
  return tensor;
}

/**
 * llm_graph_context::build_rs: clears a state, hands all states of the layer to `use`, and copies those that no
 * sequence of the batch will change (none, in the worst case).
 */
export function states(
  g: GraphState,
  layer: number,
  part: 'r' | 's',
  use: (all: Tensor, ids: Tensor) => Tensor,
): { all: Tensor; result: Tensor } {
  const row = recurrentRow(g.hp);
  const size = part === 'r' ? row.convolution : row.state;
  const { sequences } = g.request;
  const all = g.recurrentState(layer, part, size);
  const ids = g.stateIds();
  const flat = g.reshape(all, size, sequences);
  g.expand(g.scaleInPlace(g.view(flat, [size], [])));
  const result = use(flat, ids.main);
  g.expand(result);
  const rest = g.getRows(flat, ids.rest);
  g.expand(g.cpy(rest, g.view(all, [size, 0], [all.nb[1]], sequences * all.nb[1])));
  return { all, result };
}

/** The last columns of a convolution, kept for the next batch: [columns, channels, sequences]. */
export function convolutionHistory(
  g: GraphState,
  layer: number,
  channels: number,
  columns: number,
): { all: Tensor; history: Tensor } {
  const { all, result } = states(g, layer, 'r', (flat, ids) => g.getRows(flat, ids));
  return { all, history: g.reshape(result, columns, channels, g.request.sequences) };
}

/** Keeps the last columns of `joined` for the next batch. */
export function storeHistory(
  g: GraphState,
  joined: Tensor,
  all: Tensor,
  columns: number,
  batch: number,
): void {
  const channels = joined.ne[1];
  const { sequences } = g.request;
  const last = g.view(
    joined,
    [columns, channels, sequences],
    [joined.nb[1], joined.nb[2]],
    batch * joined.nb[0],
  );
  g.expand(g.cpy(last, g.view(all, [columns * channels, sequences], [all.nb[1]])));
}

/** Keeps the state that a scan wrote `offset` bytes into its result. */
export function storeState(g: GraphState, scanned: Tensor, all: Tensor, offset: number): void {
  const size = all.ne[0];
  const { sequences } = g.request;
  g.expand(
    g.cpy(
      g.view(scanned, [size, sequences], [size * 4], offset),
      g.view(all, [size, sequences], [all.nb[1]]),
    ),
  );
}

/** llm_build_mamba_base::build_mamba_layer. */
export function mamba(g: GraphState, input: Tensor, layer: number): Tensor {
  const { conv, inner, state, dtRank } = g.hp.ssm;
  const { sequences, tokens } = g.request;
  const batch = tokens / sequences;
  const { all, history } = convolutionHistory(g, layer, inner, conv - 1);
  const cut = g.reshape(input, input.ne[0], batch, sequences);
  const xz = g.mulMat(matrix(g, layer, 'ssm_in.weight'), cut);
  const half = (offset: number): Tensor =>
    g.view(xz, [inner, batch, sequences], [xz.nb[1], xz.nb[2]], offset);
  const gate = half(inner * 4);
  const joined = g.concat(history, g.transpose(half(0)), 0);
  storeHistory(g, joined, all, conv - 1, batch);
  let x = g.op('ssm_conv', [joined, matrix(g, layer, 'ssm_conv1d.weight')], [inner, batch, sequences]);
  x = g.like('unary', g.like('add', x, matrix(g, layer, 'ssm_conv1d.bias')));
  const projected = g.mulMat(matrix(g, layer, 'ssm_x.weight'), x);
  let dt = g.view(projected, [dtRank, batch, sequences], [projected.nb[1], projected.nb[2]]);
  const part = (at: number): Tensor =>
    g.view(projected, [state, 1, batch, sequences], [state * 4, projected.nb[1], projected.nb[2]], at * 4);
  let b = part(dtRank);
  let c = part(dtRank + state);
  const dtNorm = g.weight(layer, 'ssm_dt_norm.weight');
  if (dtNorm !== null || g.metadata('ssm.dt_b_c_rms') !== 0) {
    dt = norm(g, dt, dtNorm, null, 'rms', layer);
    b = norm(g, b, g.weight(layer, 'ssm_b_norm.weight'), null, 'rms', layer);
    c = norm(g, c, g.weight(layer, 'ssm_c_norm.weight'), null, 'rms', layer);
  } else {
    dt = g.cont(dt);
  }
  dt = linear(g, layer, 'ssm_dt', dt);
  const scanned = states(g, layer, 's', (flat, ids) => {
    const cells = g.reshape(flat, state, 1, inner, sequences);
    const heads = g.reshape(x, 1, inner, batch, sequences);
    const size = inner * batch * sequences + state * inner * sequences;
    return g.op('ssm_scan', [cells, heads, dt, matrix(g, layer, 'ssm_a'), b, c, ids], [size]);
  });
  storeState(g, scanned.result, scanned.all, inner * batch * sequences * 4);
  let y = g.view(scanned.result, [inner, batch, sequences], [inner * 4, inner * batch * 4]);
  y = g.like('add', y, g.like('mul', x, matrix(g, layer, 'ssm_d')));
  y = g.like('glu', g.cont(gate), y);
  const out = g.mulMat(matrix(g, layer, 'ssm_out.weight'), y);
  return g.reshape(out, out.ne[0], tokens);
}

/** llm_build_mamba_base::build_mamba2_layer. */
export function mamba2(g: GraphState, input: Tensor, layer: number): Tensor {
  const { conv, inner, state, dtRank: heads, groups } = g.hp.ssm;
  const { sequences, tokens } = g.request;
  const batch = tokens / sequences;
  const head = inner / heads;
  const mixed = inner + 2 * groups * state;
  const { all, history } = convolutionHistory(g, layer, mixed, conv - 1);
  const product = g.mulMat(matrix(g, layer, 'ssm_in.weight'), input);
  const parts = g.reshape(product, product.ne[0], batch, sequences);
  const [, row, sheet] = parts.nb;
  const gate = g.view(parts, [head, heads, batch, sequences], [head * 4, row, sheet]);
  const xbc = g.view(parts, [mixed, batch, sequences], [row, sheet], inner * 4);
  const dtView = g.view(parts, [heads, batch, sequences], [row, sheet], (inner + mixed) * 4);
  const joined = g.concat(history, g.transpose(xbc), 0);
  storeHistory(g, joined, all, conv - 1, batch);
  let convolved = g.op(
    'ssm_conv',
    [joined, matrix(g, layer, 'ssm_conv1d.weight')],
    [mixed, batch, sequences],
  );
  const bias = g.weight(layer, 'ssm_conv1d.bias');
  convolved = g.like('unary', bias === null ? convolved : g.like('add', convolved, bias));
  const view = (size: number, count: number, at: number): Tensor =>
    g.view(convolved, [size, count, batch, sequences], [size * 4, convolved.nb[1], convolved.nb[2]], at * 4);
  const x = view(head, heads, 0);
  const b = view(state, groups, inner);
  const c = view(state, groups, inner + groups * state);
  const dt = g.like('add', g.cont(dtView), matrix(g, layer, 'ssm_dt.bias'));
  const scanned = states(g, layer, 's', (flat, ids) => {
    const cells = g.reshape(flat, state, head, heads, sequences);
    const size = inner * batch * sequences + state * inner * sequences;
    return g.op('ssm_scan', [cells, x, dt, matrix(g, layer, 'ssm_a'), b, c, ids], [size]);
  });
  storeState(g, scanned.result, scanned.all, inner * batch * sequences * 4);
  let y = g.view(scanned.result, [head, heads, batch, sequences], [head * 4, inner * 4, inner * batch * 4]);
  y = g.like('add', y, g.like('mul', x, matrix(g, layer, 'ssm_d')));
  y = g.like('glu', g.cont(gate), y);
  const groupNorm = g.weight(layer, 'ssm_norm.weight');
  if (groupNorm !== null) {
    y = norm(g, g.reshape(y, inner / groups, groups, batch, sequences), groupNorm, null, 'rms', layer);
  }
  return g.mulMat(matrix(g, layer, 'ssm_out.weight'), g.reshape(y, inner, tokens));
}

/** LFM2's short convolution (build_shortconv_block). */
export function shortConvolution(g: GraphState, input: Tensor, layer: number): Tensor {
  const { embedding, shortConv } = g.hp;
  const { sequences, tokens } = g.request;
  const batch = tokens / sequences;
  const cut = g.reshape(input, embedding, batch, sequences);
  const bcx = g.mulMat(matrix(g, layer, 'shortconv.in_proj.weight'), cut);
  const part = (i: number): Tensor =>
    g.view(bcx, [embedding, batch, sequences], [bcx.nb[1], bcx.nb[2]], i * embedding * 4);
  const c = part(1);
  const product = g.transpose(g.like('mul', part(0), part(2)));
  const { all, history } = convolutionHistory(g, layer, embedding, shortConv - 1);
  const joined = g.concat(history, product, 0);
  storeHistory(g, joined, all, shortConv - 1, batch);
  const convolved = g.op(
    'ssm_conv',
    [joined, matrix(g, layer, 'shortconv.conv.weight')],
    [embedding, batch, sequences],
  );
  const out = g.mulMat(matrix(g, layer, 'shortconv.out_proj.weight'), g.like('mul', c, convolved));
  return g.reshape(out, embedding, tokens);
}
