import { afterEach, describe, expect, test } from 'vitest';
import type { Core } from '../../../src-main/core/core.ts';
import {
  type Bench,
  createBench,
  ended,
  importQuestions,
  launchOf,
  rowsOf,
  type Script,
  waitFor,
} from './workbench.ts';

let bench: Bench;
const cores: Core[] = [];

async function open(script: Script = {}): Promise<Core> {
  const core = await bench.open(script);
  cores.push(core);
  return core;
}

async function start(core: Core, more = {}): Promise<number> {
  const dataset = await importQuestions(core, bench);
  const { runId } = await core.client.runs.start(launchOf(dataset, more));
  return runId;
}

afterEach(async () => {
  for (const core of cores.splice(0)) await core.close();
  bench.remove();
});

describe('a run', () => {
  test('answers every question, ends the generator, then judges every answer', async () => {
    bench = await createBench(50);
    const core = await open();
    const run = await ended(core, await start(core));
    expect(run).toMatchObject({ status: 'done', answered: 50, total: 50, error: null });
    const [generate, judge] = run.phases;
    expect(generate).toMatchObject({ role: 'generate', state: 'done', done: 50, failed: 0 });
    expect(judge).toMatchObject({ role: 'judge', state: 'done', done: 50, failed: 0 });
    // The judge is loaded only after the generator is gone.
    expect(judge?.startedAt).toBeGreaterThanOrEqual(generate?.endedAt ?? Infinity);
    expect(generate?.measured?.exit).toContain('code 0');
    expect(await rowsOf(core, run.id)).toEqual({ answered: 50, judged: 50, positions: 50 });
    expect(generate?.provenance).toMatchObject({ model: { file: 'generator', architecture: 'llama' } });
  });

  test('with the same questions again shares answers and judgments instead of repeating them', async () => {
    bench = await createBench(20);
    const core = await open();
    const first = await ended(core, await start(core));
    const second = await ended(core, await start(core));
    expect(second).toMatchObject({ status: 'done', answered: 20 });
    expect(second.phases.map((phase) => phase.tokens)).toEqual([0, 0]);
    const before = await core.client.answers.get({ runId: first.id, position: 3 });
    const after = await core.client.answers.get({ runId: second.id, position: 3 });
    expect(after.answerId).toBe(before.answerId);
  });

  test('that finds half of its rows stored says what it worked on itself: its speed a row comes from that', async () => {
    bench = await createBench(20);
    const core = await open();
    await ended(core, await start(core, { limit: 10 }));
    const run = await ended(core, await start(core));
    const counts = run.phases.map(({ done, worked }) => ({ done, worked }));
    expect(counts).toEqual([
      { done: 20, worked: 10 },
      { done: 20, worked: 10 },
    ]);
  });

  test('judged again as a repeat keeps both judgments', async () => {
    bench = await createBench(10);
    const core = await open();
    const first = await ended(core, await start(core));
    const again = await core.client.runs.start({
      experiment: {
        name: 'again',
        dataset: String(first.datasetId),
        generator: null,
        judges: ['judge.gguf'],
      },
      answers: { kind: 'run', runId: first.id },
      again: true,
    });
    const second = await ended(core, again.runId);
    expect(second).toMatchObject({ status: 'done', answered: 10 });
    const answer = await core.client.answers.get({ runId: first.id, position: 0 });
    expect(new Set(answer.judgments.map((judgment) => judgment.repeat))).toEqual(new Set([0, 1]));
  });

  test('with a generator that dies in the middle goes on in a fresh process and completes', async () => {
    bench = await createBench(200);
    const core = await open({ answerDelayMs: 150, die: { when: 'answer', after: 30, how: 'SIGKILL' } });
    const run = await ended(core, await start(core, { judges: [] }));
    expect(run).toMatchObject({ status: 'done', answered: 200 });
    expect(await rowsOf(core, run.id)).toMatchObject({ answered: 200, positions: 200 });
    const events = await core.client.runs.events({ runId: run.id, afterSeq: 0, limit: 1000 });
    expect(events.filter((event) => event.level === 'warning').length).toBeGreaterThanOrEqual(6);
  });

  test('with a generator that dies at its first answer stops after three tries with a reason', async () => {
    bench = await createBench(10);
    const core = await open({ die: { when: 'answer', after: 0, how: 'SIGABRT' } });
    const run = await ended(core, await start(core));
    expect(run.status).toBe('failed');
    expect(run.error).toMatch(/3 times in a row/);
    expect(run.phases[0]).toMatchObject({ state: 'failed', done: 0 });
    // Nothing was judged, because nothing was answered.
    expect(run.phases[1]).toMatchObject({ state: 'waiting' });
  });

  test('whose model does not fit says so and is not retried', async () => {
    bench = await createBench(10);
    const core = await open({ refuse: { kind: 'unsupported', message: 'This architecture is not known.' } });
    const run = await ended(core, await start(core));
    expect(run).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('architecture is not known'),
    });
  });

  test('keeps rows that fail apart with their reason and tries them again on resume', async () => {
    bench = await createBench(12);
    const bad = await open({ answers: [{ match: 'number 7?', finishReason: 'error' }] });
    const runId = await start(bad, { judges: [] });
    const run = await ended(bad, runId);
    expect(run.phases[0]).toMatchObject({ done: 11, failed: 1 });
    const row = await bad.client.answers.get({ runId, position: 7 });
    expect(row.failure).toContain('told to fail');
    await bad.close();
    cores.splice(0);
    const good = await open();
    await good.client.runs.resume({ runId });
    expect(await ended(good, runId)).toMatchObject({
      status: 'done',
      answered: 12,
      phases: [{ done: 12, failed: 0 }],
    });
  });
});

