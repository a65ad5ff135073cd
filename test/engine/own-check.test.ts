/** The check at the end of a phase, through the whole core: made, said, kept with the phase and printed. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { runSummaryText } from '../../src-main/cli/run-summary.ts';
import type { Core } from '../../src-main/core/core.ts';
import type { Run } from '../../src-main/domain/run.ts';
import {
  type Bench,
  createBench,
  ended,
  importQuestions,
  launchOf,
  type Script,
  waitFor,
} from './runs/workbench.ts';

let bench: Bench;
const cores: Core[] = [];
afterEach(async () => {
  for (const core of cores.splice(0)) await core.close();
  bench.remove();
});

async function run(questions: number, script: Script, more = {}): Promise<{ core: Core; run: Run }> {
  bench = await createBench(questions);
  const core = await bench.open(script);
  cores.push(core);
  const dataset = await importQuestions(core, bench);
  const { runId } = await core.client.runs.start(launchOf(dataset, more));
  return { core, run: await ended(core, runId) };
}

const check = z.object({ checked: z.number(), identical: z.number(), sentence: z.string() });
const checksOf = ({ phases }: Run): (z.infer<typeof check> | null)[] =>
  phases.map(({ provenance }) => {
    const found = provenance?.['check'];
    return found === undefined ? null : check.parse(found);
  });

test('every phase makes a sample of its rows again, keeps what it found and prints it', async () => {
  const { core, run: done } = await run(300, {});
  const [answers, verdicts] = checksOf(done);
  expect(answers).toMatchObject({ checked: 6, identical: 6 });
  expect(verdicts).toMatchObject({ checked: 6, identical: 6 });
  const counts = await core.client.runs.counts({ runId: done.id });
  const text = runSummaryText(done, counts, []);
  expect(text).toContain('6 answers made again in another order: all the same to the last bit.');
  expect(text).toContain('6 verdicts made again in another order: all the same to the last bit.');
  // The check is no work of the run: nothing is counted twice.
  expect(done.phases.map((phase) => phase.done)).toEqual([300, 300]);
});

test('an engine that dies over the check has not failed the run', async () => {
  const { core, run: done } = await run(
    40,
    { die: { when: 'answer', after: 40, how: 'SIGKILL' } },
    { judges: [] },
  );
  expect(done).toMatchObject({ status: 'done', answered: 40, error: null });
  expect(checksOf(done)).toEqual([null]);
  const events = await core.client.runs.events({ runId: done.id, afterSeq: 0, limit: 100 });
  expect(
    events.some(({ text }) => text.startsWith('The rows are there, but they could not be checked')),
  ).toBe(true);
});

test('a model file that is replaced while its engine is down is not loaded under the old name', async () => {
  bench = await createBench(200);
  // The engine dies after ten answers; a fresh one would load whatever lies there now.
  const core = await bench.open({ die: { when: 'answer', after: 10, how: 'SIGKILL' }, loadDelayMs: 300 });
  cores.push(core);
  const dataset = await importQuestions(core, bench);
  const { runId } = await core.client.runs.start(launchOf(dataset, { judges: [] }));
  await waitFor(core, runId, (run) => run.phases[0]?.state === 'running' || run.answered > 0);
  appendFileSync(join(bench.models, 'generator.gguf'), 'another file');
  const done = await ended(core, runId);
  expect(done.status).toBe('failed');
  expect(done.error).toMatch(/has changed since this run looked at it/);
});
