import { describe, expect, test } from 'vitest';
import made from '../../fixtures/statistics/clusters.json' with { type: 'json' };
import { accuracyByQuestion, accuracyOf } from '../../../src-main/domain/statistics/accuracy.ts';
import { judgeQuality, ratedAgreement } from '../../../src-main/domain/statistics/agreement.ts';
import { breakdown } from '../../../src-main/domain/statistics/breakdown.ts';
import { designEffect } from '../../../src-main/domain/statistics/clusters.ts';
import { labelsNeeded, predictionPowered } from '../../../src-main/domain/statistics/corrected.ts';
import { correlationEstimate, slope } from '../../../src-main/domain/statistics/correlation.ts';
import type { Estimate } from '../../../src-main/domain/statistics/interval.ts';
import { mcnemar, pairedCounts, pairedDifference } from '../../../src-main/domain/statistics/paired.ts';
import { createRandom, type Random } from '../../../src-main/domain/statistics/random.ts';
import { signFlipP } from '../../../src-main/domain/statistics/sign-flips.ts';

// clusters.json: test/fixtures/statistics/clusters.py (statsmodels, scipy).
const Z = 1.959963984540054;

describe('accuracy corrected by labels, several answers a question', () => {
  test.each(made.ppi)('value and error of statsmodels’ sandwich: $value', (row) => {
    const found = predictionPowered(row);
    expect(found?.estimate.value).toBeCloseTo(row.value, 12);
    expect(found?.standardError).toBeCloseTo(row.clustered, 12);
    expect(((found?.estimate.high ?? 0) - row.value) / Z).toBeCloseTo(row.clustered, 9);
    const alone = predictionPowered({ ...row, questions: row.questions.map((_, i) => i) });
    expect(alone?.standardError).toBeCloseTo(row.alone, 12);
    // What labels are worth beside each other is not changed by what all of them share.
    expect(found?.effectiveSampleSize).toBeCloseTo(alone?.effectiveSampleSize ?? 0, 9);
  });

  test('with every answer labelled it is the cluster-robust error of people’s mean', () => {
    const row = made.ppi.find(({ ofMean }) => ofMean !== undefined);
    expect(row).toBeDefined();
    if (row !== undefined) expect(predictionPowered(row)?.standardError).toBeCloseTo(row.ofMean ?? 0, 12);
  });

  test('labels never reach what the questions cannot tell, and the margin counts it', () => {
    const [row] = made.ppi;
    if (row === undefined) throw new Error('no case');
    const together = labelsNeeded(row, 0.155);
    const alone = labelsNeeded({ ...row, questions: row.questions.map((_, i) => i) }, 0.155);
    expect(together?.withJudge ?? 0).toBeGreaterThan(alone?.withJudge ?? Infinity);
    expect(together?.bestMargin ?? 0).toBeGreaterThan(alone?.bestMargin ?? Infinity);
    expect(labelsNeeded(row, (together?.bestMargin ?? 0) * 0.99)?.withJudge).toBeNull();
  });

  test('answers to one question say nothing of others; few questions are said to be few', () => {
    const judge = Array.from({ length: 60 }, (_, i) => i % 2);
    const human = judge.map((value, i) => (i % 7 === 0 ? 1 - value : value));
    expect(predictionPowered({ judge, human, questions: judge.map(() => 'one') })).toBeNull();
    const five = predictionPowered({ judge, human, questions: judge.map((_, i) => i % 5) });
    expect(five?.cautions.join(' ')).toMatch(/answers to 5 questions only/);
  });

  test('the interval covers in about 95 of 100 runs of eight answers a question; as if independent in 76', () => {
    const random = createRandom(8);
    const covered = { together: 0, alone: 0 };
    for (let run = 0; run < 400; run += 1) {
      const { human, questions } = answers(random, 60, 8);
      const judge = human.map((truth) => (truth === 1 || random.next() < 0.4 ? 1 : 0));
      const known = human.map((label) => (random.next() < 0.3 ? label : null));
      const inside = (keys: readonly number[]): boolean => {
        const found = predictionPowered({ judge, human: known, questions: keys })?.estimate;
        return found !== undefined && found.low <= 0.6 && found.high >= 0.6;
      };
      if (inside(questions)) covered.together += 1;
      if (inside(questions.map((_, i) => i))) covered.alone += 1;
    }
    expect(covered.together).toBeGreaterThan(0.92 * 400);
    expect(covered.together).toBeLessThan(0.98 * 400);
    expect(covered.alone).toBeLessThan(0.8 * 400);
  });
});

/** Answers of which 0.6 are right: in three of four times as the question's other answers, else by chance. */
function answers(random: Random, count: number, each: number): { human: number[]; questions: number[] } {
  const right = (): number => Number(random.next() < 0.6);
  const human = Array.from({ length: count }, () => {
    const shared = right();
    return Array.from({ length: each }, () => (random.next() < 0.75 ? shared : right()));
  }).flat();
  return { human, questions: human.map((_, i) => Math.floor(i / each)) };
}

