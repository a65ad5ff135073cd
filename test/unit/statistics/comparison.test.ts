import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import golden from '../../fixtures/statistics/golden.json' with { type: 'json' };
import { bootstrapMean, clusterBootstrap } from '../../../src-main/domain/statistics/bootstrap.ts';
import { breakdown } from '../../../src-main/domain/statistics/breakdown.ts';
import { mean } from '../../../src-main/domain/statistics/checks.ts';
import { holm, mcnemar, pairedCounts, pairedDifference } from '../../../src-main/domain/statistics/paired.ts';
import {
  mcnemarPower,
  questionsNeeded,
  smallestDetectableDifference,
} from '../../../src-main/domain/statistics/power.ts';
import { createRandom } from '../../../src-main/domain/statistics/random.ts';
import { wilson } from '../../../src-main/domain/statistics/wilson.ts';

/** One pair a question, b of them right on the first side only, c on the second. */
const flipped = (b: number, c: number) => {
  const differences = Array.from({ length: b + c }, (_, i) => (i < b ? 1 : -1));
  return mcnemar(
    differences,
    differences.map((_, i) => i),
  );
};

// golden.json: test/fixtures/statistics/golden.py (statsmodels, scipy), the judging.md values among them.
describe('McNemar', () => {
  test.each(golden.mcnemar)('$b against $c', ({ b, c, chi2, pChi2, pExact }) => {
    const result = flipped(b, c);
    expect(result.pExact / pExact).toBeCloseTo(1, 9);
    // statsmodels corrects past zero when b = c; nothing differs then, and χ² is 0.
    expect(result.chiSquare).toBeCloseTo(b === c ? 0 : chi2, 9);
    expect(result.pChiSquare).toBeCloseTo(b === c ? 1 : pChi2, 9);
  });

  test('the printed values: p .002899, .966, .80131', () => {
    expect(flipped(186, 132).pExact).toBeCloseTo(0.002899, 6);
    expect(flipped(277, 275).pExact).toBeCloseTo(0.966, 3);
    expect(flipped(30, 33).pExact).toBeCloseTo(0.80131, 5);
  });

  test('no flips is no evidence; thousands of flips do not underflow', () => {
    expect(flipped(0, 0).pExact).toBe(1);
    expect(flipped(5000, 5000).pExact).toBe(1);
    expect(flipped(5000, 5200).pExact).toBeGreaterThan(0.04);
  });

  test('pairs with an unscored side are left out', () => {
    expect(
      pairedCounts([true, true, false, false, null, true], [true, false, true, false, true, null]),
    ).toEqual({
      bothCorrect: 1,
      onlyFirst: 1,
      onlySecond: 1,
      bothIncorrect: 1,
    });
    expect(() => pairedCounts([true], [])).toThrow(RangeError);
  });
});

describe('paired difference', () => {
  test.each(golden.newcombe)('Newcombe interval of $counts', ({ counts, result }) => {
    const [bothCorrect = 0, onlyFirst = 0, onlySecond = 0, bothIncorrect = 0] = counts;
    const found = pairedDifference({ bothCorrect, onlyFirst, onlySecond, bothIncorrect });
    expect([found?.value, found?.low, found?.high].map((x) => x?.toFixed(10))).toEqual(
      result.map((x) => x.toFixed(10)),
    );
  });

  test('covers the true difference in about 95 of 100 simulated comparisons', () => {
    const random = createRandom(11);
    let covered = 0;
    for (let run = 0; run < 1000; run += 1) {
      const counts = { bothCorrect: 0, onlyFirst: 0, onlySecond: 0, bothIncorrect: 0 };
      for (let i = 0; i < 120; i += 1) {
        const u = random.next();
        counts[
          u < 0.5 ? 'bothCorrect' : u < 0.68 ? 'onlyFirst' : u < 0.76 ? 'onlySecond' : 'bothIncorrect'
        ] += 1;
      }
      const { low, high } = pairedDifference(counts) ?? { low: 1, high: -1 };
      if (low <= 0.1 && 0.1 <= high) covered += 1;
    }
    expect(covered).toBeGreaterThan(930);
    expect(covered).toBeLessThan(980);
  });

  test('swapping the two runs mirrors the interval, and no flips still leave doubt', () => {
    const count = fc.nat(60);
    fc.assert(
      fc.property(fc.tuple(count, count, count, count), ([e, f, g, h]) => {
        fc.pre(e + f + g + h > 0);
        const one = pairedDifference({ bothCorrect: e, onlyFirst: f, onlySecond: g, bothIncorrect: h });
        const two = pairedDifference({ bothCorrect: e, onlyFirst: g, onlySecond: f, bothIncorrect: h });
        expect(one?.low).toBeCloseTo(-(two?.high ?? 0), 10);
        expect(one?.low).toBeGreaterThanOrEqual(-1.0000001);
        expect(one?.low).toBeLessThanOrEqual(one?.value ?? 0);
      }),
    );
    const same = pairedDifference({ bothCorrect: 10, onlyFirst: 0, onlySecond: 0, bothIncorrect: 10 });
    expect((same?.high ?? 0) - (same?.low ?? 0)).toBeGreaterThan(0.01);
    expect(pairedDifference({ bothCorrect: 0, onlyFirst: 0, onlySecond: 0, bothIncorrect: 0 })).toBeNull();
  });
});

describe('Holm', () => {
  test('adjusts as statsmodels does, in the order given', () => {
    holm(golden.holm.p).forEach((p, i) => expect(p).toBeCloseTo(golden.holm.adjusted[i] ?? -1, 12));
  });

  test('nothing to adjust, and never above 1', () => {
    expect(holm([])).toEqual([]);
    expect(holm([0.9, 0.8])).toEqual([1, 1]);
  });
});

