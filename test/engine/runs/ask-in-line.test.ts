import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Core } from '../../../src-main/core/core.ts';
import { type Bench, createBench, ended, engines, importQuestions, launchOf, waitFor } from './workbench.ts';
import { addDataset, importedAnswer, open, question, row } from '../../store/helpers.ts';

let bench: Bench;
let core: Core;

afterEach(async () => {
  await core.close();
  bench.remove();
});

/** A run at work, and answers of another whose meanings can be asked about. */
async function busy(): Promise<{ readonly working: number; readonly asked: number }> {
  bench = await createBench(4000);
  const store = await open(join(bench.dataDir, 'assize.sqlite'), 0);
  const samples = ['Paris', 'Lyon', 'Nice'].map((text, sampleIndex) =>
    importedAnswer('model', text, { sampleIndex }),
  );
  await addDataset(store, 'samples', [row(0, question('The capital of France?'), samples)]);
  await store[Symbol.asyncDispose]();
  core = await bench.open({ answerDelayMs: 60 });
  const { runId: asked } = await core.client.analysis.stored({ dataset: 'samples', system: null });
  const dataset = await importQuestions(core, bench);
  const { runId: working } = await core.client.runs.start(launchOf(dataset, { judges: [] }));
  await waitFor(core, working, (run) => run.answered > 0);
  return { working, asked };
}

test('a model asked while a run works waits in line, says for whom, and asks when there is room; the next run waits for it', async () => {
  const { working, asked } = await busy();
  const steps: string[] = [];
  let next: number | null = null;
  let done: unknown = null;
  for await (const event of await core.client.analysis.meanings({ runId: asked, model: 'judge.gguf' })) {
    if (event.kind === 'done') {
      done = event;
      break;
    }
    steps.push(event.progress.step);
    if (next === null && event.progress.step.startsWith('Waiting')) {
      expect(event.progress.total).toBeNull();
      const launch = launchOf('questions', { limit: 20, seed: 7, judges: [] });
      next = (await core.client.runs.start(launch)).runId;
      const seen = await waitFor(core, next, (run) => run.live?.step.startsWith('Waiting for') ?? false);
      expect(seen.live?.step).toContain(`the questions about run ${asked}`);
      await core.client.runs.cancel({ runId: working });
    }
  }
  expect(steps[0]).toBe(`Waiting for memory: run ${working} must make room`);
  expect(done).toMatchObject({ asked: 6, failed: 0 });
  expect(await ended(core, next ?? 0)).toMatchObject({ status: 'done', answered: 20 });
});

test('what is asked can be cancelled while it waits, and a close ends the waiting: nothing is loaded after it', async () => {
  const { working, asked } = await busy();
  const stop = new AbortController();
  const ask = async (signal?: AbortSignal): Promise<void> => {
    const stream = await core.client.analysis.meanings(
      { runId: asked, model: 'judge.gguf' },
      signal === undefined ? {} : { signal },
    );
    for await (const event of stream) {
      if (event.kind === 'progress' && event.progress.step.startsWith('Waiting')) waiting.resolve();
    }
  };
  let waiting = Promise.withResolvers<void>();
  const cancelled = ask(stop.signal);
  await waiting.promise;
  stop.abort(new Error('stopped'));
  await expect(cancelled).rejects.toThrow('stopped');
  expect(await core.client.runs.get({ runId: working })).toMatchObject({ status: 'running' });

  waiting = Promise.withResolvers<void>();
  const closed = ask();
  await waiting.promise;
  await Promise.all([expect(closed).rejects.toThrow('aborted'), core.close()]);
  expect(engines()).toEqual([]);
});
