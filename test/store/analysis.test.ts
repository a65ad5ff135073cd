import { describe, expect, test } from 'vitest';
import { judgeByRules } from '../../src-main/core/judging/rules.ts';
import type { LabelState } from '../../src-main/domain/analysis/labelling.ts';
import { type Verdict, VERDICTS } from '../../src-main/domain/verdict.ts';
import { openForEachTest, store } from './each-test.ts';
import {
  addDataset,
  answerAll,
  answerTo,
  human,
  importedAnswer,
  judge,
  judgment,
  newRun,
  question,
  row,
  startRun,
} from './helpers.ts';

openForEachTest();

async function answered(count: number, name = 'questions') {
  const rows = Array.from({ length: count }, (_, i) =>
    row(i, question(`Question ${i}?`, { metadata: { level: i % 2 === 0 ? 'easy' : 'hard', note: `n${i}` } })),
  );
  const run = await startRun(store, await addDataset(store, name, rows));
  return { ...run, answers: await answerAll(store, run) };
}

async function personOf(name: string): Promise<number> {
  return store.call('judges.ensure', human(name));
}

const begin = async (runId: number, judgeId: number, more: Partial<{ seed: number }> = {}) =>
  store.call('labels.begin', { runId, judgeId, order: 'random', sortJudgeId: null, seed: 0, ...more });

const put = (state: LabelState, verdict: 'correct' | 'incorrect' | 'skipped') =>
  store.call('labels.put', {
    queueId: state.queue.queueId,
    answerId: state.task?.answerId ?? -1,
    verdict,
    note: null,
  });

/** The whole order of a queue, by skipping through it. */
async function orderOf(state: LabelState): Promise<string[]> {
  const order: string[] = [];
  let at = state;
  while (at.task !== null) {
    order.push(at.task.question);
    at = await put(at, 'skipped');
  }
  return order;
}

describe('a run as columns', () => {
  test('what is not known is NaN or -1, never 0: a missing verdict is no verdict', async () => {
    const { runId, answers } = await answered(4);
    const judgeId = await store.call('judges.ensure', judge('j'));
    await store.call('judgments.addRule', {
      judgments: [
        {
          ...judgment(answers[1] ?? 0, judgeId, { verdict: 'incorrect', pCorrect: null, labelMass: null }),
          score: null,
        },
      ],
    });
    const matrix = await store.call('analysis.matrix', { runId });
    const [column] = matrix.judges;
    expect([...(column?.verdict ?? [])]).toEqual([-1, VERDICTS.indexOf('incorrect'), -1, -1]);
    expect([...(column?.pCorrect ?? [])].every(Number.isNaN)).toBe(true);
    expect([...matrix.nllSum]).toEqual([0.875, 0.875, 0.875, 0.875]);
  });

  test('questions without an answer are not in it, and positions stay those of the run', async () => {
    const rows = Array.from({ length: 3 }, (_, i) => row(i, question(`Question ${i}?`)));
    const run = await startRun(store, await addDataset(store, 'part', rows));
    const pending = await store.call('runs.pendingAnswers', { runId: run.runId, after: 0, limit: 10 });
    await store.call('runs.putAnswers', { ...run, seq: 0, answers: pending.map((item) => answerTo(item)) });
    const matrix = await store.call('analysis.matrix', { runId: run.runId });
    expect([...matrix.positions]).toEqual([1, 2]);
  });

  test('a metadata column is one to group by only where it makes groups', async () => {
    const { runId } = await answered(20);
    const { metadata } = await store.call('analysis.matrix', { runId });
    expect(metadata.map(({ name }) => name)).toEqual(['level']);
    expect([...(metadata[0]?.index.subarray(0, 4) ?? [])]).toEqual([0, 1, 0, 1]);
  });

  test('log-probabilities leave the reasoning out, as the NLL does', async () => {
    const rows = [row(0, question('Why?'))];
    const run = await startRun(store, await addDataset(store, 'thinking', rows));
    await answerAll(store, run, () => ({ reasoningTokens: 2 }));
    const { offsets, values } = await store.call('analysis.logprobs', { runId: run.runId });
    expect([...offsets]).toEqual([0, 1]);
    expect([...values]).toEqual([-0.125]);
    const matrix = await store.call('analysis.matrix', { runId: run.runId });
    expect([matrix.tokens[0], matrix.nllSum[0]]).toEqual([1, 0.125]);
  });

  test('the stamp changes with a verdict, so that a kept matrix is never shown for a newer one', async () => {
    const { runId, answers } = await answered(2);
    const before = await store.call('analysis.stamp', { runId });
    expect(await store.call('analysis.stamp', { runId })).toBe(before);
    const judgeId = await personOf('Ada');
    await store.call('judgments.addHuman', {
      answerId: answers[0] ?? 0,
      judgeId,
      verdict: 'correct',
      note: null,
    });
    expect(await store.call('analysis.stamp', { runId })).not.toBe(before);
    expect(await store.call('analysis.stamp', { runId: 99 })).toBeNull();
  });
});