describe('cancel', () => {
  test('is acknowledged at once, keeps what is finished, and resume completes', async () => {
    bench = await createBench(1500);
    const core = await open({ answerDelayMs: 100 });
    const runId = await start(core);
    await waitFor(core, runId, (run) => run.answered > 20);
    await core.client.runs.cancel({ runId });
    const acknowledged = await core.client.runs.get({ runId });
    expect(['cancelling', 'cancelled']).toContain(acknowledged.status);
    const cancelled = await ended(core, runId);
    expect(cancelled.status).toBe('cancelled');
    expect(cancelled.answered).toBeGreaterThan(20);
    expect(cancelled.answered).toBeLessThan(1500);
    await core.client.runs.resume({ runId });
    expect(await ended(core, runId)).toMatchObject({ status: 'done', answered: 1500 });
    expect(await rowsOf(core, runId)).toEqual({ answered: 1500, judged: 1500, positions: 1500 });
    // The record of the run says that it stopped, and why its clock goes on.
    const events = await core.client.runs.events({ runId, afterSeq: 0, limit: 1000 });
    const told = events.map(({ text }) => text).filter((text) => /^(Cancelled|Resumed)/.test(text));
    expect(told).toEqual(['Cancelled; what was finished is kept.', 'Resumed.']);
  });

  test('works while answers are judged, and the child is gone after it', async () => {
    bench = await createBench(1000);
    const core = await open({ answerDelayMs: 100 });
    const runId = await start(core);
    await waitFor(core, runId, (run) => (run.phases[1]?.done ?? 0) > 0);
    await core.client.runs.cancel({ runId });
    const cancelled = await ended(core, runId);
    expect(cancelled).toMatchObject({ status: 'cancelled', answered: 1000 });
    expect(cancelled.phases[1]?.measured?.exit).toContain('ended');
    await core.client.runs.resume({ runId });
    expect(await ended(core, runId)).toMatchObject({ status: 'done' });
    expect(await rowsOf(core, runId)).toEqual({ answered: 1000, judged: 1000, positions: 1000 });
  });

  test('works while the model is loading', async () => {
    bench = await createBench(5);
    const core = await open({ loadDelayMs: 60_000 });
    const runId = await start(core);
    await waitFor(core, runId, (run) => run.phases[0]?.state === 'loading');
    await core.client.runs.cancel({ runId });
    expect(await ended(core, runId)).toMatchObject({ status: 'cancelled', answered: 0 });
  });

  test('asked for by another process reaches the owner', async () => {
    bench = await createBench(20_000);
    const owner = await open({ answerDelayMs: 200 });
    const runId = await start(owner);
    await waitFor(owner, runId, (run) => run.answered > 5);
    const other = await open();
    await other.client.runs.cancel({ runId });
    expect(await ended(owner, runId)).toMatchObject({ status: 'cancelled' });
  });
});

describe('two workbenches on one database', () => {
  test('a run of the one is seen live by the other, which may not resume it', async () => {
    bench = await createBench(20_000);
    const owner = await open({ answerDelayMs: 200 });
    const runId = await start(owner);
    const other = await open();
    const seen = await waitFor(other, runId, (run) => run.answered > 5);
    expect(seen.owner).not.toBeNull();
    await expect(other.client.runs.resume({ runId })).rejects.toThrow(/worked on/);
    await owner.client.runs.cancel({ runId });
    await ended(owner, runId);
  });
});
