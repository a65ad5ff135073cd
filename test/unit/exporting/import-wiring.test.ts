import { afterEach, beforeEach, expect, test } from 'vitest';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { assert, constantFrom, dictionary, jsonValue, property } from 'fast-check';
import { removeDataset, removeDeadImports } from '../../../src-main/core/datasets/abandon-import.ts';
import { importDataset } from '../../../src-main/core/datasets/import-dataset.ts';
import { previewFile } from '../../../src-main/core/datasets/preview.ts';
import { thisOwner } from '../../../src-main/core/experiments/owner.ts';
import { sha256Of } from '../../../src-main/core/hash.ts';
import { mapRecord } from '../../../src-main/domain/datasets/map-record.ts';
import { guessMapping } from '../../../src-main/domain/datasets/guess-mapping.ts';
import { recordFrom, sourceOf } from '../../../src-main/domain/datasets/row-source.ts';
import { OWNER } from '../../store/helpers.ts';
import { importedRun, type Workshop, workshop } from './run.ts';

let shop: Workshop;
beforeEach(async () => {
  shop = await workshop();
});
afterEach(() => shop[Symbol.asyncDispose]());

const lines = (...values: unknown[]): string => values.map((value) => JSON.stringify(value)).join('\n');

const sample = (docId: number, filter: string, response: string, score: number) => ({
  doc_id: docId,
  doc: { question: `Question ${docId}?`, answer: 'x' },
  target: 'x',
  arguments: [['prompt', {}]],
  resps: [[`whole ${response}`]],
  filtered_resps: [response],
  filter,
  metrics: ['exact_match'],
  exact_match: score,
});

test('the answers of a second system go to the row of their question: two rows, not four', async () => {
  const output = (instruction: string, generator: string) => ({
    instruction,
    output: `${generator} says`,
    generator,
    dataset: 'd',
  });
  const path = shop.write(
    'outputs.json',
    JSON.stringify([output('Q1', 'm'), output('Q2', 'm'), output('Q1', 'n'), output('Q2', 'n')]),
  );
  const { dataset } = await shop.importFile(path);
  expect(dataset).toMatchObject({ rows: 2, systems: ['m', 'n'] });
  const answers = await shop.answers(await importedRun(shop.store, dataset.id));
  expect(answers.map(({ question, answer }) => `${question} ${answer}`)).toEqual([
    'Q1 m says',
    'Q1 n says',
    'Q2 m says',
    'Q2 n says',
  ]);
});

test('a remark about a record that was kept is not a lost record, and does not hide one', async () => {
  const path = shop.write(
    'mixed.jsonl',
    lines({ question: 'Q1', answer: 'a' }, { question: 'Q2', answer: '' }, { question: '', answer: 'b' }),
  );
  const { dataset } = await shop.importFile(path);
  expect(dataset).toMatchObject({ rows: 2, withoutGold: 1, problemCount: 1 });
  expect(dataset.problems.filter(({ kept }) => kept === true)).toHaveLength(1);
  expect(dataset.problems).toHaveLength(2);
});

test('lm-eval: another filter of the same file is another dataset; the one read anyway is the same', async () => {
  const path = shop.write(
    'samples_task_2026-01-01T00-00-00.000000.jsonl',
    lines(
      sample(0, 'strict', '1', 1),
      sample(1, 'strict', '2', 0),
      sample(0, 'flexible', '1', 1),
      sample(1, 'flexible', '3', 1),
    ),
  );
  const first = await shop.importFile(path);
  expect(first.dataset.rows).toBe(2);
  expect(await shop.importFile(path, { filter: 'strict' })).toMatchObject({ existed: true });
  const other = await shop.importFile(path, {
    filter: 'flexible',
    filteredAnswers: true,
    system: 'my model',
  });
  expect(other).toMatchObject({ existed: false, dataset: { systems: ['my model'] } });
  const answers = await shop.answers(await importedRun(shop.store, other.dataset.id));
  expect(
    answers.map(({ answer, judgments }) => [answer, judgments[0]?.verdict, judgments[0]?.judge.name]),
  ).toEqual([
    ['1', 'correct', 'lm-eval exact_match,flexible'],
    ['3', 'correct', 'lm-eval exact_match,flexible'],
  ]);
});

test('token log-probabilities of an imported answer are stored as ours are', async () => {
  const log = {
    version: 2,
    eval: { model: 'm' },
    samples: [
      {
        id: 1,
        epoch: 1,
        input: 'Q?',
        target: 't',
        messages: [],
        output: {
          choices: [
            {
              message: { role: 'assistant', content: 'a b' },
              logprobs: {
                content: [
                  { token: 'a', logprob: -0.5 },
                  { token: ' b', logprob: -0.25 },
                ],
              },
            },
          ],
        },
        scores: {},
      },
    ],
  };
  const { dataset } = await shop.importFile(shop.write('log.json', JSON.stringify(log)));
  const [answer] = await shop.answers(await importedRun(shop.store, dataset.id));
  expect(answer).toMatchObject({ logprobs: [-0.5, -0.25], tokens: 2, nllSum: 0.75 });
});

