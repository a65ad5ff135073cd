import { expect, test } from 'vitest';

import type { RunOwner } from '../../src-main/domain/run.ts';
import { openForEachTest, store } from './each-test.ts';
import {
  addQuestions,
  answerAll,
  answerTo,
  judge,
  judgePhase,
  judgment,
  newRun,
  OWNER,
  startRun,
} from './helpers.ts';

openForEachTest();

const OTHER: RunOwner = { ...OWNER, pid: 99, door: 'serve' };
const LIVE = {
  tokensPerSecond: 12.5,
  itemsPerSecond: null,
  etaSeconds: 40,
  activeSequences: 8,
  step: 'Answering',
};

async function statusOf(runId: number): Promise<string | undefined> {
  return (await store.call('runs.get', { runId }))?.status;
}

test('a run is claimed once; another process gets it only when it names who has it', async () => {
  const runId = await store.call('runs.create', newRun(await addQuestions(store, 1)));
  const claim = (owner: RunOwner, expected: RunOwner | null) =>
    store.call('runs.claim', { runId, owner, expected });
  const mine = await claim(OWNER, null);
  expect(mine).not.toBeNull();
  expect(await claim(OTHER, null)).toBeNull();
  expect(await claim(OTHER, { ...OWNER, startTime: '101' })).toBeNull();
  const theirs = await claim(OTHER, OWNER);
  expect(theirs?.token).toBeGreaterThan(mine?.token ?? Infinity);
  expect((await store.call('runs.get', { runId }))?.owner).toEqual(OTHER);
  await expect(store.call('runs.claim', { runId: 99, owner: OWNER, expected: null })).rejects.toMatchObject({
    kind: 'not-found',
  });
});

test('after the run has changed hands the old owner can write nothing at all', async () => {
  const old = await startRun(store, await addQuestions(store, 2), {
    phases: [{ role: 'generate', modelName: 'g', judge: null, plan: null }, judgePhase(judge('one'))],
  });
  const [pending] = await store.call('runs.pendingAnswers', { runId: old.runId, after: -1, limit: 1 });
  if (pending === undefined) throw new Error('nothing is pending');
  await store.call('runs.claim', { runId: old.runId, owner: OTHER, expected: OWNER });
  const answer = answerTo(pending);
  const writes = [
    store.call('runs.heartbeat', { ...old, live: LIVE }),
    store.call('runs.setStatus', { ...old, status: 'running' }),
    store.call('runs.setPhaseJudge', { ...old, seq: 1, judge: judge('two') }),
    store.call('runs.patchPhase', { ...old, seq: 0, patch: { state: 'running' } }),
    store.call('runs.addEvents', { ...old, events: [{ at: 1, level: 'info', text: 'x' }] }),
    store.call('runs.addMemory', { ...old, samples: [] }),
    store.call('runs.putAnswers', { ...old, seq: 0, answers: [answer] }),
    store.call('runs.reuseAnswers', { ...old, seq: 0, keys: [answer] }),
    store.call('runs.putJudgments', { ...old, seq: 1, judgments: [judgment(1, 1)] }),
    store.call('runs.putFailures', { ...old, seq: 0, failures: [{ position: 0, reason: 'x' }] }),
    store.call('runs.release', { ...old, status: 'done', error: null }),
  ];
  for (const result of await Promise.allSettled(writes)) {
    expect(result).toMatchObject({ status: 'rejected', reason: { kind: 'not-owner' } });
  }
  expect(await store.call('runs.get', { runId: old.runId })).toMatchObject({ answered: 0, owner: OTHER });
});

