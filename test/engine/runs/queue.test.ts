import { afterEach, expect, test } from 'vitest';
import type { Core } from '../../../src-main/core/core.ts';
import { type Bench, createBench, ended, importQuestions, launchOf, waitFor } from './workbench.ts';

let bench: Bench;
const cores: Core[] = [];

async function open(): Promise<Core> {
  const core = await bench.open({ answerDelayMs: 60 });
  cores.push(core);
  return core;
}

afterEach(async () => {
  for (const core of cores.splice(0)) await core.close();
  bench.remove();
});

test('of two runs on the CPU the second waits in line, says for whom, and begins when the first has ended', async () => {
  bench = await createBench(400);
  const core = await open();
  const dataset = await importQuestions(core, bench);
  const { runId: first } = await core.client.runs.start(launchOf(dataset, { limit: 300 }));
  const { runId: second } = await core.client.runs.start(launchOf(dataset, { limit: 40, seed: 7 }));
  const waiting = await waitFor(core, second, (run) => run.live?.step.startsWith('Waiting for') ?? false);
  expect(waiting).toMatchObject({
    status: 'queued',
    answered: 0,
    live: { step: `Waiting for run ${first} to make room` },
  });
  // Waiting is not forever, and nobody has been here twice.
  const [one, two] = [await ended(core, first), await ended(core, second)];
  expect([one.status, two.status]).toEqual(['done', 'done']);
  const end = Math.max(...one.phases.map((phase) => phase.endedAt ?? Infinity));
  expect(two.phases[0]?.startedAt).toBeGreaterThanOrEqual(end);
  const events = await core.client.runs.events({ runId: second, afterSeq: 0, limit: 100 });
  expect(events.some(({ text }) => text.includes(`Waiting for run ${first}:`))).toBe(true);
});

test('a run cancelled while it waits in line ends at once and keeps the next from waiting for it', async () => {
  bench = await createBench(4000);
  const core = await open();
  const dataset = await importQuestions(core, bench);
  const start = async (limit: number, seed: number): Promise<number> =>
    (await core.client.runs.start(launchOf(dataset, { limit, seed, judges: [] }))).runId;
  const [first, second, third] = [await start(4000, 1), await start(50, 2), await start(50, 3)];
  await waitFor(core, second, (run) => run.live?.step.startsWith('Waiting for') ?? false);
  await core.client.runs.cancel({ runId: second });
  expect(await ended(core, second)).toMatchObject({ status: 'cancelled', answered: 0 });
  expect(await core.client.runs.get({ runId: first })).toMatchObject({ status: 'running' });
  await core.client.runs.cancel({ runId: first });
  expect(await ended(core, third)).toMatchObject({ status: 'done', answered: 50 });
  // What was cancelled in line can be taken up like any other run.
  await core.client.runs.resume({ runId: second });
  expect(await ended(core, second)).toMatchObject({ status: 'done', answered: 50 });
});

test('a run resumed with all of it done does not wait in line for models that it need not load', async () => {
  bench = await createBench(4000);
  const core = await open();
  const dataset = await importQuestions(core, bench);
  const { runId: done } = await core.client.runs.start(launchOf(dataset, { limit: 50 }));
  expect((await ended(core, done)).status).toBe('done');
  const { runId: first } = await core.client.runs.start(
    launchOf(dataset, { seed: 7, limit: 4000, judges: [] }),
  );
  await waitFor(core, first, (run) => run.answered > 50);
  await core.client.runs.resume({ runId: done });
  expect((await ended(core, done)).status).toBe('done');
  expect(await core.client.runs.get({ runId: first })).toMatchObject({ status: 'running' });
});
