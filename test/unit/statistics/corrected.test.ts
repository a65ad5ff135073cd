import { describe, expect, test } from 'vitest';
import golden from '../../fixtures/statistics/golden.json' with { type: 'json' };
import { containsGold } from '../../../src-main/domain/lexical/squad.ts';
import { mean, variance } from '../../../src-main/domain/statistics/checks.ts';
import {
  labelsNeeded,
  predictionPowered,
  type PredictionPoweredInput,
} from '../../../src-main/domain/statistics/corrected.ts';
import { roganGladen } from '../../../src-main/domain/statistics/rogan-gladen.ts';
import { createRandom, permutation } from '../../../src-main/domain/statistics/random.ts';
import { hasData, records, stringOf } from '../data.ts';

/** One answer a question, the first of them labelled. */
function single(judge: readonly number[], labels: readonly number[]): PredictionPoweredInput {
  return { judge, human: judge.map((_, row) => labels[row] ?? null), questions: judge.map((_, row) => row) };
}

describe('accuracy corrected by labels', () => {
  // ppi_py 0.2.3: ppi_mean_pointestimate and ppi_mean_ci on the unlabelled rows with weight (N − m)/N,
  // which is the same estimator for labels drawn from the rows themselves.
  test.each(golden.ppi)(
    '$name judge: value and interval of ppi-python',
    ({ judgeAll, human, value, low, high, tuned }) => {
      const input = single(judgeAll, human);
      const found = predictionPowered(input);
      expect(found?.estimate.value).toBeCloseTo(value, 12);
      // ppi_py divides variances by n, here by n − 1, and estimates var(judge) on the unlabelled rows.
      expect(Math.abs((found?.estimate.low ?? 0) - low)).toBeLessThan(0.004);
      expect(Math.abs((found?.estimate.high ?? 0) - high)).toBeLessThan(0.004);
      expect(predictionPowered(input, { tuned: true })?.estimate.value).toBeCloseTo(tuned, 2);
    },
  );

  test('by hand: mean(judge) + mean(human − judge)', () => {
    const found = predictionPowered(single([1, 1, 1, 0, 1, 1, 1, 1, 0, 1], [1, 0, 1, 0]));
    expect(found?.judgeMean).toBeCloseTo(0.8, 12);
    expect(found?.correction).toBeCloseTo(-0.25, 12);
    expect(found?.estimate.value).toBeCloseTo(0.55, 12);
    expect(found?.cautions.join()).toMatch(/Only 4 labels/);
  });

  test('with every row labelled it is the human accuracy, whatever the judge says', () => {
    const human = [1, 0, 1, 1, 0, 1, 1, 0, 1, 1];
    const judge = human.map(() => 1);
    const found = predictionPowered(single(judge, human));
    expect(found?.estimate.value).toBeCloseTo(0.7, 12);
    expect(found?.effectiveSampleSize).toBeCloseTo(10, 9);
  });

  test('a perfect judge so far still has an interval, and the caution says so', () => {
    const human = Array.from({ length: 30 }, (_, i) => i % 2);
    const found = predictionPowered(
      single(
        Array.from({ length: 1000 }, (_, i) => i % 2),
        human,
      ),
    );
    expect((found?.estimate.high ?? 0) - (found?.estimate.low ?? 0)).toBeGreaterThan(0.1);
    expect(found?.cautions.join()).toMatch(/No label disagrees/);
  });

  test('no labels give nothing, lists of other rows are refused', () => {
    expect(predictionPowered(single([1, 0], []))).toBeNull();
    expect(predictionPowered(single([], []))).toBeNull();
    expect(() => predictionPowered({ ...single([1], []), human: [1, 1] })).toThrow(/same rows/);
  });

  test('labels needed: that many reach the margin, one fewer does not, and the judge saves some', () => {
    const { judgeAll, human } = golden.ppi[0] ?? { judgeAll: [], human: [] };
    const input = single(judgeAll, human);
    const margin = 0.06;
    const needed = labelsNeeded(input, margin);
    const [spreadHuman, spreadDifference] = [
      variance(human),
      variance(human.map((h, i) => h - (judgeAll[i] ?? 0))),
    ];
    const half = (m: number): number =>
      1.959964 * Math.sqrt(spreadHuman / judgeAll.length + (1 / m - 1 / judgeAll.length) * spreadDifference);
    expect(half(needed?.withJudge ?? 1)).toBeLessThanOrEqual(margin);
    expect(half((needed?.withJudge ?? 2) - 1)).toBeGreaterThan(margin);
    expect(needed?.humanOnly).toBeGreaterThan(needed?.withJudge ?? Infinity);
    expect(labelsNeeded(input, 0.01)).toMatchObject({ withJudge: null });
    expect(() => labelsNeeded(input, 3)).toThrow(/half-width/);
  });

  test('the interval covers the accuracy the rows were drawn with in about 95 of 100 simulated runs', () => {
    const random = createRandom(5);
    let covered = 0;
    for (let run = 0; run < 600; run += 1) {
      const human = Array.from({ length: 400 }, () => (random.next() < 0.6 ? 1 : 0));
      const judge = human.map((truth) => (truth === 1 ? 1 : random.next() < 0.45 ? 1 : 0));
      const { low, high } = predictionPowered(single(judge, human.slice(0, 100)))?.estimate ?? {
        low: 1,
        high: 0,
      };
      if (low <= 0.6 && 0.6 <= high) covered += 1;
    }
    expect(covered).toBeGreaterThan(550);
    expect(covered).toBeLessThan(590);
  });
});

