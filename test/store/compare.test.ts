import { describe, expect, test } from 'vitest';
import { compareSides } from '../../src-main/core/analysis/compare.ts';
import { createAnalysisSource } from '../../src-main/core/analysis/source.ts';
import type { Verdict } from '../../src-main/domain/verdict.ts';
import { openForEachTest, store } from './each-test.ts';
import {
  addDataset,
  addQuestions,
  importedAnswer,
  judge,
  newRun,
  question,
  row,
  sha,
  startRun,
  answerAll,
  judgment,
} from './helpers.ts';

openForEachTest();

const REQUEST = { level: 0.95, seed: 1, resamples: 200, limit: 50 };
const side = (
  runId: number,
  more: Partial<{ judge: string; where: { column: string; value: string }[] }> = {},
) => ({
  runId,
  judge: null,
  where: [],
  ...more,
});

/** A run whose answers a judge gave these verdicts: "c", "i", "u". */
async function judged(datasetId: number, model: string, letters: string, again = false) {
  const run = await startRun(store, datasetId, { again });
  const answers = await answerAll(store, run, (pending) => ({
    modelSha256: sha(model),
    system: model,
    // A repeat numbers its samples on, as core does.
    sampleIndex: pending.sampleIndex + (again ? 1 : 0),
  }));
  const judgeId = await store.call('judges.ensure', judge('j'));
  const verdicts: Readonly<Record<string, Verdict>> = { c: 'correct', i: 'incorrect', u: 'unparsed' };
  await store.call('judgments.addRule', {
    judgments: answers.map((answerId, i) => ({
      ...judgment(answerId, judgeId, { verdict: verdicts[letters[i] ?? 'u'] ?? 'unparsed' }),
      score: null,
    })),
  });
  return run.runId;
}

