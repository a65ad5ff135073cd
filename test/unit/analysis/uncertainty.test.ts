import { describe, expect, test } from 'vitest';
import { meaningScores } from '../../../src-main/core/analysis/meaning-scores.ts';
import { relevanceScores } from '../../../src-main/core/analysis/relevance-scores.ts';
import { scoresOf } from '../../../src-main/core/analysis/scores.ts';
import { tokensOf } from '../../../src-main/core/analysis/tokens.ts';
import { thinned, uncertaintyDetail } from '../../../src-main/core/analysis/uncertainty-detail.ts';
import { uncertaintyOf } from '../../../src-main/core/analysis/uncertainty.ts';
import { spoken, tableOf } from './helpers.ts';

const cellOf = async (table: ReturnType<typeof tableOf>, judge: string, score: string) =>
  (await uncertaintyOf(table, scoresOf(table, null))).cells.find(
    (cell) => cell.judge === judge && cell.score === score,
  );

describe('uncertainty against judges', () => {
  test('AUROC is of finding incorrect answers: uncertain wrong answers give 1, certain ones 0', async () => {
    const nll = [0.1, 0.2, 3, 4];
    const right = tableOf({ nll, judges: [{ id: 1, name: 'j', verdicts: spoken('ccii') }] });
    const wrong = tableOf({ nll, judges: [{ id: 1, name: 'j', verdicts: spoken('iicc') }] });
    expect((await cellOf(right, 'judge:1', 'g-nll'))?.auroc).toBe(1);
    expect((await cellOf(wrong, 'judge:1', 'g-nll'))?.auroc).toBe(0);
  });

  test('answers that the judge did not score are in no number of the cell', async () => {
    const table = tableOf({
      nll: [0.1, 9, 9, 4],
      judges: [{ id: 1, name: 'j', verdicts: spoken('cuxi') }],
    });
    expect(await cellOf(table, 'judge:1', 'g-nll')).toMatchObject({ rows: 2, incorrect: 1, auroc: 1 });
  });

  test('calibration is measured on probabilities only: exp(−NLL), never the NLL', async () => {
    const table = tableOf({
      nll: [-Math.log(0.9), -Math.log(0.2)],
      judges: [{ id: 1, name: 'j', verdicts: spoken('ci') }],
    });
    expect((await cellOf(table, 'judge:1', 'g-nll'))?.brier).toBeCloseTo((0.1 ** 2 + 0.2 ** 2) / 2, 12);
    expect((await cellOf(table, 'judge:1', 'length'))?.ece).toBeNull();
  });

  test('P(True) is a score, not one of the judges that are marginalised, and is not compared with itself', async () => {
    const pTrue = { promptId: 'p-true' };
    const table = tableOf({
      nll: [1, 2, 3, 4],
      judges: [
        { id: 1, name: 'a', verdicts: spoken('cici') },
        { id: 2, name: 'b', verdicts: spoken('ccii') },
        { id: 3, name: 'p', verdicts: spoken('cccc'), p: [0.9, 0.6, 0.7, 0.8], more: pTrue },
      ],
    });
    const view = await uncertaintyOf(table, scoresOf(table, null));
    const marginal = view.cells.find((cell) => cell.judge === 'marginal' && cell.score === 'g-nll');
    // Of a and b alone: correct 1, ½, ½, 0, hence two incorrect to be expected.
    expect(marginal?.incorrect).toBe(2);
    expect(view.scores.map(({ key }) => key)).toContain('p-true(judge:3)');
    expect(view.cells.some((cell) => cell.score === 'p-true(judge:3)' && cell.judge === 'judge:3')).toBe(
      false,
    );
  });

  test('answers without log-probabilities say why there is nothing to see', async () => {
    const table = tableOf({ judges: [{ id: 1, name: 'j', verdicts: spoken('ci') }] });
    const view = await uncertaintyOf(table, scoresOf(table, null));
    expect(view.scores.map(({ key }) => key)).toEqual(['length']);
    expect(view.note).toMatch(/without log-probabilities/);
  });

  test('entropy over samples stands beside each sample of the question, and only where there are several', () => {
    const table = tableOf({
      questions: [1, 1, 2],
      samples: [0, 1, 0],
      nll: [1, 3, 8],
      judges: [{ id: 1, name: 'j', verdicts: spoken('cic') }],
    });
    const entropy = scoresOf(table, null).find(({ info }) => info.key === 'predictive-entropy');
    expect(entropy?.values).toEqual([2, 2, null]);
  });

  test('a detail puts every answer into the histogram, those beyond the last edge too', async () => {
    const nll = Array.from({ length: 200 }, (_, i) => (i === 199 ? 1000 : i / 100));
    const table = tableOf({
      nll,
      judges: [{ id: 1, name: 'j', verdicts: spoken('cci'.repeat(66) + 'uu') }],
    });
    const { histogram, roc } = await uncertaintyDetail(table, scoresOf(table, null), {
      judge: 'judge:1',
      score: 'g-nll',
    });
    const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
    expect([sum(histogram.correct), sum(histogram.incorrect), sum(histogram.unscored)]).toEqual([132, 66, 2]);
    expect(histogram.beyond).toBeGreaterThan(0);
    expect(roc.at(-1)).toEqual({ falsePositiveRate: 1, truePositiveRate: 1 });
  });

  test('a thinned curve keeps its ends', () => {
    const curve = thinned(Array.from({ length: 5000 }, (_, i) => i));
    expect(curve.length).toBeLessThanOrEqual(200);
    expect([curve[0], curve.at(-1)]).toEqual([0, 4999]);
  });
});

