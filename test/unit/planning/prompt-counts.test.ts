import { afterAll, beforeAll, expect, test } from 'vitest';
import { experimentSchema } from '../../../src-main/contract/experiment.ts';
import { createLongestQuestions } from '../../../src-main/core/planning/longest-questions.ts';
import { promptCounts, type CountingDeps } from '../../../src-main/core/planning/prompt-counts.ts';
import type { ModelFile } from '../../../src-main/domain/model.ts';
import type { Store } from '../../../src-main/store/api.ts';
import { addDataset, open, question, row, tempDir, type TempDir } from '../../store/helpers.ts';
import { modelFile } from '../models/model-file.ts';

const NEVER = new AbortController().signal;
/** More than are counted one by one. */
const ROWS = 5000;

let folder: TempDir;
let store: Store;
let looked = 0;
let countedPrompts = 0;
let deps: CountingDeps;

beforeAll(async () => {
  folder = tempDir();
  store = await open(folder.file);
  const short = Array.from({ length: ROWS }, (_, i) => row(i, question(`Is ${i} even?`)));
  await addDataset(store, 'short', short);
  // A sample of 4,096 of 5,000 lacks the one long prompt for about one seed in five.
  await addDataset(store, 'long', [...short.slice(1), row(ROWS, question('why '.repeat(3000)))]);
  const longest = createLongestQuestions(store);
  deps = {
    store,
    judgePrompt: () => Promise.reject(new Error('there is no judge here')),
    // Words are tokens.
    countPrompts: async (_, prompts) => {
      countedPrompts += prompts.length;
      return prompts.map(
        (p) => (p.kind === 'text' ? p.text : `${p.system ?? ''} ${p.user}`).split(/\s+/).length,
      );
    },
    longestQuestions: (datasetId, signal) => {
      looked += 1;
      return longest(datasetId, signal);
    },
  };
});
afterAll(async () => {
  await store[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const FILE = modelFile();

async function count(
  dataset: string,
  seed: number,
  limit: number | null = null,
  file: ModelFile | null = FILE,
) {
  const experiment = experimentSchema.parse({ dataset, generator: 'm', judges: [], limit, seed });
  const model = { name: 'M', choice: null, file, instruct: true };
  const [counts] = await promptCounts(deps, experiment, [model], NEVER);
  if (counts === undefined) throw new Error('nothing was counted');
  return counts;
}

// Catches: a context sized by a sample that lacks the longest prompt: that prompt would not fit when its turn comes.
test('the longest prompt is found, whichever prompts a seed puts into the sample', async () => {
  for (const seed of [0, 1, 2, 3, 4, 5, 6, 7]) {
    const counts = await count('long', seed);
    expect(counts).toMatchObject({ counted: 4096, of: ROWS, longestOf: ROWS, how: 'tokenizer' });
    expect(counts.counts.max).toBeGreaterThan(3000);
    expect(counts.counts.p99).toBeLessThan(100);
  }
  expect((await count('short', 0)).counts.max).toBeLessThan(100);
  const estimated = await count('long', 0, null, null);
  expect(estimated.how).toBe('estimate');
  expect(estimated.counts.max).toBeGreaterThan(3000);
});

// Catches: a dataset looked through although every one of its prompts that will be asked is counted anyway.
test('a dataset is looked through only when it is sampled', async () => {
  const before = looked;
  expect(await count('short', 0, 100)).toMatchObject({ counted: 100, of: 100, longestOf: 100 });
  expect(looked).toBe(before);
});

// Catches: a million rows read again for every step of a slider.
test('a dataset is looked through once', async () => {
  const longest = createLongestQuestions(store);
  const info = await store.call('datasets.get', { dataset: 'long' });
  const first = await longest(info?.id ?? 0, NEVER);
  expect(await longest(info?.id ?? 0, NEVER)).toBe(first);
  expect(first.seen).toBe(ROWS);
  expect(first.questions[0]?.question).toMatch(/^why why/);
});

// Catches: prompts rendered and counted again for every step of a slider; counts of another seed or file taken for these.
test('the same question is answered from memory, another one is not', async () => {
  await count('short', 42, 500);
  const before = countedPrompts;
  await count('short', 42, 500);
  expect(countedPrompts).toBe(before);
  await count('short', 43, 500);
  expect(countedPrompts).toBe(before + 500);
  await count('short', 42, 500, { ...FILE, modifiedAt: 1 });
  expect(countedPrompts).toBe(before + 1000);
});
