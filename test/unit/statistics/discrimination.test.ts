import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import golden from '../../fixtures/statistics/golden.json' with { type: 'json' };
import {
  brierScore,
  calibrationBins,
  expectedCalibrationError,
} from '../../../src-main/domain/statistics/calibration.ts';
import {
  accuracyAtFraction,
  areaUnderThresholdedAccuracy,
  aurac,
  predictionRejectionRatio,
  rejectionCurve,
} from '../../../src-main/domain/statistics/rejection.ts';
import { auroc, aurocEstimate, rocCurve, softAuroc } from '../../../src-main/domain/statistics/roc.ts';

const { roc, rejection, calibration } = golden;
const pairs = fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.boolean()), {
  minLength: 2,
  maxLength: 40,
});

// golden.json: test/fixtures/statistics/golden.py (scikit-learn, scipy, statsmodels, numpy by definition).
describe('AUROC', () => {
  test('with ties, as scikit-learn', () => {
    expect(auroc(roc.s1, roc.y)).toBeCloseTo(roc.auroc1, 12);
    expect(auroc(roc.s2, roc.y)).toBeCloseTo(roc.auroc2, 12);
  });

  test('DeLong error, as by all pairs', () => {
    const found = aurocEstimate(roc.s1, roc.y);
    expect(found?.standardError).toBeCloseTo(roc.se1, 12);
    expect(found?.low).toBeLessThan(roc.auroc1);
    expect(found?.high).toBeGreaterThan(roc.auroc1);
  });

  test('the curve, as scikit-learn', () => {
    const curve = rocCurve(roc.s1, roc.y);
    expect(curve.map((p) => p.threshold)).toEqual([Infinity, ...roc.thresholds]);
    curve.forEach((point, i) => {
      expect(point.falsePositiveRate).toBeCloseTo(roc.fpr[i] ?? -1, 12);
      expect(point.truePositiveRate).toBeCloseTo(roc.tpr[i] ?? -1, 12);
    });
  });

  test('one class only has no AUROC', () => {
    expect(auroc([1, 2], [true, true])).toBeNull();
    expect(aurocEstimate([1, 2], [true, true])).toBeNull();
    expect(rocCurve([1, 2], [false, false])).toEqual([]);
  });

  test('equals the share of pairs in order, ties half; turning the score around mirrors it', () => {
    fc.assert(
      fc.property(pairs, (rows) => {
        const scores = rows.map(([score]) => score);
        const positive = rows.map(([, p]) => p);
        let won = 0;
        let all = 0;
        for (const [a, isPositive] of rows) {
          for (const [b, other] of rows) {
            if (!isPositive || other) continue;
            all += 1;
            won += a > b ? 1 : a === b ? 0.5 : 0;
          }
        }
        expect(auroc(scores, positive) ?? -1).toBeCloseTo(all === 0 ? -1 : won / all, 10);
        expect(
          auroc(
            scores.map((s) => -s),
            positive,
          ) ?? 2,
        ).toBeCloseTo(all === 0 ? 2 : 1 - won / all, 10);
        expect(softAuroc(scores, positive.map(Number)) ?? -1).toBeCloseTo(all === 0 ? -1 : won / all, 10);
      }),
    );
  });

  test('against probable classes: every pair of rows weighted', () => {
    expect(softAuroc(roc.s1, roc.soft)).toBeCloseTo(roc.softAuroc, 12);
    expect(softAuroc([1], [0.5])).toBeNull();
  });
});

describe('rejection', () => {
  const { uncertainty: u, correct } = rejection;

  test('AURAC, PRR, accuracy at .8 and the published area, as by numpy', () => {
    expect(aurac(u, correct)).toBeCloseTo(rejection.aurac, 12);
    expect(predictionRejectionRatio(u, correct)).toBeCloseTo(rejection.prr, 12);
    expect(accuracyAtFraction(u, correct, 0.8)).toBeCloseTo(rejection.at80, 12);
    expect(areaUnderThresholdedAccuracy(u, correct)).toBeCloseTo(rejection.thresholded, 12);
  });

  test('a perfect order has PRR 1, its reverse is negative, a constant score exactly 0', () => {
    const truth = [1, 1, 1, 0, 0];
    expect(predictionRejectionRatio([1, 2, 3, 4, 5], truth)).toBeCloseTo(1, 12);
    expect(predictionRejectionRatio([5, 4, 3, 2, 1], truth)).toBeLessThan(0);
    expect(predictionRejectionRatio([7, 7, 7, 7, 7], truth)).toBeCloseTo(0, 12);
    expect(predictionRejectionRatio([1, 2], [1, 1])).toBeNull();
  });

  test('equal uncertainties leave the curve independent of the order of the rows', () => {
    fc.assert(
      fc.property(pairs, (rows) => {
        const curve = (list: typeof rows) =>
          rejectionCurve(
            list.map(([u]) => u),
            list.map(([, c]) => Number(c)),
          ).map((p) => p.accuracy.toFixed(9));
        expect(curve(rows.toReversed())).toEqual(curve(rows));
      }),
    );
  });

  test('ends at the accuracy of all answers', () => {
    expect(rejectionCurve([3, 1, 2], [0, 1, 1]).at(-1)).toEqual({ kept: 1, accuracy: 2 / 3 });
    expect(aurac([], [])).toBeNull();
  });
});

describe('calibration', () => {
  test('ECE of equal width and equal mass, and Brier, as by numpy and scikit-learn', () => {
    const { probability, correct } = calibration;
    expect(expectedCalibrationError(probability, correct, 15)).toBeCloseTo(calibration.ece15, 12);
    expect(brierScore(probability, correct)).toBeCloseTo(calibration.brier, 12);
    // numpy's array_split may cut a tie apart, which is kept together here.
    expect(expectedCalibrationError(probability, correct, 10, 'equal-mass')).toBeCloseTo(
      calibration.eceMass10,
      2,
    );
  });

  test('equal mass is exact where there are no ties: four rows in two bins', () => {
    const bins = calibrationBins([0.1, 0.2, 0.3, 0.9], [0, 0, 1, 1], 2, 'equal-mass');
    expect(bins.map((bin) => [bin.count, bin.accuracy])).toEqual([
      [2, 0],
      [2, 1],
    ]);
    expect(expectedCalibrationError([0.1, 0.2, 0.3, 0.9], [0, 0, 1, 1], 2, 'equal-mass')).toBeCloseTo(
      0.5 * 0.15 + 0.5 * 0.4,
      12,
    );
  });

  test('every row is in exactly one bin, 0 and 1 included', () => {
    const p = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(p, { minLength: 1, maxLength: 50 }),
        fc.integer({ min: 1, max: 20 }),
        (list, bins) => {
          for (const binning of ['equal-width', 'equal-mass'] as const) {
            const found = calibrationBins(
              [...list, 0, 1],
              [...list, 0, 1].map(() => 1),
              bins,
              binning,
            );
            expect(found.reduce((total, bin) => total + bin.count, 0)).toBe(list.length + 2);
          }
        },
      ),
    );
  });

  test('always right with certainty is calibrated; always wrong with certainty is 1 off', () => {
    expect(expectedCalibrationError([1, 1], [1, 1])).toBe(0);
    expect(expectedCalibrationError([1, 1], [0, 0])).toBe(1);
    expect(expectedCalibrationError([], [])).toBeNull();
  });
});