describe('meanings of samples', () => {
  const made = {
    questions: [1, 1, 1],
    samples: [0, 1, 2],
    nll: [1, 1, 1],
    judges: [{ id: 1, name: 'j', verdicts: spoken('cic') }],
  };
  /** Which of the answers 1000, 1001, 1002 implies which, with P(yes). */
  const pairs = (p: Readonly<Record<string, number | null>>) =>
    Object.entries(p).map(([key, pEntails]) => ({
      judgeId: 9,
      judgeName: 'm',
      firstId: 1000 + Number(key[0]),
      secondId: 1000 + Number(key[1]),
      pEntails,
    }));
  const all = { '01': 0.9, '10': 0.8, '02': 0.9, '20': 0.1, '12': 0.2, '21': 0.9 };
  const valuesOf = (entailments: ReturnType<typeof pairs>, key: string) =>
    meaningScores(tableOf(made), entailments).find(({ info }) => info.key === key)?.values;

  test('a meaning takes both directions: what is only implied one way stays apart', () => {
    const values = valuesOf(pairs(all), 'semantic-entropy(judge:9)');
    const entropy = -(2 / 3) * Math.log(2 / 3) - (1 / 3) * Math.log(1 / 3);
    expect(values?.map((value) => value?.toFixed(12))).toEqual(Array(3).fill(entropy.toFixed(12)));
  });

  test('a pair that could not be read, or was not asked, leaves the question without a score', () => {
    expect(valuesOf(pairs({ ...all, '21': null }), 'semantic-entropy(judge:9)')).toBeUndefined();
    const { '21': _, ...missing } = all;
    expect(valuesOf(pairs(missing), 'sar(judge:9)')).toBeUndefined();
  });
});

describe('relevance of words', () => {
  const made = {
    questions: [1, 1],
    samples: [0, 1],
    nll: [3, 1],
    judges: [{ id: 1, name: 'j', verdicts: spoken('ci') }],
  };
  // Two tokens each: −ln p of 1 and 2, and of 0.5 and 0.5.
  const logprobs = { offsets: Int32Array.of(0, 2, 4), values: Float32Array.of(-1, -2, -0.5, -0.5) };
  const weighed = (first: readonly number[], second: readonly number[]) =>
    [first, second].map((values, i) => ({
      judgeId: 8,
      judgeName: 'w',
      answerId: 1000 + i,
      relevances: Float32Array.from(values),
    }));
  const alike = ['01', '10'].map((key) => ({
    judgeId: 9,
    judgeName: 'm',
    firstId: 1000 + Number(key[0]),
    secondId: 1000 + Number(key[1]),
    pEntails: 0.5,
  }));
  const scores = (relevances: ReturnType<typeof weighed>) =>
    new Map(
      relevanceScores(tableOf(made), logprobs, relevances, alike).map(({ info, values }) => [
        info.key,
        values,
      ]),
    );

  test('relevances weigh tokens as they are, as shares, and inside of SAR', () => {
    const found = scores(weighed([0.25, 0.75], [1, 1]));
    expect(found.get('rw-g-nll(judge:8)')).toEqual([0.25 * 1 + 0.75 * 2, 1]);
    expect(found.get('token-sar(judge:8)')).toEqual([1.75, 0.5]);
    // −mean ln(p + similarity·p of the other / 0.001), with p = exp(−token-SAR).
    const [a, b] = [Math.exp(-1.75), Math.exp(-0.5)];
    const sar = -(Math.log(a + 500 * b) + Math.log(b + 500 * a)) / 2;
    for (const value of found.get('sar(judge:9,judge:8)') ?? []) expect(value).toBeCloseTo(sar, 10);
    expect(found.get('sar(judge:9,judge:8)')).toHaveLength(2);
  });

  test('a word that could not be read leaves its answer without a score, and its question without SAR', () => {
    const found = scores(weighed([0.25, Number.NaN], [1, 1]));
    expect(found.get('rw-g-nll(judge:8)')).toEqual([null, 1]);
    expect(found.has('sar(judge:9,judge:8)')).toBe(false);
  });

  test('relevances of another tokenization are not stretched over the tokens', () => {
    expect([...scores(weighed([1], [1, 1, 1])).keys()]).toEqual([]);
  });
});

describe('along the answer', () => {
  test('positions count the answers that reach them, and prefixes those they are read from', () => {
    const table = tableOf({ judges: [{ id: 1, name: 'j', verdicts: spoken('cii') }] });
    const logprobs = {
      offsets: Int32Array.of(0, 2, 5, 5),
      values: Float32Array.of(-0.5, -0.5, -2, -1, -1),
    };
    const view = tokensOf(table, logprobs, 'judge:1');
    expect([view.answers, view.scored]).toEqual([2, 2]);
    expect(view.positions.map(({ all }) => all)).toEqual([
      { answers: 2, meanNll: 1.25 },
      { answers: 2, meanNll: 0.75 },
      { answers: 1, meanNll: 1 },
    ]);
    expect(view.prefix[0]).toEqual({ tokens: 1, auroc: 1, reached: 2 });
    expect(view.prefix.at(-1)).toMatchObject({ tokens: 3, reached: 1 });
  });
});
