import { expect, test } from 'vitest';
import { reportCard } from '../../src-main/core/analysis/card.ts';
import { judgeWorks } from '../../src-main/core/analysis/judge-setup.ts';
import { createAnalysisSource } from '../../src-main/core/analysis/source.ts';
import { openForEachTest, store } from './each-test.ts';
import { addQuestions, answerAll, human, judge, judgePhase, judgment, startRun } from './helpers.ts';

openForEachTest();

const GENERATE = { role: 'generate', modelName: 'g', judge: null, plan: null } as const;
const PROVENANCE = {
  model: { file: 'j.gguf', quantization: 'Q4_K_M' },
  engine: { llamaCpp: 'b1' },
  backend: 'cuda',
  devices: ['RTX 4090'],
  settings: { gpuLayers: 33, contextPerSequence: 1024, sequences: 4 },
  totalLayers: 33,
};

type Run = Awaited<ReturnType<typeof startRun>>;

/** A judge's phase that works off some answers, ten ms each. */
async function work(run: Run, seq: number, judgeId: number, answers: readonly number[]): Promise<void> {
  const patch = (part: object) => store.call('runs.patchPhase', { ...run, seq, patch: part });
  await patch({ state: 'running', startedAt: Date.now(), provenance: PROVENANCE });
  await store.call('runs.putJudgments', {
    ...run,
    seq,
    judgments: answers.map((answerId) => judgment(answerId, judgeId)),
  });
  await patch({ addTokens: 100 * answers.length, addBusyMs: 10 * answers.length });
  await patch({ state: 'done', endedAt: Date.now() });
  // Times are whole milliseconds: the next phase begins in a later one.
  const ended = Date.now();
  await expect.poll(() => Date.now(), { interval: 1 }).toBeGreaterThan(ended);
}

async function card(runId: number) {
  const options = { runId, where: [], panels: [], level: 0.95, seed: 0, resamples: 200 };
  const table = await createAnalysisSource(store).table(options);
  const { entries } = await reportCard(table, await judgeWorks(store, table));
  return entries.find(({ judge: { kind } }) => kind === 'model');
}

async function labelledRun() {
  const datasetId = await addQuestions(store, 6);
  const run = await startRun(store, datasetId, { phases: [GENERATE, judgePhase(judge('j'))] });
  const answers = await answerAll(store, run);
  const person = await store.call('judges.ensure', human('Ada'));
  for (const answerId of answers) {
    await store.call('judgments.addHuman', {
      answerId,
      judgeId: person,
      verdict: 'correct',
      note: null,
    });
  }
  return { datasetId, run, answers, judgeId: await store.call('judges.ensure', judge('j')) };
}

test('verdicts that were made in another run bring their device, quantization and speed from it', async () => {
  const { datasetId, run, answers, judgeId } = await labelledRun();
  await work(run, 1, judgeId, answers);
  const reused = await startRun(store, datasetId, {
    phases: [judgePhase(judge('j'))],
    selection: { kind: 'answers-of-run', runId: run.runId, limit: null },
  });
  const entry = await card(reused.runId);
  expect(entry?.setup).toMatchObject({
    madeIn: run.runId,
    quantization: 'Q4_K_M',
    device: 'RTX 4090 (33 of 33 layers)',
    contextPerSequence: 1024,
  });
  expect(entry?.secondsPerItem).toBeCloseTo(0.01, 12);
  expect(entry?.promptTokensPerSecond).toBeCloseTo(10_000, 6);
});

test('a run that made some verdicts and found the others takes its speed from those it made', async () => {
  const { datasetId, run, answers, judgeId } = await labelledRun();
  await work(run, 1, judgeId, answers.slice(0, 2));
  const rest = await startRun(store, datasetId, {
    phases: [judgePhase(judge('j'))],
    selection: { kind: 'answers-of-run', runId: run.runId, limit: null },
  });
  await work(rest, 0, judgeId, answers.slice(2));
  const phase = (await store.call('runs.get', { runId: rest.runId }))?.phases[0];
  // All six count as done there, but only four took time.
  expect(phase).toMatchObject({ done: 6, busyMs: 40 });
  const entry = await card(rest.runId);
  expect(entry?.setup?.madeIn).toBe(rest.runId);
  expect(entry?.secondsPerItem).toBeCloseTo(0.01, 12);
  // Most of what the first run shows was made in the second as well.
  expect((await card(run.runId))?.setup?.madeIn).toBe(rest.runId);
});

test('without the run that made them, what is not known is left out and nothing is made up', async () => {
  const { run, answers, judgeId } = await labelledRun();
  await store.call('runs.putJudgments', {
    ...run,
    seq: 1,
    judgments: answers.map((answerId) => judgment(answerId, judgeId)),
  });
  expect(await card(run.runId)).toMatchObject({
    setup: { madeIn: null, quantization: null, device: null },
    secondsPerItem: null,
    promptTokensPerSecond: null,
  });
});
