import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { MeaningsEvent } from '../../src-main/contract/analysis.ts';
import type { Core } from '../../src-main/core/core.ts';
import { type Bench, createBench } from '../engine/runs/workbench.ts';
import { addDataset, importedAnswer, open, question, row } from '../store/helpers.ts';

const SAMPLES = ['Paris', 'paris!', 'The city of Paris', 'Lyon'];
const NO = [0.05, 0.9, 0, 0];
const YES = [0.9, 0.05, 0, 0];

let bench: Bench;
let core: Core;

beforeEach(async () => {
  bench = await createBench(1);
  const store = await open(join(bench.dataDir, 'assize.sqlite'), 0);
  await addDataset(store, 'samples', [
    row(
      0,
      question('The capital of France?'),
      SAMPLES.map((text, sampleIndex) => importedAnswer('model', text, { sampleIndex })),
    ),
    row(1, question('Asked once?'), [importedAnswer('model', 'alone')]),
  ]);
  await store[Symbol.asyncDispose]();
  core = await bench.open({
    answers: [
      { match: '<first>\nLyon', probabilities: NO },
      { match: '<second>\nLyon', probabilities: NO },
      { match: '<first>', probabilities: YES },
    ],
  });
});

afterEach(async () => {
  await core.close();
  bench.remove();
});

async function meaningsOf(runId: number): Promise<MeaningsEvent | undefined> {
  const events: MeaningsEvent[] = [];
  for await (const event of await core.client.analysis.meanings({ runId, model: 'judge.gguf' })) {
    events.push(event);
  }
  return events.at(-1);
}

test('wordings are compared both ways once, the same words not at all, and what is known is not asked again', async () => {
  const { runId } = await core.client.analysis.stored({ dataset: 'samples', system: null });
  // Three wordings of four answers: six ordered pairs.
  expect(await meaningsOf(runId)).toEqual({ kind: 'done', asked: 6, failed: 0 });
  expect(await meaningsOf(runId)).toEqual({ kind: 'done', asked: 0, failed: 0 });

  const { scores } = await core.client.analysis.uncertainty({ runId });
  const entropy = scores.find((score) => score.key.startsWith('semantic-entropy('));
  // The question that was asked once has no entropy of meanings.
  expect(entropy?.answers).toBe(4);
  const judged = await core.client.analysis.rules({ runId, rules: ['contains'] });
  expect(judged[0]?.judged).toBe(5);
  const detail = await core.client.analysis.uncertaintyDetail({
    runId,
    judge: 'lexical:contains',
    score: entropy?.key ?? '',
  });
  // Three samples mean one thing, one another: −¾ ln ¾ − ¼ ln ¼.
  expect(detail.histogram.edges[0]).toBeCloseTo(0.5623, 4);
});

test('a run without several answers to a question is refused with what to do', async () => {
  const alone = await addAlone();
  const { runId } = await core.client.analysis.stored({ dataset: alone, system: null });
  await expect(meaningsOf(runId)).rejects.toThrow(/several answers.*temperature/s);
});

async function addAlone(): Promise<string> {
  await using store = await open(join(bench.dataDir, 'assize.sqlite'), 0);
  await addDataset(store, 'alone', [row(0, question('Once?'), [importedAnswer('model', 'x')])]);
  return 'alone';
}
