import type { Machine } from '../hardware.ts';
import { blockLayout } from '../memory/ggml-types.ts';
import type { GgufHeader } from '../model.ts';
import type { Basis, PlanPhase } from '../plan.ts';
import { PlainReader } from './parsing.ts';
import { loads, planModel, type ModelWishes } from './plan-model.ts';
import { RECIPES, requantize, type Recipe } from './requantize.ts';

/** What a quantization costs, measured on one model by llama.cpp's own tool, or here on this judge. */
export interface QuantizationQuality {
  readonly recipe: string;
  readonly bitsPerWeight: number;
  /** Rise in perplexity against FP16. */
  readonly perplexityIncrease: number;
  readonly klDivergence: number;
  /** Mean change of the probability of the right token, percent. */
  readonly meanProbabilityChangePercent: number;
}

export interface QualityTable {
  readonly source: string;
  readonly date: string;
  readonly model: string;
  readonly quantizations: readonly QuantizationQuality[];
}

/** resources/catalogue/quantizations.json. Throws a sentence that names the entry. */
export function parseQualities(value: unknown): QualityTable {
  const reader = new PlainReader(value, 'The table of quantizations');
  return {
    source: reader.text('source'),
    date: reader.text('date'),
    model: reader.text('model'),
    quantizations: reader.list('quantizations', (row) => ({
      recipe: row.text('recipe'),
      bitsPerWeight: row.number('bitsPerWeight', 0),
      perplexityIncrease: row.number('perplexityIncrease', -Infinity),
      klDivergence: row.number('klDivergence', 0),
      meanProbabilityChangePercent: row.number('meanProbabilityChangePercent', -Infinity),
    })),
  };
}

/** A file to choose from: one at hand, or one that would have to be made or downloaded. */
export interface QuantizedFile {
  readonly recipe: string;
  readonly modelId: string;
  readonly modelName: string;
  readonly header: GgufHeader;
  /** False for a header made by the rules of the quantizer. */
  readonly atHand: boolean;
}

export interface QuantizationChoice {
  readonly file: QuantizedFile;
  readonly phase: PlanPhase;
  /** How sure the sizes are: read from a file, or made by rule. */
  readonly basis: Extract<Basis, 'exact' | 'computed'>;
  readonly quality: QuantizationQuality | null;
}

const QUANTIZED_TYPE = /^(q|iq|tq|mxfp|nvfp)/i;

/** The recipe a file was made with, from its most frequent matrix type: "Q4_K" for Q4_K_M as well. */
export function recipeOfHeader(header: GgufHeader): string {
  const elements = new Map<string, number>();
  for (const tensor of header.tensors) {
    if (tensor.dimensions.length > 1) {
      const count = tensor.dimensions.reduce((product, n) => product * n, 1);
      elements.set(tensor.type, (elements.get(tensor.type) ?? 0) + count);
    }
  }
  const [type] = [...elements].toSorted((a, b) => b[1] - a[1])[0] ?? ['F16'];
  return RECIPES.find((recipe) => recipe === type || recipe === `${type}_M`) ?? type;
}

/** Whether smaller files can be made of this one: quantizing again what is quantized already loses more. */
export function isQuantizedFile(header: GgufHeader): boolean {
  return header.tensors.some(
    (t) => t.dimensions.length > 1 && QUANTIZED_TYPE.test(t.type) && blockLayout(t.type).elements > 1,
  );
}

/** Every step of the ladder for a model: files at hand where there are some, headers by rule for the rest. */
export function ladder(atHand: readonly QuantizedFile[]): QuantizedFile[] {
  const [first] = atHand;
  if (first === undefined) {
    return [];
  }
  const rest = RECIPES.filter((recipe) => !atHand.some((file) => file.recipe === recipe));
  const made = rest.map((recipe) => byRule(first, recipe));
  const rank = (file: QuantizedFile): number => {
    const at = RECIPES.findIndex((recipe) => recipe === file.recipe);
    return at === -1 ? RECIPES.length : at;
  };
  return [...atHand, ...made].toSorted((a, b) => rank(a) - rank(b));
}

function byRule(file: QuantizedFile, recipe: Recipe): QuantizedFile {
  return {
    recipe,
    modelId: file.modelId,
    modelName: `${file.modelName.replace(/[-. ]?(I?Q\d\w*|F16|BF16|F32)$/i, '')} ${recipe}`,
    header: requantize(file.header, recipe),
    atHand: false,
  };
}

/**
 * The best file that fits whole on the GPUs (or in RAM when there are none), best first along the ladder. Files at hand come before
 * files by rule of the same step. Null when none fits.
 */
export function chooseQuantization(
  files: readonly QuantizedFile[],
  machine: Machine,
  wishes: ModelWishes,
  table: QualityTable | null,
): QuantizationChoice | null {
  for (const file of files) {
    const phase = planModel(file.header, machine, {
      ...wishes,
      modelId: file.modelId,
      modelName: file.modelName,
    });
    const whole = phase.settings.backend === 'cpu' || phase.settings.gpuLayers === phase.totalLayers;
    const cpuInstead =
      phase.settings.backend === 'cpu' && machine.gpus.some((g) => !g.software) && wishes.backend !== 'cpu';
    if (loads(phase) && whole && !cpuInstead) {
      return {
        file,
        phase,
        basis: file.atHand ? 'exact' : 'computed',
        quality: table?.quantizations.find((q) => q.recipe === file.recipe) ?? null,
      };
    }
  }
  return null;
}

/** What a step down the ladder is expected to cost, as a sentence with its source; null when the table does not say. */
export function qualityNote(recipe: string, table: QualityTable): string | null {
  const row = table.quantizations.find((q) => q.recipe === recipe);
  if (row === undefined) {
    return null;
  }
  const change = row.meanProbabilityChangePercent;
  return (
    `${recipe}: perplexity +${row.perplexityIncrease.toFixed(3)}, the right token ${Math.abs(change).toFixed(2)} % ` +
    `${change < 0 ? 'less' : 'more'} probable on average (${table.model}; ${table.source}, ${table.date}). ` +
    'What it costs this judge is measured by a report card.'
  );
}
