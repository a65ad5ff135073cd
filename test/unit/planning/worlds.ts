import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Machine } from '../../../src-main/domain/hardware.ts';
import { boxMachine, parseBox, parseCards, type Card } from '../../../src-main/domain/planning/cards.ts';
import type { TokenCounts } from '../../../src-main/domain/planning/context.ts';
import { parsePrices, type Price } from '../../../src-main/domain/planning/cost.ts';
import type { PlannedModel } from '../../../src-main/domain/planning/plan-experiment.ts';
import { parseQualities, type QualityTable } from '../../../src-main/domain/planning/quantization.ts';
import { guideSpec, headerOf, type GuideModel, type Recipe } from '../../fixtures/gguf-headers.ts';

export const MIB = 2 ** 20;
export const GIB = 2 ** 30;

function catalogue(name: string): unknown {
  return JSON.parse(readFileSync(resolve('resources/catalogue', `${name}.json`), 'utf8'));
}

export { catalogue };

export const CARDS: readonly Card[] = parseCards(catalogue('cards'));
export const PRICES: readonly Price[] = parsePrices(catalogue('prices'));
export const QUALITY: QualityTable = parseQualities(catalogue('quantizations'));

/** A machine with the cards of the catalogue, all free. */
export function box(name: string, ramGib = 256): Machine {
  return boxMachine(parseBox(name, CARDS), { ramBytes: ramGib * GIB, physicalCores: 16, at: 1 });
}

export function header(model: GuideModel, recipe: Recipe) {
  return headerOf(guideSpec(model, recipe));
}

/** Prompts that are all of one length. */
export function prompts(count: number, tokens: number): TokenCounts {
  return { count, p50: tokens, p99: tokens, max: tokens, total: count * tokens };
}

export function planned(model: GuideModel, recipe: Recipe, rest: Partial<PlannedModel> = {}): PlannedModel {
  return {
    modelId: `${model}-${recipe}`,
    modelName: `${model} ${recipe}`,
    header: header(model, recipe),
    prompts: null,
    newTokens: 64,
    wishes: { contextPerSequence: 4096, sequences: 1 },
    ...rest,
  };
}

export const GUIDE_NAMES: readonly GuideModel[] = [
  'Llama-3.2-1B',
  'Llama-3-8B',
  'Llama-2-7b',
  'Llama-3.1-70B',
  'Llama-2-70b',
];
