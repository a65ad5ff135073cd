import { expect, test } from 'vitest';

import { openForEachTest, store } from './each-test.ts';
import {
  addDataset,
  addQuestions,
  human,
  importedAnswer,
  judge,
  OWNER,
  question,
  row,
  sha,
  startRun,
} from './helpers.ts';

openForEachTest();

const BEGIN = {
  sha256: sha('d'),
  fileSha256: sha('f'),
  name: 'd',
  kind: 'csv',
  sourceName: 'd.csv',
  mapping: null,
  owner: OWNER,
};

test('a question comes back as it went in, with null and empty kept apart', async () => {
  const whole = question('Who “wrote” it?\n', {
    externalId: '7',
    context: 'Some context',
    gold: ['A', 'B\nC', ''],
    choices: ['x', 'y'],
    metadata: { level: 3, nested: { a: [1, null] } },
  });
  const datasetId = await addDataset(store, 'd', [row(0, whole), row(1, question('Bare?', { gold: [] }))]);
  const rows = await store.call('datasets.rows', { datasetId, after: null, limit: 10, text: null });
  expect(rows.map((r) => r.question)).toEqual([whole, question('Bare?', { gold: [] })]);
  expect(rows[0]).toMatchObject({ position: 0, occurrence: 1, rowSha256: sha(JSON.stringify(whole)) });
});

test('rows that are the same are kept, each under its own occurrence', async () => {
  const same = question('Twice?');
  const datasetId = await addDataset(store, 'd', [row(0, same), row(1, question('Other?')), row(2, same)]);
  const rows = await store.call('datasets.rows', { datasetId, after: null, limit: 10, text: null });
  expect(rows.map((r) => r.occurrence)).toEqual([1, 1, 2]);
});

test('a dataset counts its rows, those without gold, its problems and its systems', async () => {
  const { datasetId } = await store.call('datasets.begin', BEGIN);
  await store.call('datasets.append', {
    datasetId,
    rows: [row(0, question('a'), [importedAnswer('gpt', 'x'), importedAnswer('t5', 'y')])],
  });
  await store.call('datasets.append', { datasetId, rows: [row(1, question('b', { gold: [] }))] });
  const problems = [{ line: 3, problem: 'a quote is never closed' }];
  const info = await store.call('datasets.finish', { datasetId, problems, problemCount: 12 });
  expect(info).toMatchObject({ rows: 2, withoutGold: 1, problems, problemCount: 12, systems: ['gpt', 't5'] });
  expect(await store.call('datasets.list')).toEqual([info]);
});

test('an unfinished import is in no list, and abandoning it leaves nothing behind', async () => {
  const { datasetId } = await store.call('datasets.begin', BEGIN);
  await store.call('datasets.append', {
    datasetId,
    rows: [row(0, question('a'), [importedAnswer('gpt', 'x')])],
  });
  expect(await store.call('datasets.list')).toEqual([]);
  expect(await store.call('datasets.get', { dataset: 'd' })).toBeNull();
  expect(await store.call('datasets.unfinished')).toEqual([{ datasetId, owner: OWNER }]);
  await store.call('datasets.abandon', { datasetId, limit: 9 });
  expect(await store.call('datasets.unfinished')).toEqual([]);
  expect(await store.call('datasets.rows', { datasetId, after: null, limit: 9, text: null })).toEqual([]);
  await expect(store.call('datasets.append', { datasetId, rows: [] })).rejects.toMatchObject({
    kind: 'not-found',
  });
});

test('a large import is abandoned in pieces; the file can be imported again before the last of them', async () => {
  const { datasetId } = await store.call('datasets.begin', BEGIN);
  const rows = Array.from({ length: 60 }, (_, at) => row(at, question(`q${at}`)));
  await store.call('datasets.append', { datasetId, rows });
  expect(await store.call('datasets.abandon', { datasetId, limit: 50 })).toEqual({ left: true });
  expect(await store.call('datasets.begin', BEGIN)).toMatchObject({ existed: false });
  expect(await store.call('datasets.abandon', { datasetId, limit: 50 })).toEqual({ left: false });
  const left = await store.call('datasets.unfinished');
  expect(left.map((unfinished) => unfinished.datasetId)).not.toContain(datasetId);
});

