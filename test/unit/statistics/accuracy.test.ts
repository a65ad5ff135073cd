import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accuracyOf } from '../../../src-main/domain/statistics/accuracy.ts';
import {
  binomialCdf,
  chiSquareTail,
  criticalZ,
  logGamma,
  normalCdf,
  normalQuantile,
} from '../../../src-main/domain/statistics/distributions.ts';
import {
  createRandom,
  hashText,
  permutation,
  seededOrder,
} from '../../../src-main/domain/statistics/random.ts';
import { wilson } from '../../../src-main/domain/statistics/wilson.ts';
import { VERDICTS } from '../../../src-main/domain/verdict.ts';

describe('Wilson interval', () => {
  // Golden values of judging.md section 6; the last two rows from statsmodels 0.15.0,
  // proportion_confint(k, n, alpha, method='wilson').
  test.each([
    [17, 20, 0.95, 0.63958, 0.94763],
    [5, 5, 0.95, 0.56552, 1],
    [365, 400, 0.95, 0.88074, 0.93641],
    [2039, 3200, 0.95, 0.6204, 0.6537],
    [0, 9, 0.95, 0, 0.299145048],
    [3, 1000, 0.99, 0.0007581, 0.0117935],
  ])('%d of %d at %d', (k, n, level, low, high) => {
    const interval = wilson(k, n, level);
    const digits = low === 0.6204 ? 4 : 5;
    expect(interval?.low).toBeCloseTo(low, digits);
    expect(interval?.high).toBeCloseTo(high, digits);
  });

  test('nothing counted has no share; impossible counts are refused', () => {
    expect(wilson(0, 0)).toBeNull();
    expect(() => wilson(3, 2)).toThrow(RangeError);
    expect(() => wilson(1, 2, 95)).toThrow(/between 0 and 1/);
  });

  test('stays within [0, 1] and holds the share', () => {
    fc.assert(
      fc.property(fc.nat(5000), fc.nat(5000), (k, more) => {
        fc.pre(k + more > 0);
        const interval = wilson(k, k + more);
        const { value, low, high } = interval ?? { value: -1, low: 0, high: 0 };
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low).toBeLessThanOrEqual(value);
        expect(high).toBeGreaterThanOrEqual(value);
      }),
    );
  });
});

describe('accuracy', () => {
  test('unparsed, errors and skipped rows are in the denominators said, never in the accuracy', () => {
    const all = accuracyOf(['correct', 'correct', 'correct', 'incorrect', ...VERDICTS]);
    expect(all).toMatchObject({ total: 10, scored: 6, unscored: 4 });
    expect(all.accuracy?.value).toBeCloseTo(4 / 6, 12);
    expect(all.accuracyOfJudged?.value).toBeCloseTo(4 / 7, 12);
    expect(accuracyOf(all.counts)).toEqual(all);
  });

  test('nothing scored is null, not zero', () => {
    expect(accuracyOf(['unparsed', 'error']).accuracy).toBeNull();
  });
});

// Golden values from scipy 1.17.1: stats.norm.cdf/ppf, stats.chi2.sf, stats.binom.cdf, special.gammaln.
describe('distributions', () => {
  test.each([
    [0, 0.5],
    [1.96, 0.9750021048517795],
    [-3.5, 0.00023262907903552502],
    [-9, 1.1285884059538324e-19],
  ])('normal cdf at %d', (z, p) => {
    expect(normalCdf(z) / p).toBeCloseTo(1, 12);
  });

  test.each([
    [0.975, 1.959963984540054],
    [0.5, 0],
    [1e-9, -5.9978070150076865],
    [0.8, 0.8416212335729143],
  ])('normal quantile at %d', (p, z) => {
    expect(normalQuantile(p)).toBeCloseTo(z, 10);
  });

  test('χ², binomial, ln Γ', () => {
    expect(chiSquareTail(8.8333, 1)).toBeCloseTo(0.002957830402303884, 14);
    expect(binomialCdf(30, 63, 0.5)).toBeCloseTo(0.40065324625203314, 12);
    expect(logGamma(0.1)).toBeCloseTo(2.252712651734206, 12);
    expect(logGamma(1500.5)).toBeCloseTo(9470.74949139088, 8);
    expect(criticalZ(0.9)).toBeCloseTo(1.6448536269514722, 10);
  });
});

describe('random numbers', () => {
  test('one seed, one stream; neighbouring seeds, other streams', () => {
    const draw = (seed: number): number[] => {
      const random = createRandom(seed);
      return Array.from({ length: 5 }, () => random.next());
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(draw(0)).not.toEqual(draw(2 ** 32));
  });

  test('are uniform: each of 16 bins of 160000 draws within five standard deviations', () => {
    const random = createRandom(42);
    const bins = Array.from({ length: 16 }, () => 0);
    for (let i = 0; i < 160_000; i += 1) {
      const bin = random.int(16);
      bins[bin] = (bins[bin] ?? 0) + 1;
    }
    const sd = Math.sqrt(160_000 * (1 / 16) * (15 / 16));
    for (const count of bins) expect(Math.abs(count - 10_000)).toBeLessThan(5 * sd);
  });

  test('a permutation holds each index once', () => {
    expect(permutation(100, createRandom(3)).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 100 }, (_, i) => i),
    );
  });

  test('an order by seed survives moved rows, and a sample survives appended ones', () => {
    const items = Array.from({ length: 200 }, (_, i) => `question ${i}`);
    const order = seededOrder(items, (item) => item, 5);
    expect(seededOrder(items.toReversed(), (item) => item, 5)).toEqual(order);
    expect(order).not.toEqual(items);
    expect(hashText('question 1', 5)).not.toBe(hashText('question 1', 6));
    const grown = seededOrder([...items, 'one more'], (item) => item, 5);
    expect(grown.filter((item) => item !== 'one more')).toEqual(order);
  });
});
