import type { GgufHeader, ModelFile } from '../../../src-main/domain/model.ts';
import { llamaHeader } from '../../../src-main/domain/planning/guide/llama-header.ts';
import { RECIPES, requantize } from '../../../src-main/domain/planning/requantize.ts';

interface Widths {
  readonly embedding: number;
  readonly heads: number;
  readonly headsKv: number;
  readonly feedForward: number;
  readonly vocabulary: number;
  readonly tied: boolean;
}

const WIDTHS: Readonly<Record<string, Widths>> = {
  'llama 16': widths(2048, 32, 8, 8192, 128_256, true),
  'llama 30': widths(576, 9, 3, 1536, 49_152, true),
  'llama 32': widths(4096, 32, 8, 14_336, 128_256, false),
  // No grouped-query attention: its cache is four times as large.
  'llama 32 of 2': widths(4096, 32, 32, 11_008, 32_000, false),
  'llama 80': widths(8192, 64, 8, 28_672, 128_256, false),
  'gemma3 48': widths(3840, 16, 8, 15_360, 262_144, true),
  'qwen2 64': widths(5120, 40, 8, 27_648, 152_064, false),
};

function widths(
  embedding: number,
  heads: number,
  headsKv: number,
  feedForward: number,
  vocabulary: number,
  tied: boolean,
): Widths {
  return { embedding, heads, headsKv, feedForward, vocabulary, tied };
}

/** A header of about the file's size, all of them Llama-shaped: enough to plan with. Null for a file that cannot be read. */
export function headerOf({ name, facts, problem }: ModelFile): GgufHeader | null {
  if (facts === null || problem !== null) return null;
  const { architecture, layers, contextTrained, quantization } = facts;
  const second = /llama-2/i.test(name) ? ' of 2' : '';
  const shape = WIDTHS[`${architecture} ${layers}${second}`];
  if (shape === undefined) return null;
  const whole = llamaHeader({
    id: name,
    name,
    layers,
    ...shape,
    contextTrained: contextTrained ?? 4096,
    ropeFactors: false,
    headerBytes: 8_000_000,
    source: 'stand-in',
  });
  const recipe = RECIPES.find((known) => known === quantization);
  return recipe === undefined || recipe === 'F16' ? whole : requantize(whole, recipe);
}
