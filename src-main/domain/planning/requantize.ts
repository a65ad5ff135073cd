import { blockLayout, tensorBytes } from '../memory/ggml-types.ts';
import { modelShape, type ModelShape } from '../memory/model-shape.ts';
import type { GgufHeader, GgufTensor } from '../model.ts';

/** The ladder, best first. */
export const RECIPES = [
  'F16',
  'Q8_0',
  'Q6_K',
  'Q5_K_M',
  'Q4_K_M',
  'IQ4_XS',
  'Q3_K_M',
  'IQ3_XXS',
  'Q2_K',
  'IQ2_XS',
] as const;
export type Recipe = (typeof RECIPES)[number];

const BASE: Readonly<Record<Recipe, string>> = {
  F16: 'F16',
  Q8_0: 'Q8_0',
  Q6_K: 'Q6_K',
  Q5_K_M: 'Q5_K',
  Q4_K_M: 'Q4_K',
  IQ4_XS: 'IQ4_XS',
  Q3_K_M: 'Q3_K',
  IQ3_XXS: 'IQ3_XXS',
  Q2_K: 'Q2_K',
  IQ2_XS: 'IQ2_XS',
};

/** llama.cpp's `use_more_bits`: layers in which a mixture spends more. */
function moreBits(layer: number, layers: number): boolean {
  const eighth = Math.floor(layers / 8);
  return layer < eighth || layer >= Math.floor((7 * layers) / 8) || (layer - eighth) % 3 === 2;
}

interface Place {
  readonly layer: number;
  readonly layers: number;
  /** Query heads that share a key; 4 and more make values worth more bits. */
  readonly grouped: boolean;
  readonly eightExperts: boolean;
  readonly seventyB: boolean;
}

function valueType(recipe: Recipe, base: string, at: Place): string {
  if (at.eightExperts) {
    return 'Q8_0';
  }
  const byRecipe: Partial<Record<Recipe, string>> = {
    Q5_K_M: moreBits(at.layer, at.layers) ? 'Q6_K' : base,
    Q4_K_M: moreBits(at.layer, at.layers) ? 'Q6_K' : base,
    IQ4_XS: at.grouped ? 'Q5_K' : base,
    Q3_K_M: at.layer < 2 ? 'Q5_K' : 'Q4_K',
    IQ3_XXS: at.grouped ? 'Q4_K' : 'IQ3_S',
    Q2_K: at.grouped ? 'Q4_K' : 'Q3_K',
    IQ2_XS: at.grouped ? 'Q4_K' : 'Q2_K',
  };
  const type = byRecipe[recipe] ?? base;
  return at.seventyB && (type === 'Q3_K' || type === 'Q4_K') ? 'Q5_K' : type;
}

function downType(recipe: Recipe, base: string, at: Place): string {
  const first = (share: number): boolean => at.layer < Math.floor(at.layers / share);
  const byRecipe: Partial<Record<Recipe, string>> = {
    Q5_K_M: moreBits(at.layer, at.layers) ? 'Q6_K' : base,
    Q4_K_M: moreBits(at.layer, at.layers) ? 'Q6_K' : base,
    IQ4_XS: first(8) ? 'Q5_K' : base,
    Q3_K_M: first(16) ? 'Q5_K' : 'Q4_K',
    IQ3_XXS: first(8) ? 'Q4_K' : 'Q3_K',
    Q2_K: 'Q3_K',
    IQ2_XS: first(8) ? 'Q2_K' : base,
  };
  return byRecipe[recipe] ?? base;
}

function attentionOutputType(recipe: Recipe, base: string, at: Place): string {
  if (at.eightExperts) {
    return recipe === 'F16' || recipe === 'Q8_0' || recipe === 'Q6_K' || recipe === 'Q5_K_M' ? base : 'Q5_K';
  }
  const byRecipe: Partial<Record<Recipe, string>> = { Q2_K: 'Q3_K', IQ3_XXS: 'IQ3_S', Q3_K_M: 'Q4_K' };
  return byRecipe[recipe] ?? base;
}

function fusedType(recipe: Recipe, base: string): string {
  const byRecipe: Partial<Record<Recipe, string>> = { Q3_K_M: 'Q4_K', Q4_K_M: 'Q5_K', Q5_K_M: 'Q6_K' };
  return byRecipe[recipe] ?? base;
}

