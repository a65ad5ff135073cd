import { expect, test } from 'vitest';
import { analyseRun, breakdownOf } from '../../src-main/core/analysis/analyse.ts';
import { compareSides } from '../../src-main/core/analysis/compare.ts';
import { correctedAccuracy } from '../../src-main/core/analysis/corrected.ts';
import { loadScores } from '../../src-main/core/analysis/load-scores.ts';
import { createAnalysisSource } from '../../src-main/core/analysis/source.ts';
import { uncertaintyOf } from '../../src-main/core/analysis/uncertainty.ts';
import { runAlarms } from '../../src-main/core/judging/run-alarms.ts';
import { createRandom } from '../../src-main/domain/statistics/random.ts';
import { type Verdict, VERDICTS } from '../../src-main/domain/verdict.ts';
import { openForEachTest, store } from './each-test.ts';
import { addDataset, answerTo, human, judge, judgment, question, row, startRun } from './helpers.ts';

openForEachTest();

interface Said {
  readonly verdict: Verdict;
  readonly p: number | null;
}

/** What was put into the store of one answer: everything below is counted from these again, by hand. */
interface Kept {
  readonly answerId: number;
  readonly questionAt: number;
  readonly level: string;
  readonly hasGold: boolean;
  readonly nll: number | null;
  readonly said: readonly (Said | null)[];
}

const QUESTIONS = 60;
const SAMPLES = 2;
const JUDGES = ['one', 'two', 'person'] as const;

/** A run in which everything that can be missing is missing somewhere: answers, log-probabilities, gold, verdicts of every kind. */
async function untidyRun(seed: number): Promise<{ readonly runId: number; readonly kept: Kept[] }> {
  const random = createRandom(seed);
  const rows = Array.from({ length: QUESTIONS }, (_, i) =>
    row(
      i,
      question(`Question ${i}?`, {
        gold: i % 7 === 0 ? [] : ['gold'],
        metadata: { level: i % 3 === 0 ? 'easy' : 'hard' },
      }),
    ),
  );
  const run = await startRun(store, await addDataset(store, `untidy ${seed}`, rows), {
    selection: { kind: 'questions', limit: null, seed: 0, samples: SAMPLES },
  });
  const pending = await store.call('runs.pendingAnswers', { runId: run.runId, after: -1, limit: 1000 });
  const answered = pending.filter(() => random.next() < 0.9);
  const failed = pending.filter((item) => !answered.includes(item)).slice(0, 3);
  await store.call('runs.putFailures', {
    ...run,
    seq: 0,
    failures: failed.map(({ position }) => ({ position, reason: 'no memory' })),
  });
  const nlls = answered.map(() => (random.next() < 0.1 ? null : Math.round(random.next() * 8) / 8));
  const ids = await store.call('runs.putAnswers', {
    ...run,
    seq: 0,
    answers: answered.map((item, i) =>
      answerTo(item, {
        text: `Answer ${item.position} of ${item.sampleIndex}.`,
        // Not kept token by token: nothing is known of its probability.
        ...(nlls[i] === null
          ? { tokenIds: Int32Array.of(), logprobs: Float32Array.of(), tokenTexts: [] }
          : { logprobs: Float32Array.of(-(nlls[i] ?? 0), 0, 0) }),
      }),
    ),
  });
  const judgeIds = await Promise.all(
    JUDGES.map((name) => store.call('judges.ensure', name === 'person' ? human(name) : judge(name))),
  );
  const kept = answered.map((item, i): Kept => ({
    answerId: ids[i] ?? -1,
    questionAt: item.row.position,
    level: item.row.position % 3 === 0 ? 'easy' : 'hard',
    hasGold: item.row.position % 7 !== 0,
    nll: nlls[i] ?? null,
    said: JUDGES.map((name) => {
      if (random.next() < 0.15) return null;
      const rare = random.next();
      const verdict =
        rare < 0.3 ? (VERDICTS[2 + random.int(4)] ?? 'error') : rare < 0.7 ? 'correct' : 'incorrect';
      const p = name === 'person' || verdict === 'error' || random.next() < 0.2 ? null : random.next();
      return { verdict, p };
    }),
  }));
  await store.call('judgments.addRule', {
    judgments: kept.flatMap(({ answerId, said }) =>
      said.flatMap((one, j) =>
        one === null
          ? []
          : [
              {
                ...judgment(answerId, judgeIds[j] ?? -1, {
                  verdict: one.verdict,
                  pCorrect: one.p,
                  labelMass: one.p === null ? null : 0.9,
                  mode: JUDGES[j] === 'person' ? 'human' : 'next-token',
                  error: one.verdict === 'error' ? 'gone' : null,
                }),
                score: null,
              },
            ],
      ),
    ),
  });
  return { runId: run.runId, kept };
}