test('the owner’s live words are read by others, and go when it gives the run back', async () => {
  const run = await startRun(store, await addQuestions(store, 1));
  await store.call('runs.setStatus', { ...run, status: 'running' });
  expect(await store.call('runs.heartbeat', { ...run, live: LIVE })).toEqual({ cancelRequested: false });
  expect(await store.call('runs.get', { runId: run.runId })).toMatchObject({
    live: LIVE,
    status: 'running',
  });
  const owned = await store.call('runs.owned');
  expect(owned).toMatchObject([{ runId: run.runId, owner: OWNER }]);
  expect(owned[0]?.heartbeatAt).toBeGreaterThan(Date.now() - 60_000);
  await store.call('runs.release', { ...run, status: 'failed', error: 'Out of memory.' });
  const after = await store.call('runs.get', { runId: run.runId });
  expect(after).toMatchObject({ live: null, owner: null, status: 'failed', error: 'Out of memory.' });
  expect(after?.startedAt).not.toBeNull();
  expect(after?.endedAt).not.toBeNull();
  expect(await store.call('runs.owned')).toEqual([]);
});

test('a cancel reaches the owner at its next heartbeat, even when it begins only then, and not the next run of it', async () => {
  const run = await startRun(store, await addQuestions(store, 1));
  await store.call('runs.requestCancel', { runId: run.runId });
  expect(await statusOf(run.runId)).toBe('cancelling');
  await store.call('runs.setStatus', { ...run, status: 'running' });
  expect(await statusOf(run.runId)).toBe('cancelling');
  expect(await store.call('runs.heartbeat', { ...run, live: LIVE })).toEqual({ cancelRequested: true });
  await store.call('runs.release', { ...run, status: 'cancelled', error: null });
  const again = await store.call('runs.claim', { runId: run.runId, owner: OTHER, expected: null });
  const resumed = { runId: run.runId, token: again?.token ?? 0 };
  expect(await statusOf(run.runId)).toBe('queued');
  expect(await store.call('runs.heartbeat', { ...resumed, live: LIVE })).toEqual({ cancelRequested: false });
});

test('a run that waits without an owner is cancelled at once; one that has ended stays as it ended', async () => {
  const datasetId = await addQuestions(store, 1);
  const waiting = await store.call('runs.create', newRun(datasetId));
  await store.call('runs.requestCancel', { runId: waiting });
  expect(await statusOf(waiting)).toBe('cancelled');
  const run = await startRun(store, datasetId);
  await store.call('runs.release', { ...run, status: 'done', error: null });
  await store.call('runs.requestCancel', { runId: run.runId });
  expect(await statusOf(run.runId)).toBe('done');
});

test('a dead owner’s run is marked interrupted once, by whoever names that owner, with its phases at rest', async () => {
  const run = await startRun(store, await addQuestions(store, 1));
  await store.call('runs.patchPhase', { ...run, seq: 0, patch: { state: 'running', startedAt: 5 } });
  const mark = (expected: RunOwner) => store.call('runs.markInterrupted', { runId: run.runId, expected });
  expect(await mark(OTHER)).toBe(false);
  expect(await mark(OWNER)).toBe(true);
  expect(await mark(OWNER)).toBe(false);
  const after = await store.call('runs.get', { runId: run.runId });
  expect(after).toMatchObject({ status: 'interrupted', owner: null });
  expect(after?.phases[0]).toMatchObject({ state: 'waiting', startedAt: 5 });
});

test('a patch changes what it names, adds tokens and time, and clears an error only when told', async () => {
  const run = await startRun(store, await addQuestions(store, 1));
  const patch = (p: object) => store.call('runs.patchPhase', { ...run, seq: 0, patch: p });
  await patch({
    state: 'failed',
    error: 'It crashed.',
    startedAt: 10,
    addTokens: 5,
    addBusyMs: 2.5,
    addWorked: 2,
  });
  await patch({ state: 'running', loadMs: 80, addTokens: 7, addBusyMs: 1, addWorked: 3 });
  const measured = {
    devices: [
      {
        deviceId: 'host',
        name: 'RAM',
        weightsBytes: 1,
        kvBytes: 2,
        computeBytes: 3,
        peakBytes: null,
        beforeBytes: 4,
        afterBytes: 5,
      },
    ],
    exit: 'code 0',
  };
  await patch({ measured, provenance: { model: { sha256: 'abc' } } });
  const phase = async () => (await store.call('runs.get', { runId: run.runId }))?.phases[0];
  expect(await phase()).toMatchObject({
    state: 'running',
    error: 'It crashed.',
    startedAt: 10,
    loadMs: 80,
    tokens: 12,
    busyMs: 3.5,
    worked: 5,
    measured,
    provenance: { model: { sha256: 'abc' } },
  });
  await patch({ error: null });
  expect((await phase())?.error).toBeNull();
  await expect(store.call('runs.patchPhase', { ...run, seq: 7, patch: {} })).rejects.toMatchObject({
    kind: 'not-found',
  });
});