/** Rows that are no multiple of 256 take a type with smaller blocks. */
const FALLBACK: Readonly<Record<string, string>> = {
  Q2_K: 'Q4_0',
  Q3_K: 'Q4_0',
  IQ2_XS: 'Q4_0',
  IQ3_XXS: 'IQ4_NL',
  IQ3_S: 'IQ4_NL',
  IQ4_XS: 'IQ4_NL',
  IQ2_S: 'IQ4_NL',
  Q4_K: 'Q5_0',
  Q5_K: 'Q5_1',
  Q6_K: 'Q8_0',
};

function fitted(type: string, row: number): string {
  if (row % blockLayout(type).elements === 0) {
    return type;
  }
  const smaller = FALLBACK[type] ?? 'F16';
  return row % blockLayout(smaller).elements === 0 ? smaller : 'F16';
}

/** Small or sensitive tensors that the quantizer leaves as they are. */
const KEPT =
  /(_norm|ffn_gate_inp|ssm_conv1d|shortconv\.conv|ssm_x|ssm_dt|time_mix|altup|laurel|per_layer_model_proj)/;

function outputType(recipe: Recipe, base: string): string {
  if (recipe === 'F16' || recipe === 'Q8_0') {
    return base;
  }
  return recipe === 'IQ2_XS' || recipe === 'IQ3_XXS' ? 'Q5_K' : 'Q6_K';
}

function tableType(recipe: Recipe, base: string): string {
  if (recipe === 'IQ2_XS') {
    return 'Q2_K';
  }
  return recipe === 'IQ3_XXS' ? 'IQ3_S' : base;
}

function typeOf(tensor: GgufTensor, recipe: Recipe, shape: ModelShape, layer: number): string {
  const base = BASE[recipe];
  const { hp } = shape;
  const at: Place = {
    layer,
    layers: hp.layers,
    grouped: (hp.heads[0] ?? 0) / Math.max(1, hp.headsKv[0] ?? 1) >= 4 || hp.experts >= 4,
    eightExperts: hp.experts === 8,
    seventyB: hp.layers === 80 && hp.heads[0] !== hp.headsKv[0],
  };
  const name = tensor.name.replace(/^blk\.\d+\./, '');
  if (name === 'output.weight' || (shape.tied && name === 'token_embd.weight')) {
    return outputType(recipe, base);
  }
  if (name === 'token_embd.weight') {
    return tableType(recipe, base);
  }
  if (/^attn_(v|v_b|kv_b)\./.test(name)) {
    return valueType(recipe, base, at);
  }
  if (name.startsWith('attn_qkv.')) {
    return fusedType(recipe, base);
  }
  if (/^attn_(q|k)\./.test(name) && recipe === 'IQ3_XXS') {
    return 'IQ2_S';
  }
  if (name.startsWith('ffn_down')) {
    return downType(recipe, base, at);
  }
  return name.startsWith('attn_output.') ? attentionOutputType(recipe, base, at) : base;
}

/**
 * The header that llama.cpp's quantizer would write for another recipe (llama-quant.cpp, without an importance matrix): same
 * shapes, other types. For planning a file that is not at hand; published files may differ by a few tensors.
 */
export function requantize(header: GgufHeader, recipe: Recipe): GgufHeader {
  const shape = modelShape(header);
  let offset = 0;
  let before = 0;
  const tensors = shape.tensors.map(({ tensor, layer }) => {
    before += tensorBytes(tensor.type, tensor.dimensions);
    const matrix = tensor.dimensions.length > 1 && !KEPT.test(tensor.name) && tensor.name.endsWith('.weight');
    const type = matrix
      ? fitted(typeOf(tensor, recipe, shape, layer), tensor.dimensions[0] ?? 1)
      : tensor.type;
    const placed = { ...tensor, type, offset, part: 0 };
    offset += Math.ceil(tensorBytes(type, tensor.dimensions) / 32) * 32;
    return placed;
  });
  return { ...header, tensors, fileBytes: Math.max(0, header.fileBytes - before) + offset, parts: 1 };
}

/** Bits a weight, all tensors together. */
export function bitsPerWeight(header: GgufHeader): number {
  let bytes = 0;
  let elements = 0;
  for (const tensor of header.tensors) {
    bytes += tensorBytes(tensor.type, tensor.dimensions);
    elements += tensor.dimensions.reduce((product, n) => product * n, 1);
  }
  return elements === 0 ? 0 : (bytes * 8) / elements;
}
