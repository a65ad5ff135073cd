import { expect, test } from 'vitest';
import { parseBox } from '../../../src-main/domain/planning/cards.ts';
import { costOf, parsePrices, type Price } from '../../../src-main/domain/planning/cost.ts';
import { planModel, wishesFor } from '../../../src-main/domain/planning/plan-model.ts';
import {
  calibrateSpeed,
  estimateSpeed,
  rooflineOf,
  type Range,
} from '../../../src-main/domain/planning/speed.ts';
import {
  breakEvenPrompts,
  breakEvenRounds,
  timePhase,
  timeSchedule,
  type PhaseTime,
  type ScheduleTime,
} from '../../../src-main/domain/planning/time.ts';
import type { GuideModel } from '../../fixtures/gguf-headers.ts';
import { box, CARDS, header, PRICES } from './worlds.ts';

function speed(model: GuideModel, recipe: 'F16' | 'Q8_0' | 'Q4_K_M', on: string, sequences = 1) {
  const machine = box(on);
  const made = header(model, recipe);
  const phase = planModel(
    made,
    machine,
    wishesFor({ role: 'generate', modelId: '', modelName: '', sequences }),
  );
  return {
    phase,
    roofline: rooflineOf(phase, made, machine, CARDS),
    estimate: estimateSpeed(phase, made, machine, CARDS),
  };
}

// Catches: a roofline off by the units: one decode step reads all weights once.
test('decoding on one card is its bandwidth over the weights and half the cache', () => {
  const { roofline } = speed('Llama-3-8B', 'F16', 'RTX 4090');
  const card = CARDS.find((c) => c.name === 'RTX 4090');
  const bytes = 14315.02 * 2 ** 20;
  const expected = (card?.bandwidthBytesPerSecond ?? 0) / (bytes + 256 * 2 ** 20);
  expect(roofline.tokensPerSecond[1] / expected).toBeGreaterThan(0.98);
  expect(roofline.tokensPerSecond[1] / expected).toBeLessThan(1.02);
});

// Catches: ranges that leave out what people measure (published llama-bench runs of 512 to 1,024 tokens, 2023-12 and 2024-05).
test.each([
  ['RTX 3070', 'Llama-3-8B', 'Q4_K_M', 70.94, 2283.62],
  ['RTX 3080 10GB', 'Llama-3-8B', 'Q4_K_M', 106.4, 3557.02],
  ['RTX 4080', 'Llama-3-8B', 'F16', 40.29, 6758.9],
  ['RTX 3090', 'Llama-3-8B', 'Q4_K_M', 111.74, 3865.39],
  ['RTX 3090', 'Llama-3-8B', 'F16', 46.51, 4239.64],
  ['RTX 4090', 'Llama-3-8B', 'Q4_K_M', 127.74, 6898.71],
  ['RTX 4090', 'Llama-3-8B', 'F16', 54.34, 9056.26],
  ['2x RTX 3090', 'Llama-3.1-70B', 'Q4_K_M', 16.29, 393.89],
  ['2x RTX 4090', 'Llama-3.1-70B', 'Q4_K_M', 19.06, 905.38],
  ['A100 80GB', 'Llama-2-7b', 'F16', 73.83, 5105.77],
  ['H100 PCIe 80GB', 'Llama-2-7b', 'F16', 83.32, 7367],
  ['RTX A6000', 'Llama-2-7b', 'F16', 44.01, 3707.88],
  ['Apple M1 Max 64GB', 'Llama-3-8B', 'Q4_K_M', 34.49, 355.45],
  ['Apple M1 Max 64GB', 'Llama-3-8B', 'F16', 18.43, 418.77],
  ['Apple M2 Ultra 192GB', 'Llama-3-8B', 'Q4_K_M', 76.28, 1023.89],
  ['Apple M2 Ultra 192GB', 'Llama-3.1-70B', 'F16', 4.71, 145.82],
] as const)(
  '%s, %s %s: the published %d and %d tokens a second lie in the ranges',
  (on, model, recipe, decoding, prompts) => {
    const { estimate } = speed(model, recipe, on);
    expect(estimate.tokensPerSecond[0]).toBeLessThan(decoding);
    expect(estimate.tokensPerSecond[1]).toBeGreaterThan(decoding);
    expect(estimate.promptTokensPerSecond[0]).toBeLessThan(prompts);
    expect(estimate.promptTokensPerSecond[1]).toBeGreaterThan(prompts);
    expect(estimate.calibrated).toBe(false);
  },
);

// Catches: sequences that multiply the bytes read, or bring nothing.
test('several sequences share one reading of the weights', () => {
  const one = speed('Llama-3-8B', 'Q8_0', 'RTX 4090', 1).roofline.tokensPerSecond[1];
  const eight = speed('Llama-3-8B', 'Q8_0', 'RTX 4090', 8).roofline.tokensPerSecond[1];
  expect(eight / one).toBeGreaterThan(5);
  expect(eight / one).toBeLessThan(8);
});

// Catches: layers on the CPU that cost nothing.
test('layers left in RAM slow decoding down by a lot', () => {
  const whole = speed('Llama-3-8B', 'F16', 'RTX 4090').estimate.tokensPerSecond[1];
  const partial = speed('Llama-3-8B', 'F16', 'RTX 4060').estimate.tokensPerSecond[1];
  expect(whole / partial).toBeGreaterThan(3);
});