test('events and memory samples come back in order, numbered without gaps over several batches', async () => {
  const run = await startRun(store, await addQuestions(store, 1));
  const event = (text: string) => ({ at: 7, level: 'info' as const, text });
  await store.call('runs.addEvents', { ...run, events: [event('a'), event('b')] });
  await store.call('runs.addEvents', { ...run, events: [event('c')] });
  const read = async (afterSeq: number, limit: number) =>
    (await store.call('runs.events', { runId: run.runId, afterSeq, limit })).map((e) => [e.seq, e.text]);
  expect(await read(0, 2)).toEqual([
    [1, 'a'],
    [2, 'b'],
  ]);
  expect(await read(2, 9)).toEqual([[3, 'c']]);
  const sample = { at: 1, phaseSeq: 0, deviceId: 'host', processBytes: 2 ** 40, deviceUsedBytes: null };
  await store.call('runs.addMemory', { ...run, samples: [sample, { ...sample, at: 2 }] });
  await store.call('runs.addMemory', { ...run, samples: [{ ...sample, at: 1.0 }] });
  expect((await store.call('runs.memory', { runId: run.runId })).map((s) => s.at)).toEqual([1, 2, 1]);
  expect((await store.call('runs.memory', { runId: run.runId }))[0]).toEqual(sample);
});

test('runs are listed from the newest, page after page', async () => {
  const datasetId = await addQuestions(store, 1);
  const ids = [];
  for (let i = 0; i < 5; i += 1) ids.push(await store.call('runs.create', newRun(datasetId)));
  const page = async (before: number | null) =>
    (await store.call('runs.list', { limit: 2, before })).map((run) => run.id);
  expect(await page(null)).toEqual([ids[4], ids[3]]);
  expect(await page(ids[3] ?? 0)).toEqual([ids[2], ids[1]]);
  expect(await page(ids[0] ?? 0)).toEqual([]);
});

test('removing a run takes its own answers, and leaves those that another run has', async () => {
  const datasetId = await addQuestions(store, 4);
  const source = await startRun(store, datasetId);
  await answerAll(store, source);
  const sharing = await startRun(store, datasetId, {
    phases: [judgePhase(judge('one'))],
    selection: { kind: 'answers-of-run', runId: source.runId, limit: 3 },
  });
  await expect(store.call('runs.remove', { runId: source.runId })).rejects.toMatchObject({ kind: 'in-use' });
  await store.call('runs.release', { ...source, status: 'done', error: null });
  await store.call('runs.remove', { runId: source.runId });
  expect(await store.call('runs.get', { runId: source.runId })).toBeNull();
  expect(await store.call('runs.get', { runId: sharing.runId })).toMatchObject({ answered: 3 });
  await store.call('runs.release', { ...sharing, status: 'done', error: null });
  await store.call('runs.remove', { runId: sharing.runId });
  // The answers are gone with their last run: the same question has to be answered anew.
  const fresh = await startRun(store, datasetId);
  expect(fresh.runId).toBeGreaterThan(sharing.runId);
  const pending = await store.call('runs.pendingAnswers', { runId: fresh.runId, after: -1, limit: 9 });
  const keys = pending.map((item) => answerTo(item));
  expect(await store.call('runs.reuseAnswers', { ...fresh, seq: 0, keys })).toEqual([]);
});
