import { describe, expect, test } from 'vitest';
import edges from '../../fixtures/statistics/edges.json' with { type: 'json' };
import { cohenKappa } from '../../../src-main/domain/statistics/agreement.ts';
import { bootstrapMean, clusterBootstrap } from '../../../src-main/domain/statistics/bootstrap.ts';
import { variance } from '../../../src-main/domain/statistics/checks.ts';
import { clusteredAuroc } from '../../../src-main/domain/statistics/clustered-roc.ts';
import { predictionPowered } from '../../../src-main/domain/statistics/corrected.ts';
import { correlationEstimate, pearson } from '../../../src-main/domain/statistics/correlation.ts';
import { binomialCdf } from '../../../src-main/domain/statistics/distributions.ts';
import { lengthBias, lengthSlope } from '../../../src-main/domain/statistics/length-bias.ts';
import { roganGladen } from '../../../src-main/domain/statistics/rogan-gladen.ts';
import { weighted } from '../../../src-main/domain/statistics/panels.ts';
import { aurocBounds, aurocEstimate, rocCurve, softAuroc } from '../../../src-main/domain/statistics/roc.ts';

// Few rows and no spread: an interval without width says "certain" of what two rows cannot tell.
describe('intervals where the usual formula has no width', () => {
  test.each(edges.roganGladen)('Rogan–Gladen of %j', ({ k, n, tp, m1, tn, m0, value, low, high }) => {
    const calibration = {
      truePositive: tp,
      falseNegative: m1 - tp,
      trueNegative: tn,
      falsePositive: m0 - tn,
    };
    const found = roganGladen(k, n, calibration);
    if (!found.ok) throw new Error(found.reason);
    expect(found.estimate.value).toBeCloseTo(value, 12);
    expect(found.estimate.low).toBeCloseTo(low, 10);
    expect(found.estimate.high).toBeCloseTo(high, 10);
  });

  test.each(edges.auroc)('AUROC of %j', ({ value, positives, negatives, low, high }) => {
    const found = aurocBounds(value, 0, [positives, negatives], 0.95);
    expect(found.low).toBeCloseTo(low, 9);
    expect(found.high).toBeCloseTo(high, 9);
  });

  test('perfect separation of two and two rows is no certainty, by rows or by clusters', () => {
    const rows = [false, false, true, true];
    const [two] = edges.auroc;
    expect(aurocEstimate([1, 2, 3, 4], rows)?.low).toBeCloseTo(two?.low ?? 1, 9);
    expect(clusteredAuroc([1, 2, 3, 4], rows, ['a', 'b', 'c', 'd'])?.low).toBeCloseTo(two?.low ?? 1, 9);
    const copied = rows.flatMap((row) => [row, row, row]);
    const keys = copied.map((_, i) => Math.floor(i / 3));
    expect(clusteredAuroc(keys, copied, keys)?.low).toBeCloseTo(two?.low ?? 1, 9);
  });

  test.each(edges.kappa)('κ of %j', ({ table, value, low, high }) => {
    const found = cohenKappa(table);
    expect(found?.value).toBeCloseTo(value, 12);
    expect(found?.low).toBeCloseTo(low, 10);
    expect(found?.high).toBeCloseTo(high, 10);
  });

  test('four pairs in perfect order are no clear relation', () => {
    const found = correlationEstimate([1, 2, 3, 4], [2, 4, 6, 8]);
    expect(found?.value).toBe(1);
    expect(found?.high).toBe(1);
    // Fisher's z of 1 − 6/60 with Bonett and Wright's error, by hand: tanh(atanh 0.9 − 1.96·√1.5).
    expect(found?.low).toBeCloseTo(Math.tanh(Math.atanh(0.9) - 1.959963984540054 * Math.sqrt(1.5)), 12);
    expect(correlationEstimate([1, 2, 3, 4], [8, 6, 4, 2])).toMatchObject({ value: -1, low: -1 });
    const bias = lengthBias([1, 2, 3, 4], [1, 2, 3, 4], [false, false, true, true]);
    expect(bias.sentence).toMatch(/not clearly related/);
  });

  test('a bootstrap of what does not vary has no interval', () => {
    expect(bootstrapMean([1, 1, 1, 1], [1, 2, 3, 4], { seed: 1 })).toBeNull();
    expect(bootstrapMean([1, 0, 1], ['q', 'q', 'q'], { seed: 1 })).toBeNull();
    expect(bootstrapMean([1, 0, 1, 0], [1, 1, 2, 2], { seed: 1 })).toBeNull();
    expect(clusterBootstrap([1, 2, 3], () => 0.25, { seed: 1 })).toBeNull();
    expect(bootstrapMean([1, 1, 1, 0], [1, 2, 3, 4], { seed: 1 })?.low).toBeLessThan(1);
  });
});

