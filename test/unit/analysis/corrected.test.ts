import { describe, expect, test } from 'vitest';
import {
  correctedAccuracy,
  correctionsOf,
  transferredAccuracy,
} from '../../../src-main/core/analysis/corrected.ts';
import { judgesOf } from '../../../src-main/core/analysis/judges.ts';
import type { DrawnLabel } from '../../../src-main/domain/analysis/matrix.ts';
import type { Verdict } from '../../../src-main/domain/verdict.ts';
import { type MadeRun, spoken, tableOf } from './helpers.ts';

// Forty answers; the judge calls 30 correct. People label eight at random: they agree on six, and call two of the judge's
// "correct" incorrect. By hand: mean(judge) = 30/40; mean(human − judge) = −2/8; corrected = 0.75 − 0.25 = 0.5.
const JUDGE = 'c'.repeat(30) + 'i'.repeat(10);
const LABELLED: readonly (readonly [row: number, verdict: Verdict])[] = [
  [0, 'correct'],
  [3, 'incorrect'],
  [7, 'correct'],
  [11, 'incorrect'],
  [19, 'correct'],
  [25, 'correct'],
  [31, 'incorrect'],
  [38, 'incorrect'],
];

function label(row: number, verdict: Verdict, more: Partial<DrawnLabel> = {}): DrawnLabel {
  return { row, verdict, judgeId: 2, draw: 'random', queueId: 5, ...more };
}

function made(labels: readonly DrawnLabel[], person: readonly (readonly [number, Verdict])[] = []): MadeRun {
  const said = new Map([...labels.map(({ row, verdict }) => [row, verdict] as const), ...person]);
  return {
    judges: [
      { id: 1, name: 'judge', verdicts: spoken(JUDGE) },
      {
        id: 2,
        name: 'Ada',
        kind: 'human',
        verdicts: Array.from({ length: 40 }, (_, row) => said.get(row) ?? null),
      },
    ],
    labels,
    queues: [
      { queueId: 5, draw: 'random', coversRun: true },
      { queueId: 6, draw: 'sorted', coversRun: true },
      { queueId: 7, draw: 'random', coversRun: false },
    ],
  };
}

const RANDOM = LABELLED.map(([row, verdict]) => label(row, verdict));

describe('corrected accuracy', () => {
  test('equals the mean of the judge plus the mean of label minus judge, computed by hand', () => {
    const view = correctedAccuracy(tableOf(made(RANDOM)), 'judge:1', 0.05);
    expect(view.corrected?.estimate.value).toBeCloseTo(0.5, 12);
    expect(view.corrected).toMatchObject({ rows: 40, labels: 8, judgeMean: 0.75, humanMean: 0.5 });
    expect(view.needed.map(({ margin }) => margin)).toContain(0.05);
  });

  test('labels of a sorted queue, of a part of the run, and made in the open are left out and counted', () => {
    const doubtful = [
      label(12, 'incorrect', { draw: 'sorted', queueId: 6 }),
      label(13, 'incorrect', { draw: 'sorted', queueId: 6 }),
      label(14, 'incorrect', { queueId: 7 }),
    ];
    const view = correctedAccuracy(
      tableOf(made([...RANDOM, ...doubtful], [[15, 'incorrect']])),
      'judge:1',
      null,
    );
    expect(view.corrected?.estimate.value).toBeCloseTo(0.5, 12);
    expect(view.labels).toMatchObject({ labelled: 12, random: 8, used: 8, complete: false });
    expect(Object.fromEntries(view.labels.leftOut.map(({ reason, count }) => [reason, count]))).toEqual({
      'from a queue that was sorted': 2,
      'drawn from a queue that did not hold all answers of this run': 1,
      'made in the open, or brought by the file': 1,
    });
  });

  test('an answer labelled at random stays in the sample although its author changed their mind in the open', () => {
    const changed = made(RANDOM, [[3, 'correct']]);
    expect(correctedAccuracy(tableOf(changed), 'judge:1', null).corrected?.estimate.value).toBeCloseTo(
      0.5,
      12,
    );
  });

  test('labels alone, but none drawn at random, correct nothing and say so', () => {
    const sorted = RANDOM.map((entry) => ({ ...entry, draw: 'sorted' as const, queueId: 6 }));
    const view = correctedAccuracy(tableOf(made(sorted)), 'judge:1', null);
    expect(view.corrected).toBeNull();
    expect(view.notes.join(' ')).toMatch(/none drawn blind and at random/);
  });

  test('labels of every answer are a census: it does not matter how they came, and they are the result', () => {
    const all = Array.from({ length: 40 }, (_, row): readonly [number, Verdict] => [
      row,
      row < 18 ? 'correct' : 'incorrect',
    ]);
    const view = correctedAccuracy(tableOf(made([], all)), 'judge:1', null);
    expect(view.labels.complete).toBe(true);
    expect(view.corrected?.estimate.value).toBeCloseTo(18 / 40, 12);
  });

  test('answers to one question are taken together: the interval of the table and of the report is wider, and says so', () => {
    const questions = Array.from({ length: 40 }, (_, row) => Math.floor(row / 4));
    const alone = correctedAccuracy(tableOf(made(RANDOM)), 'judge:1', 0.2);
    const run = tableOf({ ...made(RANDOM), questions });
    const view = correctedAccuracy(run, 'judge:1', 0.2);
    expect(view.corrected?.estimate.value).toBe(alone.corrected?.estimate.value);
    expect(view.corrected?.standardError).toBeGreaterThan(alone.corrected?.standardError ?? 1);
    expect(correctionsOf(run, judgesOf(run))[0]?.corrected).toEqual(view.corrected);
    expect(view.notes.join(' ')).toMatch(/hanging together \(40 answers to 10 questions\)/);
    expect(alone.notes.join(' ')).not.toMatch(/hanging together/);
    const one = correctedAccuracy(
      tableOf({ ...made(RANDOM), questions: questions.map(() => 7) }),
      'judge:1',
      0.2,
    );
    expect(one.corrected).toBeNull();
    expect(one.notes.join(' ')).toMatch(/to one question/);
  });

  test('two people who differ on an answer leave it out of the sample', () => {
    const two = [...RANDOM, label(3, 'correct', { judgeId: 3 })];
    const run = made(two);
    const ben = { id: 3, name: 'Ben', kind: 'human' as const, verdicts: spoken('...c'.padEnd(40, '.')) };
    const view = correctedAccuracy(tableOf({ ...run, judges: [...run.judges, ben] }), 'judge:1', null);
    expect(view.labels).toMatchObject({ random: 8, used: 7 });
    expect(view.corrected?.estimate.value).toBeCloseTo(0.75 - 1 / 7, 12);
  });
});