test('the same file twice is one dataset; while it is being imported a second import is refused', async () => {
  await store.call('datasets.begin', BEGIN);
  await expect(store.call('datasets.begin', BEGIN)).rejects.toMatchObject({ kind: 'in-use' });
  const datasetId = await addQuestions(store, 2, 'other');
  const again = await store.call('datasets.begin', { ...BEGIN, sha256: sha('other') });
  expect(again).toEqual({ datasetId, existed: true });
});

test('abandoning a finished dataset does nothing', async () => {
  const datasetId = await addQuestions(store, 2);
  await store.call('datasets.abandon', { datasetId, limit: 9 });
  expect(await store.call('datasets.removals')).toEqual([]);
  expect(await store.call('datasets.list')).toHaveLength(1);
});

test('a dataset is found by id, by name (the newest of two) and by eight digits of its hash, not by fewer', async () => {
  await store.call('datasets.begin', { ...BEGIN, sha256: sha('first') });
  const first = await store.call('datasets.unfinished');
  await store.call('datasets.finish', {
    datasetId: first[0]?.datasetId ?? 0,
    problems: [],
    problemCount: 0,
  });
  const second = await addDataset(store, 'd', []);
  const get = async (dataset: string | number) => (await store.call('datasets.get', { dataset }))?.id;
  expect(await get(second)).toBe(second);
  expect(await get('d')).toBe(second);
  expect(await get(sha('first').slice(0, 8).toUpperCase())).toBe(first[0]?.datasetId);
  expect(await get(sha('first'))).toBe(first[0]?.datasetId);
  expect(await get(sha('first').slice(0, 7))).toBeUndefined();
  expect(await get('nothing')).toBeUndefined();
});

test('rows page by position and are searched by words, whose signs are not wildcards', async () => {
  const texts = ['Red apple', 'red 100% wine', 'blue_sky', 'blueXsky'];
  const datasetId = await addDataset(
    store,
    'd',
    texts.map((text, i) => row(i, question(text))),
  );
  const search = async (text: string | null, after: number | null = null) =>
    (await store.call('datasets.rows', { datasetId, after, limit: 2, text })).map((r) => r.position);
  expect(await search(null)).toEqual([0, 1]);
  expect(await search(null, 1)).toEqual([2, 3]);
  expect(await search('RED')).toEqual([0, 1]);
  expect(await search('red wine')).toEqual([1]);
  expect(await search('0%')).toEqual([1]);
  expect(await search('blue_')).toEqual([2]);
  expect(await search('gold')).toEqual([0, 1]);
});

test('a dataset with runs cannot be removed; without, everything it brought goes with it', async () => {
  const datasetId = await addDataset(store, 'd', [
    row(0, question('a'), [
      importedAnswer('gpt', 'x', {
        prompt: 'P',
        tokenLogprobs: [-1],
        judgments: [{ judge: human('ann'), verdict: 'correct', score: null, reason: null }],
      }),
    ]),
  ]);
  const run = await startRun(store, datasetId, {
    phases: [],
    selection: { kind: 'imported-answers', system: null, limit: null, seed: 0 },
  });
  const removal = { datasetId, owner: OWNER };
  await expect(store.call('datasets.remove', removal)).rejects.toMatchObject({ kind: 'in-use' });
  await store.call('runs.release', { ...run, status: 'done', error: null });
  await store.call('runs.remove', { runId: run.runId });
  await store.call('datasets.remove', removal);
  expect(await store.call('datasets.list')).toEqual([]);
  expect(await store.call('datasets.get', { dataset: datasetId })).toBeNull();
  expect(await store.call('datasets.removals')).toEqual([{ datasetId, name: 'd', rowsLeft: 1 }]);
  await store.call('datasets.abandon', { datasetId, limit: 9 });
  expect(await store.call('datasets.removals')).toEqual([]);
  const again = await addDataset(store, 'd', [row(0, question('a'), [importedAnswer('gpt', 'x')])]);
  expect(again).toBeGreaterThan(datasetId);
});

