import { expect, test } from 'vitest';

import { openForEachTest, store } from './each-test.ts';
import {
  addDataset,
  addQuestions,
  answerAll,
  answerTo,
  EXPERIMENT,
  human,
  importedAnswer,
  judge,
  judgePhase,
  judgment,
  newRun,
  question,
  row,
  sha,
  startRun,
} from './helpers.ts';

openForEachTest();

async function order(runId: number): Promise<[number, number][]> {
  const pending = await store.call('runs.pendingAnswers', { runId, after: -1, limit: 1000 });
  return pending.map((item) => [item.row.position, item.sampleIndex]);
}

test('seed 0 keeps the order of the file, with the samples of a question side by side', async () => {
  const datasetId = await addQuestions(store, 5);
  const runId = await store.call(
    'runs.create',
    newRun(datasetId, { selection: { kind: 'questions', limit: 2, seed: 0, samples: 3 } }),
  );
  expect(await order(runId)).toEqual([
    [0, 0],
    [0, 1],
    [0, 2],
    [1, 0],
    [1, 1],
    [1, 2],
  ]);
  expect(await store.call('runs.get', { runId })).toMatchObject({ total: 6, answered: 0, status: 'queued' });
});

const GOLDEN = ['Question 19?', 'Question 4?', 'Question 5?', 'Question 0?', 'Question 15?'];

test('a seed orders rows by their content: the same on every machine and whatever the order of the file', async () => {
  const questions = Array.from({ length: 20 }, (_, i) => question(`Question ${i}?`));
  const forward = await addDataset(
    store,
    'forward',
    questions.map((q, i) => row(i, q)),
  );
  const backward = await addDataset(
    store,
    'backward',
    questions.toReversed().map((q, i) => row(i, q)),
  );
  const asked = async (datasetId: number, seed: number, limit: number | null) => {
    const runId = await store.call(
      'runs.create',
      newRun(datasetId, { selection: { kind: 'questions', limit, seed, samples: 1 } }),
    );
    const pending = await store.call('runs.pendingAnswers', { runId, after: -1, limit: 100 });
    return pending.map((item) => item.row.question.question);
  };
  const all = await asked(forward, 42, null);
  expect(await asked(backward, 42, null)).toEqual(all);
  expect(await asked(forward, 42, 7)).toEqual(all.slice(0, 7));
  expect(await asked(forward, 43, null)).not.toEqual(all);
  expect(all.toSorted()).toEqual(questions.map((q) => q.question).toSorted());
  // Written down once: an order that changes with a version would make old experiments ask other questions.
  expect(all.slice(0, 5)).toEqual(GOLDEN);
});

test('a plan and an experiment come back whole, fields of a newer version included', async () => {
  const datasetId = await addQuestions(store, 1);
  const experiment = { ...EXPERIMENT, addedLater: { by: 'a newer version' } };
  const plan = {
    at: 5,
    phases: [
      {
        role: 'generate',
        modelId: 'm_1',
        modelName: 'one',
        settings: {
          gpuLayers: 3,
          contextPerSequence: 512,
          sequences: 4,
          batch: 512,
          threads: 2,
          flashAttention: true,
          kvType: 'f16',
          mmap: true,
          backend: 'cuda',
          devices: [0],
        },
        totalLayers: 17,
        devices: [
          {
            deviceId: 'cuda:0',
            name: 'card',
            components: [
              { name: 'weights', bytes: 9, basis: 'exact', source: 'header' },
              { name: 'kv-cache', bytes: 9, basis: 'guessed', source: 'rule', interval: [8, 10] },
            ],
            capacityBytes: 100,
            reserveBytes: 10,
            marginBytes: 72,
          },
        ],
      },
    ],
    verdict: 'yes',
    reasons: ['fits'],
  } as const;
  const runId = await store.call('runs.create', newRun(datasetId, { experiment, plan }));
  const run = await store.call('runs.get', { runId });
  expect(run?.experiment).toEqual(experiment);
  expect(run?.plan).toEqual(plan);
});

test('a run of another run’s answers takes those that are there, judged where they are judged', async () => {
  const datasetId = await addQuestions(store, 6);
  const source = await startRun(store, datasetId, {
    phases: [{ role: 'generate', modelName: 'g', judge: null, plan: null }, judgePhase(judge('one'))],
  });
  const pending = await store.call('runs.pendingAnswers', { runId: source.runId, after: -1, limit: 10 });
  const answers = await store.call('runs.putAnswers', {
    ...source,
    seq: 0,
    answers: pending.filter((item) => item.position !== 2).map((item) => answerTo(item)),
  });
  const one = await store.call('judges.ensure', judge('one'));
  await store.call('runs.putJudgments', {
    ...source,
    seq: 1,
    judgments: answers.slice(0, 2).map((id) => judgment(id, one)),
  });
  const second = await startRun(store, datasetId, {
    phases: [judgePhase(judge('one')), judgePhase(judge('two'))],
    selection: { kind: 'answers-of-run', runId: source.runId, limit: 4 },
  });
  const run = await store.call('runs.get', { runId: second.runId });
  expect(run).toMatchObject({ total: 4, answered: 4 });
  expect(run?.phases.map((phase) => [phase.total, phase.done])).toEqual([
    [4, 2],
    [4, 0],
  ]);
  const left = await store.call('runs.pendingJudgments', {
    runId: second.runId,
    judgeId: one,
    after: -1,
    limit: 9,
  });
  expect(left.map((item) => [item.position, item.row.position, item.imported])).toEqual([
    [2, 3, false],
    [3, 4, false],
  ]);
});

