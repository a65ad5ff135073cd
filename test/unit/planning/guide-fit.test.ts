import { expect, test } from 'vitest';
import { fitCell } from '../../../src-main/domain/planning/matrix.ts';
import { wishesFor } from '../../../src-main/domain/planning/plan-model.ts';
import type { GuideModel } from '../../fixtures/gguf-headers.ts';
import { BOXES, FITS, LOW, PUBLISHED, RECIPES } from './published.ts';
import { box, GIB, header, MIB, GUIDE_NAMES } from './worlds.ts';

function cell(model: GuideModel, recipe: (typeof RECIPES)[number], on: string, contextPerSequence: number) {
  return fitCell(
    header(model, recipe),
    box(on),
    wishesFor({ role: 'judge', modelId: '', modelName: '', contextPerSequence }),
  );
}

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