describe('label queues', () => {
  test('a random order is that of the content: another file order, another database, the same queue', async () => {
    const ada = await personOf('Ada');
    const { runId } = await answered(30);
    const order = await orderOf(await begin(runId, ada));
    expect(new Set(order).size).toBe(30);
    expect(order).not.toEqual([...order].sort());

    const rows = Array.from({ length: 30 }, (_, i) =>
      row(
        i,
        question(`Question ${29 - i}?`, {
          metadata: { level: (29 - i) % 2 === 0 ? 'easy' : 'hard', note: `n${29 - i}` },
        }),
      ),
    );
    const other = await startRun(store, await addDataset(store, 'turned', rows));
    await answerAll(store, other);
    expect(await orderOf(await begin(other.runId, ada))).toEqual(order);
    expect(await orderOf(await begin(other.runId, ada, { seed: 1 }))).not.toEqual(order);
  });

  test('the same person goes on where they stopped; another begins at the same first answer', async () => {
    const { runId } = await answered(5);
    const first = await begin(runId, await personOf('Ada'));
    await put(first, 'correct');
    const again = await begin(runId, await personOf('Ada'));
    expect(again.queue).toMatchObject({ queueId: first.queue.queueId, labelled: 1, population: 5 });
    expect(again.task?.answerId).not.toBe(first.task?.answerId);
    const ben = await begin(runId, await personOf('Ben'));
    expect(ben.task?.answerId).toBe(first.task?.answerId);
  });

  test('what is shown names neither who answered nor any judge', async () => {
    const { runId } = await answered(1);
    const { task } = await begin(runId, await personOf('Ada'));
    expect(Object.keys(task ?? {}).toSorted()).toEqual([
      'answer',
      'answerId',
      'choices',
      'context',
      'gold',
      'question',
      'rank',
      'takenBack',
    ]);
  });

  test('undo is a row of its own: the answer comes back, and no label of it stands', async () => {
    const { runId } = await answered(3);
    const ada = await personOf('Ada');
    const first = await begin(runId, ada);
    await put(first, 'incorrect');
    const undone = await store.call('labels.undo', { queueId: first.queue.queueId });
    expect(undone.task).toMatchObject({
      answerId: first.task?.answerId,
      takenBack: { verdict: 'incorrect' },
    });
    expect(undone.queue.labelled).toBe(0);
    const matrix = await store.call('analysis.matrix', { runId });
    expect(matrix.labels).toEqual([]);
    const position = [...matrix.answerIds].indexOf(first.task?.answerId ?? -1);
    const detail = await store.call('answers.get', { runId, position });
    expect(detail?.judgments.map(({ verdict }): Verdict => verdict)).toEqual(['incorrect', 'skipped']);
    // Nothing left to take back: nothing happens.
    expect((await store.call('labels.undo', { queueId: first.queue.queueId })).queue.labelled).toBe(0);
  });

  test('undo brings back what the person had said before, in the open', async () => {
    const { runId } = await answered(1);
    const ada = await personOf('Ada');
    const state = await begin(runId, ada);
    const answerId = state.task?.answerId ?? 0;
    await store.call('judgments.addHuman', { answerId, judgeId: ada, verdict: 'correct', note: null });
    await put(state, 'incorrect');
    await store.call('labels.undo', { queueId: state.queue.queueId });
    const { judges } = await store.call('runs.counts', { runId });
    expect(judges.find((counts) => counts.judge.id === ada)).toMatchObject({ correct: 1, incorrect: 0 });
  });

  test('a later run over part of the answers is covered; one over more answers is not', async () => {
    const { runId } = await answered(6);
    const ada = await personOf('Ada');
    await put(await begin(runId, ada), 'correct');
    const datasetId = (await store.call('datasets.list'))[0]?.id ?? 0;
    const wider = async (limit: number | null): Promise<boolean | undefined> => {
      const again = await store.call(
        'runs.create',
        newRun(datasetId, { phases: [], selection: { kind: 'answers-of-run', runId, limit } }),
      );
      const { queues } = await store.call('analysis.matrix', { runId: again });
      return queues[0]?.coversRun;
    };
    expect(await wider(null)).toBe(true);

    // The other way round: the queue is drawn from four of six answers, and the label lies among them.
    const part = await store.call(
      'runs.create',
      newRun(datasetId, { phases: [], selection: { kind: 'answers-of-run', runId, limit: 4 } }),
    );
    const ben = await personOf('Ben');
    await put(await begin(part, ben), 'correct');
    const { queues, labels } = await store.call('analysis.matrix', { runId });
    const partial = labels.find((label) => label.judgeId === ben)?.queueId;
    expect(queues.find((queue) => queue.queueId === partial)?.coversRun).toBe(false);
  });

  test('"unsure" puts P(correct) nearest to one half first, and is no random draw', async () => {
    const { runId, answers } = await answered(4);
    const judgeId = await store.call('judges.ensure', judge('j'));
    const p = [0.95, 0.45, 0.7];
    await store.call('judgments.addRule', {
      judgments: p.map((pCorrect, i) => ({
        ...judgment(answers[i] ?? 0, judgeId, { pCorrect }),
        score: null,
      })),
    });
    const ada = await personOf('Ada');
    const state = await store.call('labels.begin', {
      runId,
      judgeId: ada,
      order: 'unsure',
      sortJudgeId: judgeId,
      seed: 0,
    });
    expect(await orderOf(state)).toEqual(['Question 1?', 'Question 2?', 'Question 0?', 'Question 3?']);
    const { labels } = await store.call('analysis.matrix', { runId });
    expect(new Set(labels.map(({ draw }) => draw))).toEqual(new Set(['sorted']));
  });

  test('a removed run takes its queues’ answers along and leaves no dangling row', async () => {
    const { runId, token } = await answered(3);
    const state = await begin(runId, await personOf('Ada'));
    await put(state, 'correct');
    await store.call('runs.release', { runId, token, status: 'done', error: null });
    await store.call('runs.remove', { runId });
    expect((await store.call('labels.state', { queueId: state.queue.queueId })).task).toBeNull();
  });
});

describe('rules as judges', () => {
  test('judge each answer once, say unparsed where they cannot read, and do not judge again', async () => {
    const numbers = ['It is 12.', 'No idea.', 'So 7 it is'];
    const rows = numbers.map((text, i) =>
      row(i, question(`Sum ${i}?`, { gold: ['12'] }), [importedAnswer('a', text)]),
    );
    const datasetId = await addDataset(store, 'sums', rows);
    const runId = await store.call(
      'runs.create',
      newRun(datasetId, {
        phases: [],
        selection: { kind: 'imported-answers', system: null, limit: null, seed: 0 },
      }),
    );
    const { signal } = new AbortController();
    const [first] = await judgeByRules(store, runId, ['numeric'], signal);
    expect(first?.judged).toBe(3);
    const { judges } = await store.call('runs.counts', { runId });
    expect(judges[0]).toMatchObject({ correct: 1, incorrect: 1, unparsed: 1, missing: 0 });
    const [again] = await judgeByRules(store, runId, ['numeric'], signal);
    expect(again?.judged).toBe(0);
  });
});
