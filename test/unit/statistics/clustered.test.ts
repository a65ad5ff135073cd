import { describe, expect, test } from 'vitest';
import { bootstrapMean, bootstrapMeanSteps } from '../../../src-main/domain/statistics/bootstrap.ts';
import { midranks } from '../../../src-main/domain/statistics/checks.ts';
import { clusteredAuroc } from '../../../src-main/domain/statistics/clustered-roc.ts';
import { createRandom } from '../../../src-main/domain/statistics/random.ts';
import { aurocEstimate } from '../../../src-main/domain/statistics/roc.ts';

function sample(n: number, seed: number): { scores: number[]; positive: boolean[] } {
  const random = createRandom(seed);
  const positive = Array.from({ length: n }, () => random.next() < 0.4);
  return { positive, scores: positive.map((p) => Math.round((random.next() + (p ? 0.4 : 0)) * 20) / 20) };
}

describe('AUROC of clustered rows', () => {
  test('is DeLong’s when every cluster is one row', () => {
    const { scores, positive } = sample(80, 3);
    const delong = aurocEstimate(scores, positive);
    const clustered = clusteredAuroc(
      scores,
      positive,
      scores.map((_, i) => i),
    );
    expect(clustered?.value).toBeCloseTo(delong?.value ?? 0, 12);
    expect(clustered?.standardError).toBeCloseTo(delong?.standardError ?? 0, 12);
  });

  test('copies of a row teach nothing: the error stays that of the rows without copies', () => {
    const { scores, positive } = sample(60, 5);
    const copied = <T>(list: readonly T[]): T[] => list.flatMap((value) => [value, value, value]);
    const once = clusteredAuroc(
      scores,
      positive,
      scores.map((_, i) => i),
    );
    const thrice = clusteredAuroc(copied(scores), copied(positive), copied(scores.map((_, i) => i)));
    expect(thrice?.standardError).toBeCloseTo(once?.standardError ?? 0, 10);
    const naive = aurocEstimate(copied(scores), copied(positive));
    expect(naive?.standardError).toBeLessThan((once?.standardError ?? 0) * 0.65);
  });

  test('rows of a class in one cluster only have no interval', () => {
    expect(clusteredAuroc([1, 2, 3, 4], [true, true, false, false], [1, 1, 2, 3])).toBeNull();
  });
});

test('a bootstrap in steps draws what it draws at once', () => {
  const values = Array.from({ length: 900 }, (_, i) => Number(i % 3 === 0));
  const clusters = values.map((_, i) => Math.floor(i / 3));
  const steps = bootstrapMeanSteps(values, clusters, { seed: 4 });
  let count = 0;
  let next = steps.next();
  while (next.done !== true) {
    count += 1;
    next = steps.next();
  }
  expect(count).toBeGreaterThan(1);
  expect(next.value).toEqual(bootstrapMean(values, clusters, { seed: 4 }));
});

test('midranks share the mean of their places, whatever the order and the signs', () => {
  expect(midranks([3, -1, 3, 0, -0, 3])).toEqual([5, 1, 5, 2.5, 2.5, 5]);
  expect(midranks([])).toEqual([]);
  expect(midranks(Array.from({ length: 5000 }, () => 7))[0]).toBe(2500.5);
});
