import { createHash } from 'node:crypto';

import { tensorBytes } from '../../domain/memory/ggml-types.ts';
import type { GgufHeader, GgufTensor, ModelFacts } from '../../domain/model.ts';
import { MMPROJ } from './found.ts';

/** llama.cpp's llama_ftype by number from 0 (include/llama.h), as people write it; "-" was withdrawn. */
const FILE_TYPES =
  'F32 F16 Q4_0 Q4_1 - - - Q8_0 Q5_0 Q5_1 Q2_K Q3_K_S Q3_K_M Q3_K_L Q4_K_S Q4_K_M Q5_K_S Q5_K_M Q6_K IQ2_XXS IQ2_XS Q2_K_S IQ3_XS IQ3_XXS IQ1_S IQ4_NL IQ3_S IQ3_M IQ2_S IQ2_M IQ4_XS IQ1_M BF16 - - - TQ1_0 TQ2_0 MXFP4 NVFP4 Q1_0 Q2_0'.split(
    ' ',
  );
/** LLAMA_FTYPE_GUESSED: the converter did not know and wrote its guess. */
const GUESSED = 1024;

/**
 * Position tables that converters store as tensors: read, never learned, not counted by anyone as parameters.
 */
const NOT_PARAMETERS = /^rope_(freqs|factors_long|factors_short)\.weight$/;

/** What the probe computes beside the header, because it drops the big arrays and texts. */
export interface ProbedExtras {
  readonly chatTemplateSha256: string | null;
  /** Tokens of the tokenizer; 0 when it has none. */
  readonly vocabulary: number;
}

/** Facts for lists and for provenance, from the header alone. */
export function facts(header: GgufHeader, extras: ProbedExtras | null = null): ModelFacts {
  const { metadata, architecture, tensors } = header;
  const number = (key: string): number | null => {
    const value = metadata[`${architecture}.${key}`];
    return typeof value === 'number' ? value : null;
  };
  const template = metadata['tokenizer.chat_template'];
  const templateText = typeof template === 'string' && template !== '' ? template : null;
  const name = metadata['general.name'];
  return {
    name: typeof name === 'string' && name.trim() !== '' ? name.trim() : null,
    architecture,
    quantization: quantization(header),
    parameters: tensors
      .filter((tensor) => !NOT_PARAMETERS.test(tensor.name))
      .reduce((sum, tensor) => sum + elements(tensor), 0),
    layers: number('block_count') ?? 0,
    contextTrained: number('context_length'),
    vocabulary: vocabulary(header, extras),
    hasChatTemplate: templateText !== null || (extras?.chatTemplateSha256 ?? null) !== null,
    chatTemplateSha256: extras?.chatTemplateSha256 ?? (templateText === null ? null : sha256(templateText)),
    tensorTypes: Object.fromEntries(
      [...Map.groupBy(tensors, (tensor) => tensor.type)].map(([type, of]) => [type, of.length]),
    ),
  };
}

/**
 * Why a model with this header cannot answer questions, as a sentence, or null: parts of models, adapters,
 * tokenizers alone, embedding and image models, and files that end before their tensors do.
 */
export function headerProblem(header: GgufHeader): string | null {
  const { metadata, architecture, tensors } = header;
  const type = metadata['general.type'];
  if (architecture === 'clip' || type === 'mmproj') return MMPROJ;
  if (type === 'adapter' || metadata['adapter.type'] !== undefined)
    return 'This is an adapter (LoRA), not a whole model; merge it into its base model and use that.';
  if (type === 'imatrix') return 'This is an importance matrix for quantizing, not a model.';
  if (tensors.length === 0)
    return 'This file holds only a vocabulary and no weights; it is a test file of llama.cpp, not a model.';
  const causal = metadata[`${architecture}.attention.causal`];
  if (EMBEDDERS.test(architecture) || causal === false)
    return `This is an embedding model (${architecture}): it writes no text.`;
  if (PAINTERS.test(architecture))
    return `This is an image or audio model (${architecture}): it answers no questions.`;
  return impossibleLayers(header) ?? truncation(header);
}

/** LLAMA_MAX_LAYERS of llama.cpp (src/llama-hparams.h). */
const MOST_LAYERS = 512;

/** Plans make lists of the layers: two billion of them would end the program. */
function impossibleLayers({ metadata, architecture }: GgufHeader): string | null {
  const layers = metadata[`${architecture}.block_count`];
  if (layers === undefined) return null;
  return typeof layers === 'number' && Number.isInteger(layers) && layers >= 0 && layers <= MOST_LAYERS
    ? null
    : `The header of this file is damaged: it tells of ${String(layers)} layers, and no model that llama.cpp runs has more than ${MOST_LAYERS}; fetch it again.`;
}

const EMBEDDERS = /bert|^t5encoder$|^gemma-embedding$|^llama-embed$/;
const PAINTERS =
  /^(flux|sd1|sdxl|sd3|lumina2|wan|ltxv|hyvid|cosmos|aura|hidream|qwen_image|pig|wavtokenizer-dec|qwen3tts)$/;

/** Tensor data lies behind the header, so a file shorter than its tensors alone has lost its end. */
function truncation(header: GgufHeader): string | null {
  let bytes = 0;
  try {
    for (const tensor of header.tensors) bytes += tensorBytes(tensor.type, tensor.dimensions);
  } catch {
    // A tensor type that is newer than our table: the engine decides.
    return null;
  }
  if (bytes <= header.fileBytes) return null;
  const gigabytes = (n: number): string => `${(n / 1e9).toFixed(2)} GB`;
  return `This file is cut off: its header tells of ${gigabytes(bytes)} of weights, the file has ${gigabytes(header.fileBytes)}; fetch it again.`;
}

/**
 * What the file says of itself, unless that is plainly wrong: converters that requantize leave "F16" behind.
 * Then, and where it says nothing, the type that most weights have.
 */
function quantization(header: GgufHeader): string {
  const said = header.metadata['general.file_type'];
  const named = typeof said === 'number' ? FILE_TYPES[said % GUESSED] : undefined;
  const byFile = named === '-' ? undefined : named;
  const byTensors = mostWeights(header.tensors);
  const wide = new Set(['F32', 'F16', 'BF16']);
  const contradicts = byFile !== undefined && wide.has(byFile) && !wide.has(byTensors);
  return byFile === undefined || contradicts ? byTensors : byFile;
}

function mostWeights(tensors: readonly GgufTensor[]): string {
  const sums = new Map<string, number>();
  for (const tensor of tensors) sums.set(tensor.type, (sums.get(tensor.type) ?? 0) + elements(tensor));
  return [...sums].toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? 'unknown';
}

function vocabulary(header: GgufHeader, extras: ProbedExtras | null): number {
  const { metadata, architecture, tensors } = header;
  for (const value of [
    extras?.vocabulary,
    metadata['tokenizer.ggml.tokens.length'],
    metadata[`${architecture}.vocab_size`],
  ])
    if (typeof value === 'number' && value > 0) return value;
  return tensors.find((tensor) => tensor.name === 'token_embd.weight')?.dimensions[1] ?? 0;
}

function elements(tensor: GgufTensor): number {
  return tensor.dimensions.reduce((product, dimension) => product * dimension, 1);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
