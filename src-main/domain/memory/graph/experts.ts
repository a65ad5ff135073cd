import { feedForward } from './blocks.ts';
import { biasName } from './names.ts';
import type { GraphState } from './state.ts';
import type { Tensor } from './tensor.ts';

/** How a mixture weighs its experts. */
export interface ExpertTraits {
  readonly gating: 'softmax' | 'sigmoid' | 'softmax-weight';
  /** Weights of the chosen experts are made to sum to 1. */
  readonly normalise: boolean;
  /** Experts are chosen by their logits, and what they read is weighed instead of what they write (Llama 4). */
  readonly weighsInput?: boolean;
  /** The shared expert has a gate of its own (Qwen). */
  readonly gatedShared?: boolean;
}

function required(g: GraphState, layer: number, name: string): Tensor {
  const tensor = g.weight(layer, name);
  if (tensor === null) {
    throw new Error(`The file has no tensor blk.${layer}.${name}, which its mixture of experts needs.`);
  }
  return tensor;
}

/** Which experts a token takes, and with what weight: the head of llm_graph_context::build_moe_ffn. */
function chooseExperts(
  g: GraphState,
  x: Tensor,
  layer: number,
  traits: ExpertTraits,
  given: Tensor | null,
): { selected: Tensor; weights: Tensor } {
  const tokens = x.ne[1];
  const experts = g.hp.experts;
  const used = g.hp.expertsUsed[layer] ?? 0;
  let logits = given ?? g.mulMat(required(g, layer, 'ffn_gate_inp.weight'), x);
  const bias = g.weight(layer, 'ffn_gate_inp.bias');
  if (bias !== null) {
    logits = g.like('add', logits, bias);
  }
  const probabilities =
    traits.gating === 'softmax-weight'
      ? logits
      : g.like(traits.gating === 'softmax' ? 'soft_max' : 'unary', logits);
  const correction = g.weight(layer, 'exp_probs_b.bias');
  const base = traits.weighsInput === true ? logits : probabilities;
  let scored = correction === null ? base : g.like('add', base, correction);
  if (g.hp.expertGroups > 1) {
    scored = keepBestGroups(g, scored, tokens);
  }
  const selected = g.topK(scored, used);
  let weights = g.getRows(g.reshape(probabilities, 1, experts, tokens), selected);
  if (traits.gating === 'softmax-weight') {
    weights = g.reshape(g.like('soft_max', g.reshape(weights, used, tokens)), 1, used, tokens);
  }
  if (traits.normalise) {
    const flat = g.reshape(weights, used, tokens);
    const sum = g.like('clamp', g.sumRows(flat));
    weights = g.reshape(g.like('div', flat, sum), 1, used, tokens);
  }
  if (g.expertScale !== 0 && g.expertScale !== 1) {
    weights = g.like('scale', weights);
  }
  g.expand(weights);
  return { selected, weights };
}

/** DeepSeek V3: only experts of the best groups may be chosen. */
function keepBestGroups(g: GraphState, scores: Tensor, tokens: number): Tensor {
  const groups = g.hp.expertGroups;
  const perGroup = g.hp.experts / groups;
  const grouped = g.reshape(scores, perGroup, groups, tokens);
  const best = g.topK(grouped, 2);
  const values = g.getRows(g.reshape(grouped, 1, perGroup, groups, tokens), best);
  const sums = g.sumRows(g.reshape(values, 2, groups, tokens));
  const chosen = g.topK(g.reshape(sums, groups, tokens), g.hp.expertGroupsUsed);
  const kept = g.getRows(grouped, chosen);
  const masked = g.setRows(g.like('fill', grouped), kept, chosen);
  return g.reshape(masked, g.hp.experts, tokens);
}

function biased(g: GraphState, y: Tensor, layer: number, name: string, selected: Tensor): Tensor {
  const bias = g.weight(layer, biasName(name));
  return bias === null ? y : g.like('add_id', y, bias, selected);
}

