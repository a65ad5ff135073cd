import { expect, test } from 'vitest';
import { fitCell } from '../../../src-main/domain/planning/matrix.ts';
import { wishesFor } from '../../../src-main/domain/planning/plan-model.ts';
import type { GuideModel } from '../../fixtures/gguf-headers.ts';
import { box, GIB, header, MIB, GUIDE_NAMES } from './worlds.ts';

/** GiB of weights, cache and compute buffer on one CUDA card, full offload, FA on, batch 512 (fit.md, section 3). */
const PUBLISHED: Readonly<Record<GuideModel, Readonly<Record<string, readonly [number, number, number]>>>> = {
  'Llama-3.2-1B': {
    2048: [1.06, 1.53, 2.61],
    4096: [1.12, 1.6, 2.68],
    8192: [1.24, 1.72, 2.8],
    32768: [1.99, 2.47, 3.55],
  },
  'Llama-3-8B': { 2048: [4.8, 7.93, 14.48], 4096: [5.05, 8.18, 14.73], 8192: [5.55, 8.68, 15.23] },
  'Llama-2-7b': { 2048: [4.8, 7.61, 13.38], 4096: [5.8, 8.61, 14.38] },
  'Llama-3.1-70B': {
    2048: [39.93, 69.66, 130.35],
    4096: [40.55, 70.29, 130.97],
    8192: [41.8, 71.54, 132.22],
    32768: [49.3, 79.04, 139.72],
  },
  'Llama-2-70b': { 2048: [39.14, 68.7, 128.69], 4096: [39.77, 69.33, 129.32] },
};

const RECIPES = ['Q4_K_M', 'Q8_0', 'F16'] as const;
const BOXES = ['8GB', '24GB', '40GB', '80GB', '2x40GB', '2x80GB'] as const;

function cell(model: GuideModel, recipe: (typeof RECIPES)[number], on: string, contextPerSequence: number) {
  return fitCell(
    header(model, recipe),
    box(on),
    wishesFor({ role: 'judge', modelId: '', modelName: '', contextPerSequence }),
  );
}

/** fit.md counts only the logits as Llama-2's compute buffer; its feed-forward is larger (see published-figures.test.ts). */
const LOW: Readonly<Partial<Record<GuideModel, number>>> = { 'Llama-2-7b': 0.03, 'Llama-2-70b': 0.15 };

/** The driver's context, which the published totals leave out. */
const DRIVER_GIB = 0.38;

// Catches: any component wrong by more than rounding, for the guide's five models, three files and all contexts.
test.each(GUIDE_NAMES)('%s: totals on one card are the published ones', (model) => {
  for (const [context, totals] of Object.entries(PUBLISHED[model])) {
    RECIPES.forEach((recipe, i) => {
      const used = cell(model, recipe, '200GB', Number(context)).usedBytes / GIB - DRIVER_GIB;
      const published = totals[i] ?? 0;
      expect(used, `${recipe} ${context}`).toBeGreaterThan(published - 0.02);
      expect(used, `${recipe} ${context}`).toBeLessThan(published + 0.03 + (LOW[model] ?? 0));
    });
  }
});

/** What follows from those totals at 4,096 tokens: the quantizations that a box takes whole. */
const FITS: Readonly<Record<GuideModel, Readonly<Record<(typeof BOXES)[number], readonly string[]>>>> = {
  'Llama-3.2-1B': {
    '8GB': ['Q4_K_M', 'Q8_0', 'F16'],
    '24GB': ['Q4_K_M', 'Q8_0', 'F16'],
    '40GB': ['Q4_K_M', 'Q8_0', 'F16'],
    '80GB': ['Q4_K_M', 'Q8_0', 'F16'],
    '2x40GB': ['Q4_K_M', 'Q8_0', 'F16'],
    '2x80GB': ['Q4_K_M', 'Q8_0', 'F16'],
  },
  'Llama-3-8B': {
    '8GB': ['Q4_K_M'],
    '24GB': ['Q4_K_M', 'Q8_0', 'F16'],
    '40GB': ['Q4_K_M', 'Q8_0', 'F16'],
    '80GB': ['Q4_K_M', 'Q8_0', 'F16'],
    '2x40GB': ['Q4_K_M', 'Q8_0', 'F16'],
    '2x80GB': ['Q4_K_M', 'Q8_0', 'F16'],
  },
  'Llama-2-7b': {
    '8GB': ['Q4_K_M'],
    '24GB': ['Q4_K_M', 'Q8_0', 'F16'],
    '40GB': ['Q4_K_M', 'Q8_0', 'F16'],
    '80GB': ['Q4_K_M', 'Q8_0', 'F16'],
    '2x40GB': ['Q4_K_M', 'Q8_0', 'F16'],
    '2x80GB': ['Q4_K_M', 'Q8_0', 'F16'],
  },
  'Llama-3.1-70B': {
    '8GB': [],
    '24GB': [],
    '40GB': [],
    '80GB': ['Q4_K_M', 'Q8_0'],
    '2x40GB': ['Q4_K_M', 'Q8_0'],
    '2x80GB': ['Q4_K_M', 'Q8_0', 'F16'],
  },
  'Llama-2-70b': {
    '8GB': [],
    '24GB': [],
    '40GB': [],
    '80GB': ['Q4_K_M', 'Q8_0'],
    '2x40GB': ['Q4_K_M', 'Q8_0'],
    '2x80GB': ['Q4_K_M', 'Q8_0', 'F16'],
  },
};

// Catches: a model that is called a fit and is none, or the reverse, on any box of the guide.
test.each(GUIDE_NAMES)('%s fits the guide’s boxes as its totals say', (model) => {
  for (const name of BOXES) {
    const fitting = RECIPES.filter((recipe) => cell(model, recipe, name, 4096).verdict !== 'no');
    expect(fitting, name).toEqual(FITS[model][name]);
  }
});

// Catches: the sentences of fit.md that a person would act on.
test('the consequences for the guide that fit.md draws', () => {
  expect(cell('Llama-3-8B', 'Q8_0', '8GB', 2048).verdict).toBe('no');
  expect(cell('Llama-3.1-70B', 'Q4_K_M', '40GB', 2048).verdict).toBe('no');
  expect(cell('Llama-3.1-70B', 'Q4_K_M', '2x RTX 4090', 16384).verdict).not.toBe('no');
  expect(cell('Llama-3.1-70B', 'Q4_K_M', '2x RTX 4090', 32768).verdict).toBe('no');
  const llama2 = cell('Llama-2-7b', 'Q4_K_M', '24GB', 4096).usedBytes;
  expect(llama2).toBeGreaterThan(cell('Llama-3-8B', 'Q4_K_M', '24GB', 4096).usedBytes);
});

// Catches: a no without how many layers would fit, or a count that does not fit.
test('a no says how many layers fit, and how much is missing', () => {
  const missing = cell('Llama-3.1-70B', 'Q4_K_M', 'RTX 4090', 4096);
  expect(missing.layersThatFit).toBeGreaterThan(40);
  expect(missing.layersThatFit).toBeLessThan(50);
  expect(missing.marginBytes).toBeLessThan(-17_000 * MIB);
});
