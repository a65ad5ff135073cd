import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, expect, test } from 'vitest';
import type { Core } from '../../../src-main/core/core.ts';
import { startOpenAiServer } from '../../fakes/openai-server.ts';
import {
  type Bench,
  createBench,
  ended,
  engines,
  importQuestions,
  launchOf,
  rowsOf,
  type Script,
  waitFor,
} from './workbench.ts';

let bench: Bench;
let core: Core;

async function open(script: Script): Promise<void> {
  core = await bench.open(script);
}

async function start(more = {}): Promise<number> {
  const dataset = await importQuestions(core, bench);
  const { runId } = await core.client.runs.start(launchOf(dataset, { schedule: 'together', ...more }));
  return runId;
}

afterEach(async () => {
  await core.close();
  bench.remove();
});

test('generator and judge loaded together: answers are judged as they come, each model in its own process', async () => {
  bench = await createBench(1500);
  await open({ answerDelayMs: 400 });
  const runId = await start();
  const both = await waitFor(core, runId, ({ phases: [generate, judge] }) => {
    return (judge?.done ?? 0) > 0 && generate?.state === 'running';
  });
  expect(both.plan?.schedule).toBe('together');
  expect(engines()).toHaveLength(2);
  const run = await ended(core, runId);
  expect(run).toMatchObject({ status: 'done', answered: 1500, error: null });
  const [generate, judge] = run.phases;
  expect(judge?.startedAt).toBeLessThan(generate?.endedAt ?? 0);
  expect(judge).toMatchObject({ state: 'done', done: 1500, failed: 0 });
  expect(await rowsOf(core, runId)).toEqual({ answered: 1500, judged: 1500, positions: 1500 });
  // What a device holds is not one model's alone.
  expect(judge?.measured?.devices.map(({ beforeBytes }) => beforeBytes)).toEqual([null]);
});

test('either process killed in the middle, or the run stopped and resumed: complete, and nothing twice', async () => {
  bench = await createBench(2000);
  await open({ answerDelayMs: 200 });
  const runId = await start();
  for (const least of [40, 120, 240]) {
    await waitFor(core, runId, ({ phases }) => (phases[1]?.done ?? 0) >= least);
    for (const pid of engines()) process.kill(pid, 'SIGKILL');
  }
  await waitFor(core, runId, ({ phases }) => (phases[1]?.done ?? 0) >= 320);
  await core.client.runs.cancel({ runId });
  const stopped = await ended(core, runId);
  expect(stopped.status).toBe('cancelled');
  expect(stopped.phases[1]?.done).toBeLessThan(2000);
  expect(engines()).toEqual([]);
  await core.client.runs.resume({ runId });
  expect(await ended(core, runId)).toMatchObject({ status: 'done', answered: 2000 });
  expect(await rowsOf(core, runId)).toEqual({ answered: 2000, judged: 2000, positions: 2000 });
});

test('a judge swapped and a cascade: what can follow follows, the rest is judged after', async () => {
  bench = await createBench(200);
  await open({ answerDelayMs: 1500 });
  const judges = [
    { model: 'judge.gguf', swap: true },
    { model: 'judge.gguf', prompt: 'yes-no' },
    { model: 'generator.gguf', cascadeOf: [0, 1] },
  ];
  const run = await ended(core, await start({ judges }));
  expect(run, run.error ?? '').toMatchObject({ status: 'done', answered: 200 });
  const [generate, first, otherOrder, second, cascade] = run.phases;
  const end = generate?.endedAt ?? 0;
  for (const phase of [first, second]) expect(phase?.startedAt).toBeLessThan(end);
  for (const phase of [otherOrder, cascade]) expect(phase?.startedAt).toBeGreaterThanOrEqual(end);
  for (const phase of [first, second, otherOrder]) expect(phase).toMatchObject({ state: 'done', done: 200 });
});