/** Products of the chosen experts before they are summed: [embedding, used, tokens]. */
function runExperts(
  g: GraphState,
  x: Tensor,
  layer: number,
  selected: Tensor,
  inputWeights: Tensor | null,
): Tensor {
  const single = g.reshape(x, x.ne[0], 1, x.ne[1]);
  const used = g.hp.expertsUsed[layer] ?? 0;
  const rows =
    inputWeights === null
      ? single
      : g.like('mul', g.op('compute', [single], [x.ne[0], used, x.ne[1]]), inputWeights);
  const merged = g.weight(layer, 'ffn_gate_up_exps.weight');
  let middle: Tensor;
  if (merged !== null) {
    const both = g.mulMatId(merged, rows, selected);
    const half = both.ne[0] / 2;
    const part = (offset: number): Tensor =>
      g.view(both, [half, both.ne[1], both.ne[2]], [both.nb[1], both.nb[2]], offset);
    middle = g.op('glu', [part(0), part(half * 4)], [half, both.ne[1], both.ne[2]]);
  } else {
    const up = biased(
      g,
      g.mulMatId(required(g, layer, 'ffn_up_exps.weight'), rows, selected),
      layer,
      'ffn_up_exps',
      selected,
    );
    const gateWeight = g.weight(layer, 'ffn_gate_exps.weight');
    if (gateWeight === null) {
      middle = g.like('unary', up);
    } else {
      const gate = biased(g, g.mulMatId(gateWeight, rows, selected), layer, 'ffn_gate_exps', selected);
      middle = g.like('glu', gate, up);
    }
  }
  const down = g.mulMatId(required(g, layer, 'ffn_down_exps.weight'), middle, selected);
  return biased(g, down, layer, 'ffn_down_exps', selected);
}

/**
 * llm_graph_context::build_moe_ffn, and the shared expert beside it where the file has one. `logits` where the choice is made
 * from something else than `x`.
 */
export function mixtureOfExperts(
  g: GraphState,
  x: Tensor,
  layer: number,
  traits: ExpertTraits,
  logits: Tensor | null = null,
): Tensor {
  const [embedding, tokens] = [x.ne[0], x.ne[1]];
  const { selected, weights } = chooseExperts(g, x, layer, traits, logits);
  const before = traits.weighsInput === true;
  const written = runExperts(g, x, layer, selected, before ? weights : null);
  const experts = before ? written : g.like('mul', written, weights);
  g.expand(experts);
  const used = g.hp.expertsUsed[layer] ?? 0;
  const parts = Array.from({ length: used }, (_, i) =>
    g.view(experts, [embedding, tokens], [experts.nb[2]], i * experts.nb[1]),
  );
  for (const part of parts) {
    g.expand(part);
  }
  let sum = parts[0] ?? experts;
  for (const part of parts.slice(1)) {
    sum = g.like('add', sum, part);
    g.expand(sum);
  }
  if (used === 1) {
    sum = g.cont(sum);
  }
  return addSharedExpert(g, x, sum, layer, traits);
}

const SHARED = { up: 'ffn_up_shexp', gate: 'ffn_gate_shexp', down: 'ffn_down_shexp' } as const;

function addSharedExpert(g: GraphState, x: Tensor, sum: Tensor, layer: number, traits: ExpertTraits): Tensor {
  if (g.weight(layer, 'ffn_up_shexp.weight') === null) {
    return sum;
  }
  const gateWeight = traits.gatedShared === true ? g.weight(layer, 'ffn_gate_inp_shexp.weight') : null;
  const shared = feedForward(g, x, layer, 'silu', SHARED);
  if (gateWeight === null) {
    return g.like('add', sum, shared);
  }
  const gateInput = g.mulMat(gateWeight, x);
  const gate = g.like('div', g.like('unary', gateInput), gateInput);
  return g.like('add', sum, g.like('mul', shared, gate));
}
