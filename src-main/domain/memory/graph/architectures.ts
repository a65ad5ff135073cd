import type { Graph } from './builder.ts';
import type { ExpertTraits } from './experts.ts';
import type { GraphRequest, GraphState } from './state.ts';
import { feedForward } from './blocks.ts';
import { deltaNetOrAttention } from './delta-net.ts';
import { gemma3nGraph } from './gemma3n.ts';
import { gemma4Graph } from './gemma4.ts';
import { latentAttention } from './latent.ts';
import { mamba, mamba2, shortConvolution } from './recurrent.ts';
import { transformerGraph, type Mixer, type TransformerTraits } from './transformer.ts';
import type { Tensor } from './tensor.ts';

/** How the compute graph of an architecture is built, and whether that is llama.cpp's own graph or a stand-in. */
export interface GraphRecipe {
  readonly known: boolean;
  readonly build: (request: GraphRequest) => Graph;
}

const LLAMA: TransformerTraits = { norm: 'rms', activation: 'silu' };
const SOFTMAX: ExpertTraits = { gating: 'softmax', normalise: false };
const NORMALISED: ExpertTraits = { gating: 'softmax', normalise: true };
const GRANITE: TransformerTraits = {
  ...LLAMA,
  experts: NORMALISED,
  scaleResiduals: (g) => g.metadata('residual_scale') !== 0,
  scaleLogits: (g) => g.metadata('logit_scale') !== 0,
};
const GEMMA: TransformerTraits = { ...LLAMA, activation: 'gelu', scaleInput: true, scaleQueries: true };
const PHI3: TransformerTraits = {
  ...LLAMA,
  activation: 'swiglu',
  scaleQueries: true,
  residualFirst: 'feed-forward',
  experts: NORMALISED,
};
const COHERE: TransformerTraits = {
  norm: 'layer',
  activation: 'silu',
  parallel: 'feed-forward-first',
  scaleLogits: (g) => g.metadata('logit_scale') !== 0,
};

const QWEN3_NEXT: TransformerTraits = {
  ...LLAMA,
  mixer: deltaNetOrAttention,
  feedForwardNorm: 'post_attention_norm',
  lateOutputs: 'after-norm',
  experts: { ...NORMALISED, gatedShared: true },
};

const QWEN35: TransformerTraits = { ...QWEN3_NEXT, positions: 4 };

/** Every fourth layer of SmolLM3 does not rotate. */
const everyFourthIsStill = (_: GraphState, layer: number): boolean => (layer + 1) % 4 !== 0;

/** Recurrent layers by one mixer, the others by attention. */
function mixing(mixer: (g: GraphState, x: Tensor, layer: number) => Tensor): Mixer {
  return (g, x, layer) => (g.hp.recurrent[layer] === true ? mixer(g, x, layer) : null);
}

/** Layers of Nemotron-H that do not attend: a state, or a feed-forward block alone. */
function stateOrFeedForward(g: GraphState, x: Tensor, layer: number): Tensor | null {
  if (g.hp.recurrent[layer] === true) return mamba2(g, x, layer);
  return g.weight(layer, 'ffn_up.weight') === null ? null : feedForward(g, x, layer, 'relu-squared');
}