describe.skipIf(!hasData('evouna-tq.json'))(
  '100 labels and the contains judge on EVOUNA-TQ, 400 draws',
  () => {
    /** Root mean square error and bias of the corrected accuracy and of the labels alone. */
    const simulate = (system: string, tuned: boolean) => {
      const rows = records('evouna-tq.json').filter((row) => row['improper'] !== true);
      const human = rows.map((row) => Number(row[`judge_${system}`] === true));
      const judge = rows.map((row) =>
        Number(containsGold(stringOf(row[`answer_${system}`]), stringOf(row['golden_answer']).split('/'))),
      );
      const random = createRandom(9);
      const runs = Array.from({ length: 400 }, () => {
        const drawn = permutation(rows.length, random).slice(0, 100);
        const labels = drawn.map((row) => human[row] ?? 0);
        const known = new Set(drawn);
        const input = {
          judge,
          human: human.map((label, row) => (known.has(row) ? label : null)),
          questions: rows.map((_, row) => row),
        };
        const found = predictionPowered(input, { tuned });
        return {
          corrected: (found?.estimate.value ?? 0) - mean(human),
          alone: mean(labels) - mean(human),
          cautious: found?.cautions.some((caution) => caution.includes('labels alone')) === true,
        };
      });
      const rmse = (of: 'corrected' | 'alone'): number => Math.sqrt(mean(runs.map((run) => run[of] ** 2)));
      return {
        naiveBias: mean(judge) - mean(human),
        bias: mean(runs.map((run) => run.corrected)),
        ratio: rmse('corrected') / rmse('alone'),
        cautious: mean(runs.map((run) => Number(run.cautious))),
      };
    };

    test('gpt35: better than the labels alone by a third, without the bias of seven points', () => {
      const found = simulate('gpt35', false);
      expect(Math.abs(found.naiveBias)).toBeGreaterThan(0.07);
      expect(Math.abs(found.bias)).toBeLessThan(0.006);
      expect(found.ratio).toBeLessThan(0.75);
      expect(found.cautious).toBeLessThan(0.01);
    });

    test('newbing: the judge is too weak to help, which is said, and the tuned weight does no harm', () => {
      expect(simulate('newbing', false).cautious).toBeGreaterThan(0.3);
      expect(simulate('newbing', true).ratio).toBeLessThan(1.01);
    });
  },
);

describe('Rogan–Gladen', () => {
  const calibration = { truePositive: 90, falseNegative: 10, trueNegative: 70, falsePositive: 30 };

  test('by hand: (p + sp − 1)/(se + sp − 1)', () => {
    const found = roganGladen(660, 1000, calibration);
    expect(found.ok && found.estimate.value).toBeCloseTo((0.66 + 0.7 - 1) / (0.9 + 0.7 - 1), 12);
    expect(found).toMatchObject({ ok: true, m1: 100, m0: 100 });
  });

  test('the delta-method interval is as wide as the spread of simulated estimates', () => {
    const random = createRandom(21);
    const draw = (n: number, p: number): number => {
      let k = 0;
      for (let i = 0; i < n; i += 1) k += random.next() < p ? 1 : 0;
      return k;
    };
    const estimates = Array.from({ length: 2000 }, () => {
      const tp = draw(100, 0.9);
      const tn = draw(100, 0.7);
      const found = roganGladen(draw(1000, 0.66), 1000, {
        truePositive: tp,
        falseNegative: 100 - tp,
        trueNegative: tn,
        falsePositive: 100 - tn,
      });
      return found.ok ? found.estimate.value : Number.NaN;
    }).toSorted((a, b) => a - b);
    const found = roganGladen(660, 1000, calibration);
    const width = found.ok ? found.estimate.high - found.estimate.low : 0;
    const simulated = (estimates[1949] ?? 0) - (estimates[49] ?? 0);
    expect(Math.abs(width / simulated - 1)).toBeLessThan(0.12);
  });

  test('is cut at [0, 1]', () => {
    expect(roganGladen(50, 1000, calibration)).toMatchObject({ ok: true, estimate: { value: 0, low: 0 } });
  });

  test.each([
    [
      { truePositive: 60, falseNegative: 40, trueNegative: 55, falsePositive: 45 },
      /hardly tells right from wrong/,
    ],
    [{ truePositive: 5, falseNegative: 1, trueNegative: 90, falsePositive: 4 }, /6 correct and 94 incorrect/],
  ])('is refused with a sentence for %j', (weak, sentence) => {
    const found = roganGladen(660, 1000, weak);
    expect(found.ok ? '' : found.reason).toMatch(sentence);
  });

  test('a judge that scored nothing is refused', () => {
    expect(roganGladen(0, 0, calibration).ok).toBe(false);
  });
});