// Catches: a calibration that widens, or is not applied to the right kind of work.
test('what runs reached narrows the range around them', () => {
  const { phase, roofline } = speed('Llama-3-8B', 'Q8_0', 'RTX 4090');
  const measured = (share: number) => ({
    roofline,
    tokensPerSecond: roofline.tokensPerSecond[1] * share,
    promptTokensPerSecond: null,
  });
  const one = calibrateSpeed([measured(0.7)]);
  expect(one.decoding?.[0]).toBeCloseTo(0.525, 6);
  expect(one.prompts).toBeNull();
  const three = calibrateSpeed([measured(0.7), measured(0.72), measured(0.68)]);
  expect(three.decoding).toEqual([expect.closeTo(0.68, 6), expect.closeTo(0.72, 6)]);
  const machine = box('RTX 4090');
  const full = { ...three, prompts: [0.4, 0.5] as Range };
  const estimate = estimateSpeed(phase, header('Llama-3-8B', 'Q8_0'), machine, CARDS, full);
  expect(estimate.calibrated).toBe(true);
  expect(estimate.tokensPerSecond[0]).toBeCloseTo(roofline.tokensPerSecond[0] * 0.68, 6);
  expect(estimate.source).toContain('3 runs');
});

const phaseTime = (load: Range, each: Range, prompts: number): PhaseTime => ({
  role: 'judge',
  modelName: 'J',
  loadSeconds: load,
  workSeconds: [each[0] * prompts, each[1] * prompts],
  perPromptSeconds: each,
});

// Catches: prompts and written tokens mixed up; low and high swapped.
test('a phase takes what reading and writing take', () => {
  const { phase } = speed('Llama-3.2-1B', 'F16', 'RTX 4090');
  const time = timePhase(
    phase,
    2.5e9,
    { prompts: 10, promptTokens: 1000, newTokens: 500 },
    {
      promptTokensPerSecond: [100, 1000],
      tokensPerSecond: [10, 50],
      calibrated: false,
      source: '',
    },
  );
  expect(time.workSeconds).toEqual([1 + 10, 10 + 50]);
  expect(time.perPromptSeconds).toEqual([1.1, 6]);
  expect(time.loadSeconds[0]).toBeCloseTo(1 + 0.5, 6);
});

test('in turn times add up, on cards of their own the slower decides', () => {
  const phases = [phaseTime([2, 4], [1, 2], 10), phaseTime([3, 5], [3, 4], 10)];
  expect(timeSchedule('sequential', phases).totalSeconds).toEqual([2 + 3 + 10 + 30, 4 + 5 + 20 + 40]);
  expect(timeSchedule('split', phases).totalSeconds).toEqual([3 + 30, 5 + 40]);
});

const schedule = (fixed: number, each: number): ScheduleTime => ({
  schedule: 'sequential',
  phases: [],
  fixedSeconds: [fixed, fixed],
  perPromptSeconds: [each, each],
  totalSeconds: [fixed, fixed],
});

// Catches: a break-even with the wrong sign, or a division by nothing.
test('break-even is where the dearer start is paid back', () => {
  expect(breakEvenPrompts(schedule(10, 2), schedule(40, 1.5))).toBe(60);
  expect(breakEvenPrompts(schedule(10, 2), schedule(5, 1))).toBe(0);
  expect(breakEvenPrompts(schedule(10, 1), schedule(40, 2))).toBeNull();
  expect(breakEvenPrompts(schedule(10, 1), schedule(10, 1))).toBe(0);
  expect(breakEvenRounds(schedule(30, 1), schedule(30, 1), 100)).toBe(1);
  expect(breakEvenRounds(schedule(30, 1), schedule(30, 1.5), 100)).toBe(3);
  expect(breakEvenRounds(schedule(0, 1), schedule(0, 1), 100)).toBeNull();
});

const offer = (provider: string, card: string, count: number, usdPerHour: number): Price => ({
  provider,
  card,
  count,
  usdPerHour,
  date: '2026-01-01',
  source: 'test',
});

// Catches: a machine of eight cards charged for one, or at an eighth; cards of two kinds priced as one.
test('cost is whole machines by the hour, of the size needed where it is sold', () => {
  const cards = parseBox('2x A100 40GB', CARDS).cards;
  const prices = [
    offer('a', 'A100 40GB', 1, 2),
    offer('b', 'A100 40GB', 8, 12),
    offer('c', 'RTX 4090', 1, 0.3),
  ];
  expect(costOf(cards, [3600, 7200], prices)?.usd).toEqual([4, 8]);
  expect(costOf(cards, [3600, 3600], prices.slice(1))?.usd).toEqual([12, 12]);
  expect(costOf(parseBox('RTX 4090 + A100 40GB', CARDS).cards, [1, 1], prices)).toBeNull();
  expect(costOf([], [1, 1], prices)).toBeNull();
  expect(costOf(parseBox('RTX 4060', CARDS).cards, [1, 1], prices)).toBeNull();
});

// Catches: a price without date or source, or of a card that the catalogue does not have.
test('every price is dated, sourced and for a card of the catalogue', () => {
  expect(PRICES.length).toBeGreaterThanOrEqual(15);
  for (const price of PRICES) {
    expect(price.date).toMatch(/^20\d\d-\d\d-\d\d$/);
    expect(price.source.length).toBeGreaterThan(10);
    expect(CARDS.map((c) => c.name)).toContain(price.card);
  }
  expect(() => parsePrices({ prices: [{ provider: 'x' }] })).toThrow('prices[0]: "card"');
});