const scoredBy = (kept: Kept, j: number): boolean | null => {
  const verdict = kept.said[j]?.verdict;
  return verdict === 'correct' ? true : verdict === 'incorrect' ? false : null;
};
const countOf = (kept: readonly Kept[], of: (one: Kept) => boolean): number => kept.filter(of).length;
const bothScored = (kept: readonly Kept[], a: number, b: number): Kept[] =>
  kept.filter((one) => scoredBy(one, a) !== null && scoredBy(one, b) !== null);

test.each([1, 2, 3, 4])('every denominator is what its words say (run %d)', async (seed) => {
  const { runId, kept } = await untidyRun(seed);
  const source = createAnalysisSource(store);
  const table = await source.table({
    runId,
    where: [],
    panels: [{ kind: 'majority', members: ['judge:1', 'judge:2'], weights: null }],
    level: 0.95,
    seed: 1,
    resamples: 200,
  });
  const analysis = await analyseRun(table);
  const counts = await store.call('runs.counts', { runId });
  expect(analysis.scope).toMatchObject({
    answers: kept.length,
    wanted: QUESTIONS * SAMPLES,
    questions: new Set(kept.map((one) => one.questionAt)).size,
    withoutGold: countOf(kept, (one) => !one.hasGold),
  });

  JUDGES.forEach((name, j) => {
    const entry = analysis.judges.find(({ judge: { name: named } }) => named === name);
    const said = kept.flatMap((one) => one.said[j] ?? []);
    const of = (verdict: Verdict): number => said.filter((one) => one.verdict === verdict).length;
    expect(entry?.accuracy.counts).toEqual(Object.fromEntries(VERDICTS.map((v) => [v, of(v)])));
    expect(entry?.accuracy.scored).toBe(of('correct') + of('incorrect'));
    expect(entry?.accuracy.accuracy?.value).toBeCloseTo(
      of('correct') / (of('correct') + of('incorrect')),
      12,
    );
    expect(entry?.missing).toBe(kept.length - said.length);
    const p = said.flatMap((one) => (one.p === null || one.verdict === 'unparsed' ? [] : [one.p]));
    const mean = p.length === 0 ? null : p.reduce((a, b) => a + b, 0) / p.length;
    // The run's own page counts in the store; the analysis counts here.
    const stored = counts.judges.find((one) => one.judge.name === name);
    for (const found of [entry?.meanPCorrect, stored?.meanPCorrect]) {
      if (mean === null) expect(found).toBeNull();
      else expect(found).toBeCloseTo(mean, 10);
    }
    expect(stored).toMatchObject({
      correct: of('correct'),
      incorrect: of('incorrect'),
      notAttempted: of('not_attempted'),
      unparsed: of('unparsed'),
      error: of('error'),
      skipped: of('skipped'),
      missing: kept.length - said.length,
    });
  });

  const pair = analysis.agreement.pairs.find(
    ({ first, second }) => first === 'judge:1' && second === 'judge:2',
  );
  const both = bothScored(kept, 0, 1);
  expect(pair?.rows).toBe(both.length);
  expect(pair?.confusion.falsePositive).toBe(
    countOf(both, (one) => scoredBy(one, 0) === true && scoredBy(one, 1) === false),
  );
  expect(analysis.agreement.alphaRows).toBe(
    countOf(kept, (one) => JUDGES.filter((_, j) => scoredBy(one, j) !== null).length > 1),
  );
  const against = analysis.againstHumans.find(({ judge: { name } }) => name === 'one');
  expect(against?.quality.rows).toBe(bothScored(kept, 0, 2).length);
  expect(against?.quality.referencePositive?.value).toBeCloseTo(
    countOf(bothScored(kept, 0, 2), (one) => scoredBy(one, 2) === true) / bothScored(kept, 0, 2).length,
    12,
  );

  // A panel has an opinion where both have seen the answer; who could not be read has no vote.
  const panel = analysis.judges.find(({ judge: { kind } }) => kind === 'panel');
  const seen = kept.filter((one) => one.said[0] !== null && one.said[1] !== null);
  expect(panel?.missing).toBe(kept.length - seen.length);
  const votes = (one: Kept): Verdict[] =>
    one.said
      .slice(0, 2)
      .flatMap((said) =>
        said !== null && ['correct', 'incorrect', 'not_attempted'].includes(said.verdict)
          ? [said.verdict]
          : [],
      );
  expect(panel?.accuracy.counts.correct).toBe(
    countOf(seen, (one) => votes(one).length > 0 && votes(one).every((vote) => vote === 'correct')),
  );
  expect(panel?.accuracy.counts.unparsed).toBe(countOf(seen, (one) => new Set(votes(one)).size !== 1));

  const easy = breakdownOf(table, 'level').judges.find(({ judge: { name } }) => name === 'one');
  expect(easy?.breakdown.groups.find(({ group }) => group === 'easy')?.accuracy.scored).toBe(
    countOf(kept, (one) => one.level === 'easy' && scoredBy(one, 0) !== null),
  );

  const view = await uncertaintyOf(table, await loadScores(source, table));
  const cell = view.cells.find(({ judge: key, score }) => key === 'judge:1' && score === 'g-nll');
  const withNll = kept.filter((one) => one.nll !== null && scoredBy(one, 0) !== null);
  expect(cell?.rows).toBe(withNll.length);
  expect(cell?.incorrect).toBe(countOf(withNll, (one) => scoredBy(one, 0) === false));
  const pairs = withNll.flatMap((wrong) =>
    scoredBy(wrong, 0) === true
      ? []
      : withNll.flatMap((right) =>
          scoredBy(right, 0) === true ? [(Math.sign((wrong.nll ?? 0) - (right.nll ?? 0)) + 1) / 2] : [],
        ),
  );
  expect(cell?.auroc).toBeCloseTo(pairs.reduce((a, b) => a + b, 0) / pairs.length, 6);
  const marginal = view.cells.find(({ judge: key, score }) => key === 'marginal' && score === 'g-nll');
  expect(marginal?.rows).toBe(countOf(bothScored(kept, 0, 1), (one) => one.nll !== null));

  // Nobody drew these labels at random, and not every answer has one: nothing may be corrected by them.
  const corrected = correctedAccuracy(table, 'judge:1', null);
  expect(corrected.corrected).toBeNull();
  expect(corrected.labels.used).toBe(0);

  const alarm = (await runAlarms(store, runId)).find(({ id }) => id === 'gold-missing');
  expect(alarm?.text).toMatch(
    new RegExp(`^${countOf(kept, (one) => !one.hasGold)} answers are to questions`),
  );

  const compared = await compareSides(source, store, {
    sides: [
      { runId, judge: 'judge:1', where: [] },
      { runId, judge: 'judge:2', where: [] },
    ],
    level: 0.95,
    seed: 1,
    resamples: 200,
    limit: 1000,
  });
  const [only] = compared.pairs;
  expect(only?.pairs).toBe(both.length);
  expect(only?.unscored).toBe(kept.length - both.length);
  expect(compared.flippedTotal).toBe(countOf(both, (one) => scoredBy(one, 0) !== scoredBy(one, 1)));
  expect(only?.difference?.value).toBeCloseTo(
    (countOf(both, (one) => scoredBy(one, 0) === true) - countOf(both, (one) => scoredBy(one, 1) === true)) /
      both.length,
    12,
  );
});
