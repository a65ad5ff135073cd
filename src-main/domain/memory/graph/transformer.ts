import { feedForward, norm, type Activation } from './blocks.ts';
import type { Graph } from './builder.ts';
import { addDeepstack, embed } from './embedding.ts';
import { mixtureOfExperts, type ExpertTraits } from './experts.ts';
import { biasName, weightName } from './names.ts';
import { attentionBlock } from './self-attention.ts';
import { GraphState, type GraphRequest } from './state.ts';
import type { Tensor } from './tensor.ts';

/** Mixes tokens of a layer by something else than attention over a cache; null where the layer is an ordinary one. */
export type Mixer = (g: GraphState, x: Tensor, layer: number) => Tensor | null;

/** In what a decoder differs from Llama, as far as memory notices. Named after what llama.cpp's src/models do. */
export interface TransformerTraits {
  readonly norm: 'rms' | 'layer';
  readonly activation: Activation;
  /** Positions a token: four where text shares a model with pictures (M-RoPE). */
  readonly positions?: 4;
  /** A node that scales the embeddings (Gemma, Granite). */
  readonly scaleInput?: boolean;
  /** A node that scales the queries after rotation. */
  readonly scaleQueries?: boolean;
  /** Norms of queries and keys: of each head, or of the whole row before it is cut into heads. */
  readonly headNorms?: 'heads' | 'rows' | 'heads-after-rope' | 'bare-after-rope';
  /** Queries that do not rotate are scaled by their position (Llama 4). */
  readonly temperature?: boolean;
  /** Whether a layer rotates; absent: all do. */
  readonly rotates?: (g: GraphState, layer: number) => boolean;
  /** Norms on what a block returns, before it is added to the residual. */
  readonly postNorms?: boolean;
  /** The name of the norm before the feed-forward block; null for none. */
  readonly feedForwardNorm?: 'ffn_norm' | 'post_attention_norm' | null;
  /** No norm before attention (OLMo 2). */
  readonly noAttentionNorm?: boolean;
  /** Attention and feed-forward side by side from one norm; the order in which the three are added. */
  readonly parallel?: 'attention-first' | 'feed-forward-first' | 'onto-feed-forward';
  /** Learned positions are added to the embeddings, and nothing rotates (GPT-2). */
  readonly learnedPositions?: boolean;
  /** A layer is one block, whichever: attention, a state, or feed-forward (Nemotron-H). */
  readonly oneBlock?: boolean;

  /** Rows without output are dropped only before the last norm (GPT-OSS), or behind it (Qwen 3.5). */
  readonly lateOutputs?: 'before-norm' | 'after-norm';
  /** Where the residual is the first operand of an addition: it is then what gets overwritten. */
  readonly residualFirst?: 'both' | 'feed-forward';
  readonly softCapScores?: boolean;
  readonly softCapLogits?: (g: GraphState) => boolean;
  readonly scaleLogits?: (g: GraphState) => boolean;
  readonly scaleResiduals?: (g: GraphState) => boolean;
  /** How experts are weighed; "from-file" where the file's metadata say. */
  readonly experts?: ExpertTraits | 'from-file';
  readonly mixer?: Mixer;
  /** Runs beside attention on a norm of its own; both are added to the residual (Falcon H1). */
  readonly beside?: (g: GraphState, x: Tensor, layer: number) => Tensor;
  /** The hidden state before the last norm is kept as a result. */
  readonly keepsHidden?: boolean;
  /** No attention anywhere: no cache inputs. */
  readonly noAttention?: boolean;
}

/** The graph of a decoder, after llama.cpp's src/models. */
export function transformerGraph(request: GraphRequest, traits: TransformerTraits): Graph {
  const g = new GraphState(request);
  g.positions = g.input('I32', request.tokens * (traits.positions ?? 1));
  const embedded = embed(g);
  let x = embedded;
  if (traits.scaleInput === true) {
    x = g.like('scale', x);
  }
  const learned = traits.learnedPositions === true ? g.hostWeight('position_embd.weight') : null;
  if (learned !== null) {
    x = g.like('add', x, g.getRows(learned, g.positions));
  }
  if (traits.temperature === true) {
    g.temperature = g.input('F32', 1, 1, request.tokens);
  }
  if (traits.noAttention !== true) {
    g.prepareAttention();
  }
  const outputIds = g.input('I32', request.outputs);
  const last = request.layers.at(-1);
  for (const layer of request.layers) {
    const ids = layer === last && traits.lateOutputs === undefined ? outputIds : null;
    x =
      traits.parallel === undefined
        ? serialLayer(g, x, layer, traits, ids)
        : parallelLayer(g, x, layer, traits, ids);
    x = addDeepstack(g, x, embedded, layer);
  }
  if (traits.keepsHidden === true) {
    x.isOutput = true;
  }
  finish(g, traits.lateOutputs === 'before-norm' ? g.getRows(x, outputIds) : x, outputIds, traits);
  return g.graph;
}

/** llama_expert_gating_func_type: 1 softmax, 2 sigmoid, 3 softmax over the chosen. */
function expertsOfFile(g: GraphState): ExpertTraits {
  const gating = g.metadata('expert_gating_func');
  return {
    gating: gating === 2 ? 'sigmoid' : gating === 3 ? 'softmax-weight' : 'softmax',
    normalise: g.flag('expert_weights_norm'),
  };
}