describe('power', () => {
  test.each(golden.power)(
    'n=$n, difference $difference: within .04 of the exact test, which is the more cautious',
    (row) => {
      const approximate = mcnemarPower(row.n, row.difference, row);
      expect(Math.abs(approximate - row.exact)).toBeLessThan(0.04);
      expect(approximate).toBeGreaterThan(row.exact);
    },
  );

  test('questions needed and smallest difference are each other’s inverse', () => {
    const options = { discordance: 0.25 };
    const n = questionsNeeded(0.05, options);
    expect(smallestDetectableDifference(n, options)).toBeCloseTo(0.05, 3);
    expect(mcnemarPower(n, 0.05, options)).toBeCloseTo(0.8, 2);
  });

  test('four times the questions show about half the difference; too few show none', () => {
    const at = (n: number): number => smallestDetectableDifference(n, { discordance: 0.3 }) ?? Number.NaN;
    expect(at(400) / at(1600)).toBeCloseTo(2, 1);
    expect(smallestDetectableDifference(5, { discordance: 0.3 })).toBeNull();
  });

  test('an impossible difference and a difference of zero are refused with a sentence', () => {
    expect(() => questionsNeeded(0.5, { discordance: 0.2 })).toThrow(/cannot differ/);
    expect(() => questionsNeeded(0, { discordance: 0.2 })).toThrow(/difference of zero/);
  });
});

describe('bootstrap', () => {
  const values = Array.from({ length: 300 }, (_, i) => (i % 3 === 0 ? 0 : 1));
  const rows = values.map((_, i) => i);

  test('the same seed gives the same interval, another seed another one near it', () => {
    const one = bootstrapMean(values, rows, { seed: 1 });
    expect(bootstrapMean(values, rows, { seed: 1 })).toEqual(one);
    const two = bootstrapMean(values, rows, { seed: 2 });
    expect(two?.standardError).not.toBe(one?.standardError);
    expect(two?.low).toBeCloseTo(one?.low ?? 0, 1);
  });

  test('of independent rows agrees with Wilson to a point', () => {
    const found = bootstrapMean(values, rows, { seed: 3, resamples: 5000 });
    const exact = wilson(200, 300);
    expect(Math.abs((found?.low ?? 0) - (exact?.low ?? 0))).toBeLessThan(0.01);
    expect(Math.abs((found?.high ?? 0) - (exact?.high ?? 0))).toBeLessThan(0.01);
  });

  test('ten copies of each answer make the interval no narrower: questions are drawn, not rows', () => {
    const copies = values.flatMap((value) => Array.from({ length: 10 }, () => value));
    const keys = values.flatMap((_, i) => Array.from({ length: 10 }, () => `q${i}`));
    const clustered = bootstrapMean(copies, keys, { seed: 4 });
    const naive = bootstrapMean(
      copies,
      copies.map((_, i) => i),
      { seed: 4 },
    );
    const plain = bootstrapMean(values, rows, { seed: 4 });
    expect(clustered?.standardError).toBeCloseTo(plain?.standardError ?? 0, 3);
    expect((naive?.standardError ?? 1) * 2).toBeLessThan(clustered?.standardError ?? 0);
    expect(clustered?.clusters).toBe(300);
  });

  test('the general and the fast form draw the same clusters', () => {
    // Of unequal means: clusters that are all alike have no interval.
    const keys = values.map((_, i) => i % 40);
    const fast = bootstrapMean(values, keys, { seed: 5, resamples: 500 });
    const general = clusterBootstrap(keys, (drawn) => mean(drawn.map((row) => values[row] ?? 0)), {
      seed: 5,
      resamples: 500,
    });
    expect(general?.low).toBeCloseTo(fast?.low ?? 0, 12);
    expect(general?.high).toBeCloseTo(fast?.high ?? 0, 12);
  });

  test('draws on which a statistic is undefined are left out, and too many of them give null', () => {
    const whenFirst = (drawn: readonly number[]): number | null => (drawn.includes(0) ? mean(drawn) : null);
    expect(clusterBootstrap([0, 1], whenFirst, { seed: 6 })).toMatchObject({ value: 0.5, low: 0, high: 0.5 });
    let calls = 0;
    const once = (): number | null => (calls++ === 0 ? 1 : null);
    expect(clusterBootstrap([0, 1], once, { seed: 6 })).toBeNull();
    expect(bootstrapMean([], [], { seed: 1 })).toBeNull();
  });
});

describe('breakdown', () => {
  const rows = [
    ...Array.from({ length: 90 }, () => ({ group: 'easy', verdict: 'correct' as const })),
    ...Array.from({ length: 10 }, (_, i) => ({
      group: 'hard',
      verdict: i < 2 ? ('correct' as const) : ('incorrect' as const),
    })),
    { group: 'lost', verdict: 'unparsed' as const },
  ].map((row, question) => ({ ...row, question }));

  test('micro counts rows, macro counts groups, groups without scored rows count in neither', () => {
    const found = breakdown(rows);
    expect(found.micro.accuracy?.value).toBeCloseTo(0.92, 12);
    expect(found.macro?.value).toBeCloseTo(0.6, 12);
    expect(found.macroGroups).toBe(2);
    expect(found.groups.map((g) => [g.group, g.accuracy.scored])).toEqual([
      ['easy', 90],
      ['hard', 10],
      ['lost', 0],
    ]);
  });

  test('a group of all right answers does not pretend to be certain', () => {
    const found = breakdown(rows.filter((row) => row.group === 'easy'));
    expect(found.macro?.low).toBeLessThan(1);
    expect(breakdown([]).macro).toBeNull();
  });
});
