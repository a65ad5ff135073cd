import { expect, test } from 'vitest';
import { wishesFor } from '../../../src-main/domain/planning/plan-model.ts';
import {
  chooseQuantization,
  isQuantizedFile,
  ladder,
  qualityNote,
  recipeOfHeader,
  type QuantizedFile,
} from '../../../src-main/domain/planning/quantization.ts';
import { bitsPerWeight, RECIPES, requantize } from '../../../src-main/domain/planning/requantize.ts';
import type { GuideModel } from '../../fixtures/gguf-headers.ts';
import { box, header, QUALITY, GUIDE_NAMES } from './worlds.ts';

// Catches: a rule of the quantizer forgotten: a tensor with the wrong type, bytes off.
test.each(GUIDE_NAMES)('%s quantized by rule has the types of the published files', (model) => {
  for (const recipe of ['Q8_0', 'Q6_K', 'Q5_K_M', 'Q4_K_M'] as const) {
    const made = requantize(header(model, 'F16'), recipe);
    const published = new Map(header(model, recipe).tensors.map((t) => [t.name, t.type]));
    for (const tensor of made.tensors) {
      expect(`${tensor.name} ${tensor.type}`).toBe(`${tensor.name} ${published.get(tensor.name)}`);
    }
  }
});

// Catches: a recipe whose size is not what the table says it is.
test('bits per weight of the ladder are those of llama.cpp’s own table', () => {
  const full = header('Llama-3-8B', 'F16');
  for (const row of QUALITY.quantizations) {
    const recipe = RECIPES.find((r) => r === row.recipe);
    expect(recipe, row.recipe).toBeDefined();
    if (recipe !== undefined) {
      // The table's IQ files used an importance matrix, which saves a little more than the rule without one.
      const ratio = bitsPerWeight(requantize(full, recipe)) / row.bitsPerWeight;
      expect(ratio, recipe).toBeGreaterThan(0.998);
      expect(ratio, recipe).toBeLessThan(recipe.startsWith('IQ') ? 1.04 : 1.003);
    }
  }
});

function file(model: GuideModel, recipe: 'F16' | 'Q8_0' | 'Q4_K_M', atHand = true): QuantizedFile {
  const made = header(model, recipe);
  return { recipe, modelId: `${model}-${recipe}`, modelName: `${model} ${recipe}`, header: made, atHand };
}

// Catches: a ladder out of order, files at hand lost, or made twice.
test('the ladder goes down, files at hand among those by rule', () => {
  const steps = ladder([file('Llama-3-8B', 'Q4_K_M'), file('Llama-3-8B', 'F16')]);
  expect(steps.map((s) => s.recipe)).toEqual([...RECIPES]);
  const sizes = steps.map((s) => s.header.fileBytes);
  expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
  expect(steps.filter((s) => s.atHand).map((s) => s.recipe)).toEqual(['F16', 'Q4_K_M']);
  expect(ladder([])).toEqual([]);
});

// Catches: the best file that fits missed, or one that only fits partly taken.
test.each([
  ['RTX 4090', 'F16'],
  ['RTX 3060 12GB', 'Q8_0'],
  ['RTX 4060', 'Q6_K'],
  ['RTX 3060 Laptop', 'Q4_K_M'],
])('on %s the best 8B that fits whole is %s', (name, recipe) => {
  const choice = chooseQuantization(
    ladder([file('Llama-3-8B', 'F16')]),
    box(name),
    wishesFor({ role: 'judge', modelId: '', modelName: '' }),
    QUALITY,
  );
  expect(choice?.file.recipe).toBe(recipe);
  expect(choice?.basis).toBe(recipe === 'F16' ? 'exact' : 'computed');
  expect(choice?.quality?.recipe).toBe(recipe);
  expect(choice?.phase.settings.gpuLayers).toBe(choice?.phase.totalLayers);
});

// Catches: a file that is on the CPU in secret called a fit.
test('nothing fits a card that is too small for all', () => {
  const wishes = wishesFor({ role: 'judge', modelId: '', modelName: '' });
  const files = ladder([file('Llama-3.1-70B', 'F16')]);
  expect(chooseQuantization(files, box('RTX 4060'), wishes, null)).toBeNull();
  const onCpu = chooseQuantization(files, box('cpu', 64), wishes, null);
  expect(onCpu?.phase.settings.backend).toBe('cpu');
  expect(onCpu?.file.recipe).not.toBe('F16');
});

test('what a file was made with is read from its types', () => {
  for (const recipe of ['F16', 'Q8_0', 'Q4_K_M'] as const) {
    expect(recipeOfHeader(header('Llama-3-8B', recipe))).toBe(recipe);
  }
  expect(isQuantizedFile(header('Llama-3-8B', 'F16'))).toBe(false);
  expect(isQuantizedFile(header('Llama-3-8B', 'Q8_0'))).toBe(true);
});

test('what a step costs is said with its source and date', () => {
  const note = qualityNote('Q4_K_M', QUALITY);
  expect(note).toContain('Llama-3-8B');
  expect(note).toContain(QUALITY.date);
  expect(qualityNote('Q9_9', QUALITY)).toBeNull();
});