function feedForwardBlock(g: GraphState, x: Tensor, layer: number, traits: TransformerTraits): Tensor {
  const mixture = g.weight(layer, 'ffn_gate_inp.weight') !== null;
  if (mixture && traits.experts !== undefined) {
    return mixtureOfExperts(g, x, layer, traits.experts === 'from-file' ? expertsOfFile(g) : traits.experts);
  }
  return feedForward(g, x, layer, traits.activation);
}

function add(g: GraphState, x: Tensor, residual: Tensor, residualFirst: boolean): Tensor {
  return residualFirst ? g.like('add', residual, x) : g.like('add', x, residual);
}

function serialLayer(
  g: GraphState,
  input: Tensor,
  layer: number,
  traits: TransformerTraits,
  outputIds: Tensor | null,
): Tensor {
  const normed =
    traits.noAttentionNorm === true
      ? input
      : norm(
          g,
          input,
          g.weight(layer, 'attn_norm.weight'),
          g.weight(layer, 'attn_norm.bias'),
          traits.norm,
          layer,
        );
  let x = attentionBlock(g, normed, layer, traits);
  let residual = input;
  if (traits.beside !== undefined) {
    return besideLayer(g, x, input, layer, traits, outputIds);
  }
  if (outputIds !== null) {
    x = g.getRows(x, outputIds);
    residual = g.getRows(residual, outputIds);
  }
  if (traits.postNorms === true) {
    x = norm(g, x, g.weight(layer, 'post_attention_norm.weight'), null, traits.norm, layer);
  }
  const scaled = traits.scaleResiduals?.(g) === true;
  const middle = add(g, scaled ? g.like('scale', x) : x, residual, traits.residualFirst === 'both');
  const feeds = g.weight(layer, 'ffn_up.weight') !== null || g.weight(layer, 'ffn_gate_inp.weight') !== null;
  if (traits.oneBlock === true || !feeds) {
    return middle;
  }
  const name = traits.feedForwardNorm === undefined ? 'ffn_norm' : traits.feedForwardNorm;
  x =
    name === null
      ? middle
      : norm(
          g,
          middle,
          g.weight(layer, weightName(name)),
          g.weight(layer, biasName(name)),
          traits.norm,
          layer,
        );
  x = feedForwardBlock(g, x, layer, traits);
  if (traits.postNorms === true) {
    x = norm(g, x, g.weight(layer, 'post_ffw_norm.weight'), null, traits.norm, -1);
  }
  return add(
    g,
    scaled ? g.like('scale', x) : x,
    middle,
    traits.residualFirst === 'both' || traits.residualFirst === 'feed-forward',
  );
}

/** The rest of a layer in which a recurrent block runs beside attention. */
function besideLayer(
  g: GraphState,
  attended: Tensor,
  input: Tensor,
  layer: number,
  traits: TransformerTraits,
  outputIds: Tensor | null,
): Tensor {
  const normed = norm(g, input, g.weight(layer, 'attn_norm.weight'), null, traits.norm, layer);
  const beside = traits.beside?.(g, normed, layer) ?? normed;
  const sum = g.like('add', g.like('add', attended, beside), input);
  const middle = outputIds === null ? sum : g.getRows(sum, outputIds);
  const ffnNorm = g.weight(layer, 'ffn_norm.weight') ?? g.weight(layer, 'ffn_norm');
  const x = feedForwardBlock(g, norm(g, middle, ffnNorm, null, traits.norm, layer), layer, traits);
  return g.like('add', x, middle);
}

function parallelLayer(
  g: GraphState,
  input: Tensor,
  layer: number,
  traits: TransformerTraits,
  outputIds: Tensor | null,
): Tensor {
  let normed = norm(
    g,
    input,
    g.weight(layer, 'attn_norm.weight'),
    g.weight(layer, 'attn_norm.bias'),
    traits.norm,
    layer,
  );
  // Falcon 40B has a norm of its own for attention.
  const second = g.weight(layer, 'attn_norm_2.weight');
  const read =
    second === null
      ? normed
      : norm(g, input, second, g.weight(layer, 'attn_norm_2.bias'), traits.norm, layer);
  let attended = attentionBlock(g, read, layer, traits);
  let residual = input;
  if (outputIds !== null) {
    attended = g.getRows(attended, outputIds);
    residual = g.getRows(residual, outputIds);
    normed = g.getRows(normed, outputIds);
  }
  const fed = feedForwardBlock(g, normed, layer, traits);
  if (traits.parallel === 'onto-feed-forward') {
    return g.like('add', g.like('add', fed, attended), residual);
  }
  return traits.parallel === 'attention-first'
    ? g.like('add', g.like('add', attended, fed), residual)
    : g.like('add', g.like('add', fed, residual), attended);
}

/** The last norm and the logits; both are results, never overwritten. */
function finish(g: GraphState, input: Tensor, outputIds: Tensor, traits: TransformerTraits): void {
  const weight = g.outputWeight('output_norm.weight') ?? g.outputWeight('token_embd_norm.weight');
  const normed = norm(g, input, weight, g.outputWeight('output_norm.bias'), traits.norm, -1);
  normed.isOutput = true;
  const x = traits.lateOutputs === 'after-norm' ? g.getRows(normed, outputIds) : normed;
  let logits = g.mulMat(g.outputMatrix(), x);
  const bias = g.outputWeight('output.bias');
  if (bias !== null) {
    logits = g.like('add', logits, bias);
  }
  if (traits.softCapLogits?.(g) === true) {
    logits = g.like('scale', g.like('unary', g.like('scale', logits)));
  }
  if (traits.scaleLogits?.(g) === true) {
    logits = g.like('scale', logits);
  }
  x.isOutput = true;
  logits.isOutput = true;
  g.expand(logits);
}