describe('comparing', () => {
  test('runs are paired by question: differences, McNemar and flips come from the same pairs', async () => {
    const datasetId = await addQuestions(store, 8);
    const a = await judged(datasetId, 'a', 'ccccciiu');
    const b = await judged(datasetId, 'b', 'cciiicuc');
    const result = await compareSides(createAnalysisSource(store), store, {
      ...REQUEST,
      sides: [side(a), side(b)],
    });
    const [pair] = result.pairs;
    expect(pair).toMatchObject({ pairs: 6, unscored: 2, onlyInFirst: 0, onlyInSecond: 0 });
    expect(pair?.counts).toEqual({ bothCorrect: 2, onlyFirst: 3, onlySecond: 1, bothIncorrect: 0 });
    expect(pair?.difference?.value).toBeCloseTo(2 / 6, 12);
    expect(pair?.mcnemar.pExact).toBeCloseTo(0.625, 12);
    // 2·½⁴ is 0.125: whatever these four had done, nothing would have been shown.
    expect(result.notes.join(' ')).toMatch(
      /A − B rests on few: 6 pairs were scored on both sides, 4 flipped; .* from −27\.2 to \+72\.6 points\./,
    );
    expect(result.notes.join(' ')).toMatch(/no p can be below 0\.13/);
    expect(result.flippedTotal).toBe(4);
    expect(result.flipped.map(({ question: text }) => text)).toEqual(
      [2, 3, 4, 5].map((i) => `Question number ${i}?`),
    );
    expect(result.flipped[0]).toMatchObject({ first: { correct: true }, second: { correct: false } });
  });

  test('nothing is said of few where there are enough, and sides that never differ are not called equal', async () => {
    const datasetId = await addQuestions(store, 40);
    const a = await judged(datasetId, 'a', 'ci'.repeat(20));
    const b = await judged(datasetId, 'b', 'ic'.repeat(20));
    const c = await judged(datasetId, 'c', 'ci'.repeat(20));
    const notes = async (...sides: ReturnType<typeof side>[]) =>
      (await compareSides(createAnalysisSource(store), store, { ...REQUEST, sides })).notes.join(' ');
    expect(await notes(side(a), side(b))).not.toMatch(/rests on few/);
    expect(await notes(side(a), side(c))).toMatch(
      /A − B rests on few: 40 pairs were scored on both sides, none flipped.*does not show that the sides are equal/,
    );
  });

  test('a repeat of a run pairs with it, though its samples are numbered on', async () => {
    const datasetId = await addQuestions(store, 4);
    const a = await judged(datasetId, 'a', 'ccii');
    const b = await judged(datasetId, 'a', 'cici', true);
    const { pairs } = await compareSides(createAnalysisSource(store), store, {
      ...REQUEST,
      sides: [side(a), side(b)],
    });
    expect(pairs[0]).toMatchObject({ pairs: 4, counts: { onlyFirst: 1, onlySecond: 1 } });
  });

  test('parts of a run pair across systems; three of them are adjusted by Holm', async () => {
    const texts = ['x', 'y', 'z'];
    const rows = Array.from({ length: 12 }, (_, i) =>
      row(
        i,
        question(`Q${i}?`),
        texts.map((system, s) => importedAnswer(system, `${system}${i}`, { contains: i % (s + 2) === 0 })),
      ),
    );
    const datasetId = await addDataset(store, 'three', rows);
    const runId = await store.call(
      'runs.create',
      newRun(datasetId, {
        phases: [],
        selection: { kind: 'imported-answers', system: null, limit: null, seed: 0 },
      }),
    );
    const { pairs, notes } = await compareSides(createAnalysisSource(store), store, {
      ...REQUEST,
      sides: texts.map((value) =>
        side(runId, { judge: 'lexical:contains', where: [{ column: 'system', value }] }),
      ),
    });
    expect(pairs.map((pair) => pair.pairs)).toEqual([12, 12, 12]);
    const least = Math.min(...pairs.map((pair) => pair.mcnemar.pExact));
    expect(Math.min(...pairs.map((pair) => pair.pHolm))).toBeCloseTo(Math.min(1, 3 * least), 12);
    expect(notes.join(' ')).toMatch(/Holm/);
  });

  test('several answers to a question make p and interval no surer than the question', async () => {
    // System x is right on seven questions of ten, y on the last two of them only; each said it four times.
    const right = { x: (i: number) => i < 7, y: (i: number) => i === 5 || i === 6 };
    const made = async (name: string, times: number) => {
      const rows = Array.from({ length: 10 }, (_, i) =>
        row(
          i,
          question(`Q${i}?`),
          (['x', 'y'] as const).flatMap((system) =>
            Array.from({ length: times }, (_, t) =>
              importedAnswer(system, `${system}${i}.${t}`, { contains: right[system](i) }),
            ),
          ),
        ),
      );
      const datasetId = await addDataset(store, name, rows);
      const selection = { kind: 'imported-answers' as const, system: null, limit: null, seed: 0 };
      const runId = await store.call('runs.create', newRun(datasetId, { phases: [], selection }));
      const sides = ['x', 'y'].map((value) =>
        side(runId, { judge: 'lexical:contains', where: [{ column: 'system', value }] }),
      );
      return compareSides(createAnalysisSource(store), store, { ...REQUEST, sides });
    };
    const [once, four] = [await made('once', 1), await made('four', 4)];
    expect(once.pairs[0]).toMatchObject({ pairs: 10, questions: 10, decided: 5, designEffect: 1 });
    expect(four.pairs[0]).toMatchObject({ pairs: 40, questions: 10, decided: 5 });
    expect(once.pairs[0]?.mcnemar.pExact).toBeCloseTo(0.0625, 12);
    expect(four.pairs[0]?.mcnemar.pExact).toBeCloseTo(0.0625, 12);
    const width = (result: typeof once): number => {
      const { low, high } = result.pairs[0]?.difference ?? { low: 0, high: 0 };
      return high - low;
    };
    expect(width(four) / width(once)).toBeCloseTo(1, 1);
    expect(four.notes.join(' ')).toMatch(/10 questions, one side ahead on 5 of them.*hang together/);
    expect(once.notes.join(' ')).not.toMatch(/hang together/);
  });

  test('runs on different questions are refused, not paired by row number', async () => {
    const a = await judged(await addQuestions(store, 3, 'one'), 'a', 'cci');
    const b = await judged(await addQuestions(store, 3, 'other'), 'a', 'cci');
    const source = createAnalysisSource(store);
    await expect(compareSides(source, store, { ...REQUEST, sides: [side(a), side(b)] })).rejects.toThrow(
      /same questions/,
    );
  });

  test('a source keeps a run’s columns until something in it changes', async () => {
    const datasetId = await addQuestions(store, 2);
    const runId = await judged(datasetId, 'a', 'ci');
    const source = createAnalysisSource(store);
    const options = { runId, where: [], panels: [], level: 0.95, seed: 0, resamples: 200 };
    const first = await source.table(options);
    expect((await source.table(options)).matrix).toBe(first.matrix);
    const judgeId = await store.call('judges.ensure', judge('other'));
    const answerId = first.matrix.answerIds[0] ?? 0;
    await store.call('judgments.addRule', { judgments: [{ ...judgment(answerId, judgeId), score: null }] });
    expect((await source.table(options)).matrix.judges).toHaveLength(2);
  });
});