test('answers without gold are skipped, also those that come while the judge is at work', async () => {
  bench = await createBench(1000);
  const lines = Array.from({ length: 1000 }, (_, n) => `q${n},What is number ${n}?,${n % 2 === 0 ? n : ''}`);
  writeFileSync(bench.dataset, `id,question,answer\n${lines.join('\n')}\n`);
  await open({ answerDelayMs: 250 });
  const runId = await start();
  expect(await ended(core, runId)).toMatchObject({ status: 'done', answered: 1000 });
  const { judges } = await core.client.runs.counts({ runId });
  expect(judges).toMatchObject([{ skipped: 500, missing: 0 }]);
});

test('an answer that the judge cannot judge is tried once, not again with each helping, and once more by a resume', async () => {
  bench = await createBench(600);
  await open({ answerDelayMs: 1000 });
  let refusing = true;
  await using server = await startOpenAiServer({
    next: () => ({ correct: 0.8, incorrect: 0.1 }),
    trouble: ({ text }) => (refusing && /number 7\?/.test(text) ? { kind: 'status', status: 400 } : null),
  });
  const asked = (): number => server.seen.filter(({ text }) => /number 7\?/.test(text)).length;
  const runId = await start({ judges: [{ api: { baseUrl: server.baseUrl, model: 'tiny' } }] });
  const run = await ended(core, runId);
  expect(run.phases[1]).toMatchObject({ state: 'done', done: 599, failed: 1 });
  // To wait for answers is no work: speeds and estimates are made of these times.
  expect(run.phases[1]?.busyMs).toBeLessThan((run.phases[0]?.busyMs ?? 0) * 0.8);
  expect(asked()).toBe(1);
  refusing = false;
  await core.client.runs.resume({ runId });
  expect((await ended(core, runId)).phases[1]).toMatchObject({ state: 'done', done: 600, failed: 0 });
});

test('a generator behind a server is followed as well', async () => {
  bench = await createBench(3000);
  await open({});
  await using server = await startOpenAiServer();
  const runId = await start({
    generator: { api: { baseUrl: server.baseUrl, model: 'tiny', concurrency: 1 } },
  });
  await waitFor(core, runId, ({ phases: [generate, judge] }) => {
    return (judge?.done ?? 0) > 0 && generate?.state === 'running';
  });
  expect(await ended(core, runId)).toMatchObject({ status: 'done', answered: 3000 });
  expect(await rowsOf(core, runId)).toMatchObject({ judged: 3000 });
});

test('a generator that does not load: no judge is loaded for nothing, nor said to be done, and a resume does all', async () => {
  bench = await createBench(50);
  await open({ refuse: { kind: 'unsupported', message: 'The scripted engine refuses.' } });
  const runId = await start({ judges: [{ model: 'judge.gguf', swap: true }] });
  const failed = await ended(core, runId);
  expect(failed.status).toBe('failed');
  expect(failed.phases.map(({ state }) => state)).toEqual(['failed', 'waiting', 'waiting']);
  await core.close();
  await open({});
  await core.client.runs.resume({ runId });
  expect(await ended(core, runId)).toMatchObject({ status: 'done', answered: 50 });
});

test('a run that is taken over while a judge loads ends as a whole: nothing is left at work, no failure unheard', async () => {
  bench = await createBench(5000);
  await open({ loadDelayMs: 1500, answerDelayMs: 20 });
  const unheard: unknown[] = [];
  const note = (reason: unknown): void => void unheard.push(reason);
  process.on('unhandledRejection', note);
  try {
    const runId = await start();
    await waitFor(core, runId, ({ phases }) => (phases[0]?.done ?? 0) > 0);
    const db = new Database(join(bench.dataDir, 'assize.sqlite'));
    db.prepare('UPDATE run SET claim_token = claim_token + 1 WHERE id = ?').run(runId);
    db.close();
    expect((await core.runs.finished(runId))?.status).not.toBe('done');
    expect(engines()).toEqual([]);
    expect(unheard).toEqual([]);
  } finally {
    process.off('unhandledRejection', note);
  }
});