/** Decoders by their differences from Llama; checked against llama.cpp's dry run in test/engine/oracle. */
const TRANSFORMERS: Readonly<Record<string, TransformerTraits>> = {
  llama: { ...LLAMA, experts: NORMALISED },
  mistral3: { ...LLAMA, experts: NORMALISED },
  qwen2: LLAMA,
  qwen3: { ...LLAMA, headNorms: 'heads' },
  qwen2moe: { ...LLAMA, experts: { ...SOFTMAX, gatedShared: true } },
  qwen3moe: { ...LLAMA, headNorms: 'heads', experts: NORMALISED },
  gemma: GEMMA,
  gemma2: { ...GEMMA, postNorms: true, softCapScores: true, softCapLogits: () => true },
  gemma3: {
    ...GEMMA,
    postNorms: true,
    headNorms: 'heads',
    softCapLogits: (g) => g.metadata('final_logit_softcapping') !== 0,
  },
  phi2: { norm: 'layer', activation: 'gelu', scaleQueries: true, parallel: 'attention-first' },
  phi3: PHI3,
  phimoe: PHI3,
  starcoder2: { norm: 'layer', activation: 'gelu' },
  smollm3: { ...LLAMA, rotates: everyFourthIsStill },
  granite: GRANITE,
  granitemoe: GRANITE,
  glm4: { ...LLAMA, activation: 'swiglu', postNorms: true },
  olmo2: { ...LLAMA, headNorms: 'rows', postNorms: true, noAttentionNorm: true, feedForwardNorm: null },
  olmoe: { ...LLAMA, headNorms: 'rows', experts: SOFTMAX },
  'command-r': { ...COHERE, headNorms: 'heads' },
  cohere2: { ...COHERE, rotates: (g, layer) => g.hp.swa[layer] === true },
  'gpt-oss': {
    ...LLAMA,
    feedForwardNorm: 'post_attention_norm',
    lateOutputs: 'before-norm',
    keepsHidden: true,
    experts: { gating: 'softmax-weight', normalise: false },
  },
  seed_oss: { ...LLAMA, feedForwardNorm: 'post_attention_norm' },
  exaone4: {
    ...LLAMA,
    headNorms: 'heads',
    postNorms: true,
    noAttentionNorm: true,
    feedForwardNorm: null,
    rotates: (g, layer) => g.hp.slidingWindow === 0 || g.hp.swa[layer] === true,
  },
  ernie4_5: LLAMA,
  'ernie4_5-moe': { ...LLAMA, experts: NORMALISED },
  internlm2: LLAMA,
  'hunyuan-dense': { ...LLAMA, headNorms: 'heads-after-rope' },
  arcee: { ...LLAMA, activation: 'relu-squared' },
  qwen2vl: { ...LLAMA, positions: 4 },
  qwen3vl: { ...LLAMA, positions: 4, headNorms: 'heads' },
  qwen3vlmoe: { ...LLAMA, positions: 4, headNorms: 'heads', experts: NORMALISED },
  glm4moe: {
    ...LLAMA,
    headNorms: 'heads',
    feedForwardNorm: 'post_attention_norm',
    experts: 'from-file',
  },
  bailingmoe2: { ...LLAMA, headNorms: 'heads', experts: 'from-file' },
  mamba: { ...LLAMA, mixer: mixing(mamba), noAttention: true },
  mamba2: { ...LLAMA, mixer: mixing(mamba2), noAttention: true },
  jamba: { ...LLAMA, mixer: mixing(mamba), rotates: () => false, residualFirst: 'both', experts: SOFTMAX },
  granitehybrid: {
    ...GRANITE,
    mixer: mixing(mamba2),
    rotates: (g) => g.request.shape.header.metadata['granitehybrid.rope.scaling.finetuned'] !== false,
  },
  lfm2: { ...LLAMA, mixer: mixing(shortConvolution), headNorms: 'heads', residualFirst: 'both' },
  lfm2moe: {
    ...LLAMA,
    mixer: mixing(shortConvolution),
    headNorms: 'heads',
    residualFirst: 'both',
    experts: { gating: 'sigmoid', normalise: true },
  },
  'falcon-h1': { ...LLAMA, beside: mamba2 },
  qwen35: QWEN35,
  qwen3next: QWEN3_NEXT,
  qwen35moe: QWEN35,
  llama4: {
    ...LLAMA,
    headNorms: 'bare-after-rope',
    temperature: true,
    rotates: (g, layer) => (layer + 1) % (g.hp.slidingWindow > 0 ? 4 : g.hp.layers) !== 0,
    experts: { gating: 'sigmoid', normalise: false, weighsInput: true },
  },
  minicpm: { ...LLAMA, experts: NORMALISED, scaleResiduals: () => true, scaleLogits: () => true },
  falcon: { norm: 'layer', activation: 'gelu', parallel: 'onto-feed-forward' },
  nemotron: { norm: 'layer', activation: 'relu-squared' },
  nemotron_h: {
    ...LLAMA,
    activation: 'relu-squared',
    rotates: () => false,
    lateOutputs: 'after-norm',
    oneBlock: true,
    mixer: stateOrFeedForward,
  },
  exaone: LLAMA,
  chatglm: { ...LLAMA, activation: 'swiglu' },
  stablelm: { norm: 'layer', activation: 'silu', headNorms: 'heads' },
  olmo: { norm: 'layer', activation: 'silu' },
  orion: { norm: 'layer', activation: 'silu' },
  xverse: LLAMA,
  qwen: LLAMA,
  gpt2: { norm: 'layer', activation: 'gelu', learnedPositions: true },
  starcoder: { norm: 'layer', activation: 'gelu', learnedPositions: true },
  deepseek2: { ...LLAMA, mixer: latentAttention, experts: 'from-file' },
};

const STAND_IN: GraphRecipe = {
  known: false,
  build: (request) => transformerGraph(request, { ...LLAMA, experts: NORMALISED }),
};

function recipe(traits: TransformerTraits): GraphRecipe {
  return { known: true, build: (request) => transformerGraph(request, traits) };
}

const RECIPES: ReadonlyMap<string, GraphRecipe> = new Map([
  ...Object.entries(TRANSFORMERS).map(([name, traits]): [string, GraphRecipe] => [name, recipe(traits)]),
  ['gemma3n', { known: true, build: gemma3nGraph }],
  ['gemma4', { known: true, build: gemma4Graph }],
]);

/** The recipe for an architecture; a Llama-shaped stand-in where it is not known. */
export function graphBuilderFor(architecture: string): GraphRecipe {
  return RECIPES.get(architecture) ?? STAND_IN;
}

/** False where graphBuilderFor gives the stand-in. */
export function isKnownArchitecture(architecture: string): boolean {
  return RECIPES.has(architecture);
}