test('imported answers keep prompt, token log-probabilities, verdicts with scores and reasons', async () => {
  const lenient = judge('lenient', { kind: 'imported', mode: 'imported' });
  const datasetId = await addDataset(store, 'd', [
    row(0, question('a'), [
      importedAnswer('gpt', 'x', {
        prompt: 'The prompt',
        tokenLogprobs: [-0.5, -1.5],
        exactMatch: true,
        f1: 1,
        contains: true,
        judgments: [
          { judge: human('ann'), verdict: 'correct', score: null, reason: null },
          { judge: lenient, verdict: 'incorrect', score: 0.25, reason: 'too short' },
          { judge: human('ann'), verdict: 'incorrect', score: null, reason: 'second thoughts' },
        ],
      }),
      importedAnswer('gpt', 'second answer of the same system under the same number'),
    ]),
  ]);
  const run = await startRun(store, datasetId, {
    phases: [],
    selection: { kind: 'imported-answers', system: 'gpt', limit: null, seed: 0 },
  });
  const detail = await store.call('answers.get', { runId: run.runId, position: 0 });
  expect(detail).toMatchObject({
    system: 'gpt',
    answer: 'x',
    renderedPrompt: 'The prompt',
    logprobs: [-0.5, -1.5],
    tokenIds: null,
    nllSum: 2,
    nllMean: 1,
    tokens: 2,
    exactMatch: true,
    f1: 1,
    contains: true,
    modelSha256: null,
    promptSha256: null,
    decodingSha256: null,
    seed: null,
  });
  expect(detail?.judgments.map((j) => [j.judge.name, j.verdict, j.repeat, j.reason])).toEqual([
    ['ann', 'correct', 0, null],
    ['lenient', 'incorrect', 0, 'too short'],
    ['ann', 'incorrect', 1, 'second thoughts'],
  ]);
  const second = await store.call('answers.get', { runId: run.runId, position: 1 });
  expect([second?.answer, second?.sampleIndex]).toEqual([
    'second answer of the same system under the same number',
    1,
  ]);
});

test('examples are the same at every call, never the question itself or its twin, and have gold when asked', async () => {
  const rows = Array.from({ length: 40 }, (_, i) =>
    row(i, question(`Question ${i % 30}?`, { gold: i % 3 === 0 ? [] : ['g'], metadata: { i } })),
  );
  const datasetId = await addDataset(store, 'd', rows);
  const all = await store.call('datasets.rows', { datasetId, after: null, limit: 99, text: null });
  const excluded = all[1];
  if (excluded === undefined) throw new Error('no row');
  const ask = (limit: number, seed = 5) =>
    store.call('datasets.sample', {
      datasetId,
      limit,
      seed,
      excludeRowId: excluded.rowId,
      withGold: true,
    });
  const five = await ask(5);
  expect(await ask(5)).toEqual(five);
  expect((await ask(3)).map((r) => r.rowId)).toEqual(five.slice(0, 3).map((r) => r.rowId));
  expect((await ask(5, 6)).map((r) => r.rowId)).not.toEqual(five.map((r) => r.rowId));
  const everything = await ask(1000);
  const possible = all.filter(
    (r) => r.question.gold.length > 0 && r.question.question !== excluded.question.question,
  );
  expect(everything.map((r) => r.rowId).toSorted((a, b) => a - b)).toEqual(possible.map((r) => r.rowId));
});
