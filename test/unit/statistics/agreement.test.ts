import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import golden from '../../fixtures/statistics/golden.json' with { type: 'json' };
import {
  cohenKappa,
  confusion,
  judgeQuality,
  krippendorffAlpha,
  scottPi,
} from '../../../src-main/domain/statistics/agreement.ts';

describe('κ, π and α', () => {
  // statsmodels.stats.inter_rater.cohens_kappa, see golden.py.
  test.each(golden.kappa)('κ of $table with its interval', ({ table, kappa, low, high }) => {
    const found = cohenKappa(table);
    expect(found?.value).toBeCloseTo(kappa, 12);
    expect(found?.low).toBeCloseTo(low, 10);
    expect(found?.high).toBeCloseTo(high, 10);
  });

  // Golden values of judging.md section 6.
  test.each([
    [1945, 66, 94, 1095, 0.95, 0.8924],
    [2030, 519, 9, 642, 0.835, 0.6059],
    [1848, 1003, 191, 158, 0.6269, 0.0499],
  ])(
    'judge with %d, %d, %d, %d',
    (truePositive, falsePositive, falseNegative, trueNegative, agreement, kappa) => {
      const rows = (judge: boolean, reference: boolean, count: number) =>
        Array.from({ length: count }, () => ({ judge, reference }));
      const rated = [
        ...rows(true, true, truePositive),
        ...rows(true, false, falsePositive),
        ...rows(false, true, falseNegative),
        ...rows(false, false, trueNegative),
      ];
      const quality = judgeQuality({
        judge: rated.map((row) => row.judge),
        reference: rated.map((row) => row.reference),
        questions: null,
      });
      expect(quality.agreement?.value).toBeCloseTo(agreement, 4);
      expect(quality.kappa?.value).toBeCloseTo(kappa, 4);
      expect(quality.sensitivity?.value).toBeCloseTo(truePositive / (truePositive + falseNegative), 12);
      expect(quality.specificity?.value).toBeCloseTo(trueNegative / (trueNegative + falsePositive), 12);
      expect(quality.bias).toBeCloseTo(
        (quality.judgePositive?.value ?? 0) - (quality.referencePositive?.value ?? 0),
        12,
      );
    },
  );

  test('π of the third is −.0349', () => {
    expect(
      scottPi([
        [1848, 1003],
        [191, 158],
      ]),
    ).toBeCloseTo(-0.0349, 4);
  });

  test('two raters who always say the same one thing have no κ, π or α: never 0 or 1', () => {
    expect(
      cohenKappa([
        [10, 0],
        [0, 0],
      ]),
    ).toBeNull();
    expect(
      cohenKappa([
        [0, 0],
        [0, 0],
      ]),
    ).toBeNull();
    expect(
      scottPi([
        [10, 0],
        [0, 0],
      ]),
    ).toBeNull();
    expect(
      krippendorffAlpha([
        ['a', 'a'],
        ['a', 'a'],
      ]),
    ).toBeNull();
    expect(krippendorffAlpha([['a', null]])).toBeNull();
  });

  test('α with missing ratings (krippendorff 0.9.0) and of perfect agreement', () => {
    expect(krippendorffAlpha(golden.alpha.units)).toBeCloseTo(golden.alpha.nominal, 12);
    expect(
      krippendorffAlpha([
        [1, 1],
        [2, 2],
        [1, 1],
      ]),
    ).toBe(1);
  });

  test('unscored rows are in no confusion', () => {
    expect(confusion([true, true, false, false, null, true], [true, false, true, false, true, null])).toEqual(
      {
        truePositive: 1,
        falsePositive: 1,
        falseNegative: 1,
        trueNegative: 1,
      },
    );
  });

  test('κ is symmetric and within ±1', () => {
    const count = fc.nat(50);
    fc.assert(
      fc.property(count, count, count, count, (a, b, c, d) => {
        const one = cohenKappa([
          [a, b],
          [c, d],
        ]);
        const two = cohenKappa([
          [a, c],
          [b, d],
        ]);
        expect(one?.value ?? 0).toBeCloseTo(two?.value ?? 0, 10);
        expect(Math.abs(one?.value ?? 0)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