describe('transferred calibration', () => {
  const calibration = (judge: string, human: string) =>
    tableOf({
      runId: 2,
      judges: [
        { id: 1, name: 'judge', verdicts: spoken(judge) },
        { id: 2, name: 'Ada', kind: 'human', verdicts: spoken(human) },
      ],
    });

  test('Rogan and Gladen by hand: p̂ 0.75, sensitivity 1, specificity 0.5 give 0.5', () => {
    const there = calibration(
      'c'.repeat(20) + 'c'.repeat(10) + 'i'.repeat(10),
      'c'.repeat(20) + 'i'.repeat(20),
    );
    const { result } = transferredAccuracy(tableOf(made([])), 'judge:1', { table: there, judge: 'judge:1' });
    expect(result.ok && result.estimate.value).toBeCloseTo(0.5, 12);
  });

  test('labels of sorted queues do not make the calibration: they would be of the judge’s errors only', () => {
    const said = 'c'.repeat(30) + 'i'.repeat(30);
    // Fifty labels at random agree with the judge but for five of each; ten more were asked for where it errs.
    const human = `${'c'.repeat(20)}iiiii.....${'i'.repeat(20)}ccccc.....`;
    const wrong = new Set([25, 26, 27, 28, 29, 55, 56, 57, 58, 59]);
    const all = spoken(human).map((verdict, row): Verdict | null =>
      wrong.has(row) && row !== 59 ? (row < 30 ? 'incorrect' : 'correct') : verdict,
    );
    const drawn = all.flatMap((verdict, row): DrawnLabel[] =>
      verdict === null ? [] : [label(row, verdict, wrong.has(row) ? { draw: 'sorted', queueId: 6 } : {})],
    );
    const there = tableOf({
      runId: 2,
      judges: [
        { id: 1, name: 'judge', verdicts: spoken(said) },
        { id: 2, name: 'Ada', kind: 'human', verdicts: all },
      ],
      labels: drawn,
      queues: [
        { queueId: 5, draw: 'random', coversRun: true },
        { queueId: 6, draw: 'sorted', coversRun: true },
      ],
    });
    const view = transferredAccuracy(tableOf(made([])), 'judge:1', { table: there, judge: 'judge:1' });
    expect(view.calibration.confusion).toEqual({
      truePositive: 20,
      falsePositive: 5,
      falseNegative: 5,
      trueNegative: 20,
    });
    expect(view.notes.join(' ')).toMatch(/^.*9 of the labels there come from sorted queues/);
    expect(judgesOf(there).reference?.sorted).toBe(9);
  });

  test('a judge that hardly tells right from wrong there is refused, not divided by', () => {
    const there = calibration('ci'.repeat(20), 'cc'.repeat(10) + 'ii'.repeat(10));
    const view = transferredAccuracy(tableOf(made([])), 'judge:1', { table: there, judge: 'judge:1' });
    expect(view.result).toMatchObject({ ok: false });
    expect(view.calibration.rows).toBe(40);
  });
});
