import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { MeaningsEvent } from '../../src-main/contract/analysis.ts';
import type { Core } from '../../src-main/core/core.ts';
import { type Bench, createBench, ended, importQuestions, launchOf } from '../engine/runs/workbench.ts';
import { addDataset, importedAnswer, open, question, row } from '../store/helpers.ts';

const SAME = [0.9, 0.05, 0, 0];
const OTHER = [0.05, 0.9, 0, 0];
/** What is left of 0.9 and 0.05 when they are all there is. */
const LITTLE = 0.05 / 0.95;
const MUCH = 0.9 / 0.95;

let bench: Bench;
let core: Core;

beforeEach(async () => {
  bench = await createBench(1);
  core = await bench.open({
    answers: [
      { match: '<shortened>\nThe number is\n', probabilities: OTHER },
      { match: '<shortened>', probabilities: SAME },
      { match: 'What is number', answer: 'The number is seven.', reasoning: 'Let me see.' },
    ],
  });
});

afterEach(async () => {
  await core.close();
  bench.remove();
});

async function weigh(runId: number): Promise<MeaningsEvent | undefined> {
  const events: MeaningsEvent[] = [];
  for await (const event of await core.client.analysis.relevance({ runId, model: 'judge.gguf' })) {
    events.push(event);
  }
  return events.at(-1);
}

test('words are weighed once, articles not at all, and the scores are those of the formulas', async () => {
  const dataset = await importQuestions(core, bench);
  const { runId } = await core.client.runs.start(launchOf(dataset, { judges: [] }));
  expect((await ended(core, runId)).status).toBe('done');
  // "number", "is" and "seven."; without the article nothing changes.
  expect(await weigh(runId)).toEqual({ kind: 'done', asked: 3, failed: 0 });
  expect(await weigh(runId)).toEqual({ kind: 'done', asked: 0, failed: 0 });

  // The tokens of the reasoning come first and are not the answer's.
  const answer = await core.client.answers.get({ runId, position: 0 });
  expect(answer.reasoningTokens).toBe(1);
  const logprobs = answer.logprobs?.slice(1);
  const relevance = [0, LITTLE, LITTLE, MUCH];
  expect(logprobs).toHaveLength(relevance.length);
  const weighted = relevance.reduce((sum, r, i) => sum - r * (logprobs?.[i] ?? Number.NaN), 0);
  const { scores } = await core.client.analysis.uncertainty({ runId });
  const valueOf = async (kind: string): Promise<number | undefined> => {
    const score = scores.find(({ key }) => key.startsWith(`${kind}(`))?.key ?? '';
    const detail = await core.client.analysis.uncertaintyDetail({ runId, judge: 'lexical:contains', score });
    // One answer: the least value of the histogram is its own.
    return detail.histogram.edges[0];
  };
  expect(await valueOf('rw-g-nll')).toBeCloseTo(weighted, 5);
  expect(await valueOf('token-sar')).toBeCloseTo(weighted / (2 * LITTLE + MUCH), 5);
});

test('a run that is gone, and one whose answers have no tokens, are refused with a sentence', async () => {
  await expect(weigh(999_999)).rejects.toThrow(/no run 999999/);
  await using store = await open(join(bench.dataDir, 'assize.sqlite'), 0);
  await addDataset(store, 'bare', [row(0, question('Once?'), [importedAnswer('model', 'x')])]);
  const { runId } = await core.client.analysis.stored({ dataset: 'bare', system: null });
  await expect(weigh(runId)).rejects.toThrow(/token by token/);
});