describe('constant series', () => {
  test('have no spread at all, whatever their value is in binary', () => {
    for (const value of [0.1, 0.3, 1 / 3, 1e9 + 0.1]) {
      const series = Array.from({ length: 10 }, () => value);
      expect(variance(series)).toBe(0);
      expect(pearson(series, [1, 2, 3, 4, 5, 6, 7, 8, 9, 11])).toBeNull();
    }
  });

  test('answers of one length have no slope (it was ±6.7e15 per hundred tokens)', () => {
    const lengths = Array.from({ length: 10 }, () => 30);
    expect(lengthSlope(lengths, [1, 0, 1, 1, 0, 0, 1, 0, 1, 1], [1, 1, 1, 0, 0, 0, 1, 0, 1, 0])).toBeNull();
  });
});

test('a judge whom every label contradicts is not said to agree with all of them', () => {
  const all = (value: number, n: number): number[] => Array.from({ length: n }, () => value);
  const labelled = (label: number) =>
    predictionPowered({
      judge: all(1, 100),
      human: [...all(label, 30), ...Array.from({ length: 70 }, () => null)],
      questions: all(1, 100).map((_, row) => row),
    });
  const opposed = labelled(0);
  expect(opposed?.cautions.join(' ')).toMatch(/differ from the judge in the same way/);
  const agreed = labelled(1);
  expect(agreed?.cautions.join(' ')).toMatch(/No label disagrees/);
});

describe('binomial sums', () => {
  test.each(edges.mcnemar)('exact p of %j', ({ b, c, pExact }) => {
    const p = Math.min(1, 2 * binomialCdf(Math.min(b, c), b + c, 0.5));
    expect(Math.abs(p / pExact - 1)).toBeLessThan(1e-7);
  });

  test.each(edges.binomial)('P(X ≤ k) of %j', ({ k, n, p, cdf }) => {
    expect(Math.abs(binomialCdf(k, n, p) / cdf - 1)).toBeLessThan(1e-9);
  });
});

test('members of small weight still decide', () => {
  const votes = [
    { verdict: 'correct', pCorrect: null, weight: 3e-13 },
    { verdict: 'incorrect', pCorrect: null, weight: 1e-13 },
  ] as const;
  expect(weighted(votes).verdict).toBe('correct');
});

test('the ROC of several judges together has the area that is written beside it', () => {
  const scores = [1, 2, 2, 3, 5, 8, 8, 9, 11, 12];
  const wrong = [0, 0.2, 0.5, 0.1, 0.5, 0.9, 0.4, 1, 0.6, 1];
  const points = rocCurve(scores, wrong);
  expect(points.at(-1)).toMatchObject({ truePositiveRate: 1, falsePositiveRate: 1 });
  const area = points.slice(1).reduce((total, point, i) => {
    const before = points[i] ?? point;
    const height = (point.truePositiveRate + before.truePositiveRate) / 2;
    return total + height * (point.falsePositiveRate - before.falsePositiveRate);
  }, 0);
  // Each row against itself counts half in the area, and not at all in the AUROC.
  const positives = wrong.reduce((a, b) => a + b, 0);
  const own = wrong.reduce((a, p) => a + p * (1 - p), 0);
  const pairs = positives * (wrong.length - positives);
  expect(area).toBeCloseTo(((softAuroc(scores, wrong) ?? 0) * (pairs - own) + own / 2) / pairs, 12);
  // Cutting the probabilities in two at one half would draw another curve.
  const cut = rocCurve(
    scores,
    wrong.map((p) => p > 0.5),
  );
  expect(cut.map((point) => point.truePositiveRate)).not.toEqual(
    points.map((point) => point.truePositiveRate),
  );
});