test('a run of imported answers takes one system’s or all, row by row, and knows their verdicts', async () => {
  const verdict = { judge: human('ann'), verdict: 'incorrect', score: null, reason: null } as const;
  const datasetId = await addDataset(
    store,
    'd',
    Array.from({ length: 4 }, (_, i) =>
      row(i, question(`Question ${i}?`), [
        importedAnswer('a', `a${i}`, { judgments: [verdict] }),
        importedAnswer('b', `b${i}`),
      ]),
    ),
  );
  const take = async (system: string | null, limit: number | null) => {
    const runId = await store.call(
      'runs.create',
      newRun(datasetId, {
        phases: [judgePhase(judge('j'))],
        selection: { kind: 'imported-answers', system, limit, seed: 0 },
      }),
    );
    const judgeId = await store.call('judges.ensure', judge('j'));
    const pending = await store.call('runs.pendingJudgments', { runId, judgeId, after: -1, limit: 99 });
    return { runId, answers: pending.map((item) => item.answer), imported: pending.map((p) => p.imported) };
  };
  const one = await take('b', null);
  expect(one.answers).toEqual(['b0', 'b1', 'b2', 'b3']);
  expect(one.imported).toEqual([true, true, true, true]);
  const both = await take(null, 3);
  expect(both.answers).toEqual(['a0', 'b0', 'a1']);
  expect((await take('nobody', null)).answers).toEqual([]);
  const counts = await store.call('runs.counts', { runId: both.runId });
  expect(counts.judges.map((j) => [j.judge.name, j.incorrect, j.missing])).toEqual([
    ['j', 0, 3],
    ['ann', 2, 1],
  ]);
});

test('asked again, a run answers and judges under numbers that nobody had, and shares nothing', async () => {
  const datasetId = await addQuestions(store, 2);
  const phases = [
    { role: 'generate', modelName: 'g', judge: null, plan: null },
    judgePhase(judge('one')),
  ] as const;
  const samples = { kind: 'questions', limit: null, seed: 0, samples: 2 } as const;
  const first = await startRun(store, datasetId, { phases, selection: samples });
  await answerAll(store, first);
  const second = await startRun(store, datasetId, { phases, selection: samples, again: true });
  const third = await startRun(store, datasetId, {
    phases,
    selection: { ...samples, samples: 1 },
    again: true,
  });
  const repeats = async (runId: number) =>
    (await store.call('runs.get', { runId }))?.phases.map((phase) => phase.repeat);
  expect(await repeats(first.runId)).toEqual([0, 0]);
  // 1 * 2 samples: numbers 2 and 3. Then 4 * 1 sample: number 4.
  expect(await repeats(second.runId)).toEqual([1, 1]);
  expect(await repeats(third.runId)).toEqual([4, 2]);
});

test('a run of a dataset, or of a run, that is gone is refused with a sentence', async () => {
  await expect(store.call('runs.create', newRun(99))).rejects.toMatchObject({ kind: 'not-found' });
  const datasetId = await addQuestions(store, 1);
  await expect(
    store.call(
      'runs.create',
      newRun(datasetId, { selection: { kind: 'answers-of-run', runId: 99, limit: null } }),
    ),
  ).rejects.toMatchObject({ kind: 'not-found' });
  expect(await store.call('runs.list', { limit: 10, before: null })).toEqual([]);
});

test('a row hash that is no SHA-256 is refused, and nothing of its batch is kept', async () => {
  const { datasetId } = await store.call('datasets.begin', {
    sha256: sha('x'),
    fileSha256: sha('x'),
    name: 'x',
    kind: 'csv',
    sourceName: 'x.csv',
    mapping: null,
    owner: { pid: 1, startTime: '', bootId: '', hostname: '', door: 'cli' },
  });
  const rows = [row(0, question('good')), { ...row(1, question('bad')), rowSha256: 'abc' }];
  await expect(store.call('datasets.append', { datasetId, rows })).rejects.toMatchObject({
    kind: 'internal',
  });
  const info = await store.call('datasets.finish', { datasetId, problems: [], problemCount: 0 });
  expect(info.rows).toBe(0);
});
