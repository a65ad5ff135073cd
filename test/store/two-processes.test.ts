import { expect, test } from 'vitest';

import type { RunOwner } from '../../src-main/domain/run.ts';
import { assertSound } from './audit.ts';
import { runWriter } from './child.ts';
import {
  addQuestions,
  answerAll,
  judge,
  judgePhase,
  newRun,
  open,
  OWNER,
  question,
  row,
  sha,
  startRun,
  tempDir,
} from './helpers.ts';

test('of processes that claim a run at once exactly one gets it, and it is worked off once', async () => {
  using dir = tempDir();
  const store = await open(dir.file);
  const runId = await store.call(
    'runs.create',
    newRun(await addQuestions(store, 40), {
      phases: [{ role: 'generate', modelName: 'g', judge: null, plan: null }, judgePhase(judge('one'))],
    }),
  );
  const ended = await Promise.all(
    ['a', 'b', 'c'].map((name) => runWriter([dir.file, String(runId), name, 'free'])),
  );
  const run = await store.call('runs.get', { runId });
  await store[Symbol.asyncDispose]();
  // A child that comes when the first has finished may claim the ended run again; it then finds nothing to do.
  const workers = ended.filter((child) => child.lines.some((line) => line.answered !== undefined));
  expect(workers).toHaveLength(1);
  const answered = ended.flatMap((child) => child.lines.flatMap((line) => line.answered ?? []));
  expect(answered.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i));
  expect(run).toMatchObject({ status: 'done', answered: 40 });
  assertSound(dir.file);
}, 60_000);

test('of claims that race from two connections, with and without a dead owner, one wins each time', async () => {
  using dir = tempDir();
  await using one = await open(dir.file);
  await using two = await open(dir.file);
  const datasetId = await addQuestions(one, 1);
  const owner = (pid: number): RunOwner => ({ ...OWNER, pid });
  for (let round = 0; round < 20; round += 1) {
    const runId = await one.call('runs.create', newRun(datasetId));
    const expected = round % 2 === 0 ? null : OWNER;
    if (expected !== null) await one.call('runs.claim', { runId, owner: OWNER, expected: null });
    const claims = await Promise.all([
      one.call('runs.claim', { runId, owner: owner(1), expected }),
      two.call('runs.claim', { runId, owner: owner(2), expected }),
    ]);
    const winners = claims.filter((claim) => claim !== null);
    expect(winners).toHaveLength(1);
    const holder = (await two.call('runs.get', { runId }))?.owner?.pid;
    expect(holder).toBe(claims[0] === null ? 2 : 1);
  }
});

test('the same file imported by two processes at once becomes one dataset', async () => {
  using dir = tempDir();
  await using one = await open(dir.file);
  await using two = await open(dir.file);
  const begin = {
    sha256: sha('d'),
    fileSha256: sha('f'),
    name: 'd',
    kind: 'csv',
    sourceName: 'd.csv',
    mapping: null,
    owner: OWNER,
  };
  const results = await Promise.allSettled([
    one.call('datasets.begin', begin),
    two.call('datasets.begin', begin),
  ]);
  expect(results.map((result) => result.status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(results).toContainEqual(
    expect.objectContaining({ reason: expect.objectContaining({ kind: 'in-use' }) as unknown }),
  );
});

test('one process reads live what another writes, and its reads keep nobody from writing', async () => {
  using dir = tempDir();
  await using writer = await open(dir.file);
  await using reader = await open(dir.file, 2);
  const run = await startRun(writer, await addQuestions(writer, 300));
  const [ids, ...seen] = await Promise.all([
    answerAll(writer, run),
    ...Array.from({ length: 20 }, () => reader.call('runs.get', { runId: run.runId })),
  ]);
  expect(ids).toHaveLength(300);
  // Each read saw a whole transaction: none of the answers or all of them, and never a count that ran ahead of them.
  for (const one of seen) {
    expect([0, 300]).toContain(one?.answered);
    expect(one?.phases[0]?.done).toBe(one?.answered);
  }
  expect(await reader.call('runs.get', { runId: run.runId })).toMatchObject({ answered: 300 });
});

test('two processes that open a new file at once both get it, made once', async () => {
  using dir = tempDir();
  const stores = await Promise.all([open(dir.file), open(dir.file), open(dir.file)]);
  const [one] = stores;
  const rows = [row(0, question('Only once?'))];
  const { datasetId } = (await one?.call('datasets.begin', {
    sha256: sha('d'),
    fileSha256: sha('f'),
    name: 'd',
    kind: 'csv',
    sourceName: 'd.csv',
    mapping: null,
    owner: OWNER,
  })) ?? { datasetId: 0 };
  await one?.call('datasets.append', { datasetId, rows });
  await one?.call('datasets.finish', { datasetId, problems: [], problemCount: 0 });
  for (const store of stores) expect(await store.call('datasets.list')).toHaveLength(1);
  for (const store of stores) await store[Symbol.asyncDispose]();
});