test('a cancelled import leaves nothing, and the file then imports whole', async () => {
  const rows = Array.from({ length: 5000 }, (_, n) => ({ question: `Q ${n}`, answer: String(n) }));
  const path = shop.write('many.jsonl', lines(...rows));
  const stop = new AbortController();
  const request = { path, name: null, kind: null, mapping: null };
  const importing = importDataset(shop.store, OWNER, request, stop.signal, ({ step, rows: done }) => {
    if (step === 'reading' && done > 0) stop.abort(new Error('cancelled'));
  });
  await expect(importing).rejects.toThrow('cancelled');
  expect(await shop.store.call('datasets.list')).toEqual([]);
  // Its rows go behind the answer; each call waits behind a piece of them.
  while ((await shop.store.call('datasets.unfinished')).length > 0);
  expect((await shop.importFile(path)).dataset.rows).toBe(5000);
});

test('what a killed import left behind is taken away, and its file imports whole', async () => {
  const path = shop.write(
    'killed.jsonl',
    lines({ question: 'Q1', answer: 'a' }, { question: 'Q2', answer: 'b' }),
  );
  const { dataset } = await shop.importFile(path);
  await removeDataset(shop.store, OWNER, dataset.id);
  // Of this host and an earlier boot: gone for certain.
  const owner = { ...thisOwner('cli'), bootId: 'an earlier one' };
  const { sha256, fileSha256, name, kind, sourceName, mapping } = dataset;
  await shop.store.call('datasets.begin', { sha256, fileSha256, name, kind, sourceName, mapping, owner });
  const again = await shop.importFile(path);
  expect(again).toMatchObject({ existed: false, dataset: { rows: 2 } });
  expect(await shop.store.call('datasets.unfinished')).toEqual([]);
});

test('a removal that was killed half way is finished by the next start; the file imports whole meanwhile', async () => {
  const rows = Array.from({ length: 3000 }, (_, n) => ({ question: `Q ${n}`, answer: String(n) }));
  const path = shop.write('many.jsonl', lines(...rows));
  const { dataset } = await shop.importFile(path);
  // Of this host and an earlier boot: gone for certain.
  const owner = { ...thisOwner('cli'), bootId: 'an earlier one' };
  await shop.store.call('datasets.remove', { datasetId: dataset.id, owner });
  await shop.store.call('datasets.abandon', { datasetId: dataset.id, limit: 1000 });
  expect(await shop.store.call('datasets.list')).toEqual([]);
  expect(await shop.store.call('datasets.removals')).toEqual([
    { datasetId: dataset.id, name: 'many', rowsLeft: 2000 },
  ]);
  const again = await shop.importFile(path);
  expect(again).toMatchObject({ existed: false, dataset: { rows: 3000 } });
  await removeDeadImports(shop.store);
  while ((await shop.store.call('datasets.removals')).length > 0);
  expect(await shop.store.call('datasets.unfinished')).toEqual([]);
  expect(await shop.store.call('datasets.list')).toMatchObject([{ id: again.dataset.id, rows: 3000 }]);
});

test('other writes go on while a dataset is being removed, and no run can be made of it', async () => {
  const rows = Array.from({ length: 20_000 }, (_, n) => ({ question: `Q ${n}`, answer: String(n) }));
  const { dataset } = await shop.importFile(shop.write('many.jsonl', lines(...rows)));
  await removeDataset(shop.store, OWNER, dataset.id);
  let written = 0;
  while ((await shop.store.call('datasets.removals')).length > 0) {
    await shop.store.call('cache.put', { key: `k${written}`, value: 'v' });
    written += 1;
  }
  expect(written).toBeGreaterThan(1);
  await expect(importedRun(shop.store, dataset.id)).rejects.toMatchObject({ kind: 'not-found' });
});

test('a folder lists the files in it that can be imported, each with a grant', async () => {
  const folder = join(shop.folder, 'results');
  mkdirSync(join(folder, 'deep'), { recursive: true });
  shop.write('results/a.csv', 'question,answer\nQ,a\n');
  shop.write('results/deep/b.jsonl', lines(sample(0, 'none', '1', 1)));
  shop.write('results/readme.txt', 'hello');
  const preview = await previewFile(
    { path: folder, kind: null, mapping: null },
    (path) => `grant of ${path}`,
    new AbortController().signal,
  );
  expect(preview.files.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
    'a.csv questions',
    `${join('deep', 'b.jsonl')} lm-eval-samples`,
  ]);
  expect(preview.files[0]?.file).toBe(`grant of ${join(folder, 'a.csv')}`);
});

test('whatever a record holds, it comes back from its row with the same hash', () => {
  const record = dictionary(
    constantFrom('id', 'question', 'answer', 'context', 'x', '__proto__'),
    jsonValue(),
  );
  assert(
    property(record, (fields) => {
      const read: unknown = JSON.parse(JSON.stringify({ ...fields, question: 'Why?' }));
      if (typeof read !== 'object' || read === null) return;
      const given = Object.fromEntries(Object.entries(read));
      const mapped = mapRecord(given, guessMapping(Object.keys(given), [given]));
      if (!mapped.ok) return;
      const stored: unknown = JSON.parse(sourceOf(given, mapped.question));
      const source = Object.fromEntries(Object.entries(stored ?? {}));
      expect(sha256Of(recordFrom(source, mapped.question))).toBe(sha256Of(given));
    }),
    { numRuns: 1000 },
  );
});