describe('comparison, several answers a question', () => {
  const differences = (row: (typeof made.paired)[number]): number[] =>
    row.first.map((value, i) => Number(value) - Number(row.second[i]));

  test.each(made.paired)('p of all sign flips and Obuchowski’s χ²: $pExact, $chiSquare', (row) => {
    const found = mcnemar(differences(row), row.questions);
    expect(found.pExact / row.pExact).toBeCloseTo(1, 9);
    expect(found.chiSquare).toBeCloseTo(row.chiSquare, 9);
  });

  test.each(made.paired)('design effect of statsmodels, and Newcombe with it: $designEffect', (row) => {
    const effect = designEffect(differences(row), row.questions);
    expect(effect).toBeCloseTo(row.designEffect, 10);
    const found = pairedDifference(pairedCounts(row.first, row.second), 0.95, effect);
    expect(found?.value).toBeCloseTo(row.value, 12);
    expect(found?.low).toBeCloseTo(row.low, 9);
    expect(found?.high).toBeCloseTo(row.high, 9);
  });

  test('copies of each pair teach nothing: same p, and pairs are worth as many as there are questions', () => {
    const once = Array.from({ length: 40 }, (_, i) => (i < 12 ? 1 : i < 15 ? -1 : 0));
    const five = once.flatMap((value) => Array.from({ length: 5 }, () => value));
    const keys = five.map((_, i) => Math.floor(i / 5));
    const alone = mcnemar(
      once,
      once.map((_, i) => i),
    );
    expect(mcnemar(five, keys).pExact).toBe(alone.pExact);
    expect(Math.abs(five.length / designEffect(five, keys) - 40)).toBeLessThan(1);
  });

  test('where nothing differs a question is worth one pair, not as many as it has answers', () => {
    const keys = Array.from({ length: 100 }, (_, i) => i % 20);
    expect(
      designEffect(
        keys.map(() => 0),
        keys,
      ),
    ).toBe(5);
    expect(designEffect([1, 0, 1], ['q', 'q', 'q'])).toBe(3);
    expect(designEffect([1, 0, 1], ['a', 'b', 'c'])).toBe(1);
    expect(designEffect([], [])).toBe(1);
  });

  test('sums of many sizes and of many questions are counted at once, and no p is above 1', () => {
    expect(signFlipP([])).toBe(1);
    expect(signFlipP([3, -3, 2, -2])).toBe(1);
    expect(signFlipP([1, 2, 4])).toBeCloseTo(2 / 8, 12);
    const random = createRandom(2);
    const many = Array.from({ length: 40_000 }, () => (random.next() < 0.51 ? 1 : -1) * (1 + random.int(5)));
    const total = many.reduce((sum, value) => sum + value, 0);
    const spread = Math.sqrt(many.reduce((sum, value) => sum + value * value, 0));
    const p = signFlipP(many);
    // The normal law, to which so many come near; a step of 2 is what the correction by one half is of.
    expect(p).toBeGreaterThan(0);
    expect(Math.abs(p - twoSided((Math.abs(total) - 1) / spread))).toBeLessThan(1e-4);
  });
});

describe('a judge against people, several answers a question', () => {
  // The fixture takes gradients by differences: good for six digits.
  const rounded = (values: readonly number[]): string[] => values.map((value) => value.toFixed(6));
  const told = (found: Estimate | null): string[] =>
    found === null ? [] : rounded([found.value, found.low, found.high]);

  test.each(made.quality)('shares and κ with statsmodels’ clustered variances: κ $kappa', (row) => {
    const found = judgeQuality({ judge: row.judge, reference: row.human, questions: row.questions });
    expect(told(found.agreement)).toEqual(rounded(row.agreement));
    expect(told(found.judgePositive)).toEqual(rounded(row.judgePositive));
    expect(told(found.sensitivity)).toEqual(rounded(row.sensitivity));
    expect(told(found.specificity)).toEqual(rounded(row.specificity));
    expect(told(found.kappa)).toEqual(rounded(row.kappa));
    const { agreement, kappa } = ratedAgreement({
      judge: row.judge,
      reference: row.human,
      questions: row.questions,
    });
    expect({ agreement, kappa }).toEqual({ agreement: found.agreement, kappa: found.kappa });
  });

  test.each(made.quality)('slope and Spearman’s ρ on length: $slope', (row) => {
    const errors = row.judge.map((said, i) => Number(said) - Number(row.human[i]));
    const line = slope(
      row.length.map((length) => length / 100),
      errors,
      row.questions,
    );
    expect(told(line)).toEqual(rounded(row.slope));
    const wrong = row.human.map((right) => Number(!right));
    const rho = correlationEstimate(row.length, wrong, 'spearman', row.questions);
    expect(told(rho)).toEqual(rounded(row.spearman));
  });

  test.each(made.quality)('accuracy of groups that share questions, and their mean: $macro', (row) => {
    const found = breakdown(
      row.judge.map((said, i) => ({
        group: `s${row.systems[i]}`,
        verdict: said ? ('correct' as const) : ('incorrect' as const),
        question: row.questions[i] ?? 0,
      })),
    );
    expect(told(found.macro)).toEqual(rounded(row.macro));
    expect(told(found.micro.accuracy)).toEqual(rounded(row.judgePositive));
  });

  test('with one answer a question every interval is the plain one', () => {
    const [row] = made.quality;
    if (row === undefined) throw new Error('no case');
    const singles = row.questions.map((_, i) => i);
    const rated = { judge: row.judge, reference: row.human };
    expect(judgeQuality({ ...rated, questions: singles })).toEqual(
      judgeQuality({ ...rated, questions: null }),
    );
    const verdicts = row.judge.map((said, i) =>
      i % 9 === 0 ? ('unparsed' as const) : said ? ('correct' as const) : ('incorrect' as const),
    );
    expect(accuracyByQuestion(verdicts, singles)).toEqual(accuracyOf(verdicts));
    expect(accuracyByQuestion(['unparsed'], ['q'])).toEqual(accuracyOf(['unparsed']));
  });
});

/** Abramowitz and Stegun 7.1.26, error below 2e-7. */
function twoSided(z: number): number {
  const t = 1 / (1 + 0.3275911 * (z / Math.SQRT2));
  const series =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return series * Math.exp((-z * z) / 2);
}
