import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerLineSchema } from '../../../src-main/contract/answer-format.ts';
import { exportRun } from '../../../src-main/core/exporting/export-run.ts';
import { parseJson } from '../../../src-main/core/datasets/json-text.ts';
import type { ColumnMapping } from '../../../src-main/domain/dataset.ts';
import { exportFormats } from '../../../src-main/domain/export-formats.ts';
import { importedRun, judgedRun, readText, type Workshop, workshop } from './run.ts';

/** Answers of a system in a column. */
const SAID: ColumnMapping = {
  id: null,
  question: 'question',
  context: null,
  gold: 'gold',
  choices: null,
  goldSeparator: null,
  goldForm: 'text',
  answers: [{ system: 'gpt', answer: 'said', verdict: null, judge: '', human: false }],
};

let shop: Workshop;
let runId: number;
beforeAll(async () => {
  shop = await workshop();
  ({ runId } = await judgedRun(shop));
});
afterAll(() => shop[Symbol.asyncDispose]());

const exportsFolder = (): string => join(shop.folder, 'exports');

describe('our own lines', () => {
  test('every line is of the published schema, and has no field that it does not name', async () => {
    const lines = readText(await shop.exportAs(runId, 'jsonl'))
      .trim()
      .split('\n');
    expect(lines).toHaveLength(10);
    for (const line of lines) {
      const value: unknown = JSON.parse(line);
      expect(answerLineSchema.parse(value)).toEqual(value);
    }
  });

  test('the document names every field of the schema', () => {
    const text = readFileSync('docs/answer-format.md', 'utf8');
    const fields = [
      ...Object.keys(answerLineSchema.shape),
      ...Object.keys(answerLineSchema.shape.judgments.element.shape),
      ...Object.keys(answerLineSchema.shape.judgments.element.shape.judge.shape),
    ];
    expect(fields.filter((field) => !new RegExp(`\`${field}(\\.name)?\``).test(text))).toEqual([]);
  });
});

test('a file of any format is its owner’s alone', async () => {
  for (const format of exportFormats()) {
    const path = await shop.exportAs(runId, format);
    const names = statSync(path).isDirectory() ? readdirSync(path, { recursive: true }).map(String) : [''];
    const files = names.map((name) => statSync(join(path, name))).filter((facts) => facts.isFile());
    expect([format, ...files.map(({ mode }) => mode & 0o777)]).toEqual([format, ...files.map(() => 0o600)]);
  }
});

describe('the long table', () => {
  test('has a row an answer and judge; the mean of "correct" is the accuracy that the store counts', async () => {
    const path = await shop.exportAs(runId, 'parquet');
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(path) });
    const counts = await shop.store.call('runs.counts', { runId });
    expect(rows).toHaveLength(10 + 9 + 1);
    for (const { judge, correct, incorrect } of counts.judges) {
      const scored = rows.flatMap((row) =>
        row['judge'] === judge.name && row['correct'] !== null ? [row['correct']] : [],
      );
      expect(scored.filter((value) => value === 1)).toHaveLength(correct);
      expect(scored.filter((value) => value === 0)).toHaveLength(incorrect);
    }
    expect(rows[0]).toMatchObject({
      question: 'Capital of “France”?',
      gold: 'Paris | City of Light',
      human: false,
    });
  });

  test('in CSV no cell begins like a formula, and quotes and line ends stay inside their cells', async () => {
    const text = readText(await shop.exportAs(runId, 'csv'));
    expect(text).toContain("'=1+1?");
    expect(text).toContain("'=SUM(A1)");
    expect(text).toContain('"two\nlines"');
    expect(text).not.toMatch(/(?:^|,)"?[=@]/m);
  });
});

test('the wide table says how answers were asked only of those that were made here', async () => {
  const file = shop.write(
    'answered.jsonl',
    JSON.stringify({ question: 'Why?', gold: 'so', said: 'Because.' }),
  );
  const { dataset } = await shop.importFile(file, { mapping: SAID });
  const asked = async (id: number): Promise<(string | undefined)[]> => {
    const rows: Record<string, string>[] = parse(readText(await shop.exportAs(id, 'csv')), { columns: true });
    return [rows[0]?.['model'], rows[0]?.['prompt_style']];
  };
  expect(await asked(await importedRun(shop.store, dataset.id))).toEqual(['gpt', '']);
  expect(await asked(runId)).toEqual(['generator', 'short']);
});

describe('an Inspect log', () => {
  test('has a score a judge, accuracies over scored answers, and a person’s labels as edits with provenance', async () => {
    const parsed = parseJson(readText(await shop.exportAs(runId, 'inspect')));
    if (!parsed.ok) throw new Error(parsed.reason);
    expect(parsed.value).toMatchObject({
      version: 2,
      status: 'success',
      results: {
        scores: [
          {
            name: 'strict judge',
            metrics: { accuracy: { value: 2 / 6 } },
            scored_samples: 6,
            unscored_samples: 4,
          },
          { name: 'lenient judge', metrics: { accuracy: { value: 1 } }, scored_samples: 9 },
          { name: 'Ann', metrics: { accuracy: { value: 1 }, stderr: { value: 0 } } },
        ],
      },
      samples: expect.arrayContaining([
        expect.objectContaining({
          id: 'a',
          epoch: 1,
          target: ['Paris', 'City of Light'],
          scores: expect.objectContaining({
            Ann: expect.objectContaining({
              value: 'C',
              history: [
                expect.objectContaining({
                  value: 'I',
                  provenance: expect.objectContaining({ author: 'Ann', reason: 'hasty' }),
                }),
                expect.objectContaining({ value: 'C' }),
              ],
            }),
          }),
        }),
      ]),
    });
  });

  test('gives every sample an id and epoch of its own, though ids of the file repeat', async () => {
    const parsed = parseJson(readText(await shop.exportAs(runId, 'inspect')));
    const value: unknown = parsed.ok ? parsed.value : null;
    expect(value).toHaveProperty('samples');
    const text = JSON.stringify(value);
    const keys = [...text.matchAll(/"id":"([^"]+)","epoch":(\d+)/g)].map(([, id, epoch]) => `${id} ${epoch}`);
    expect(keys).toHaveLength(10);
    expect(new Set(keys).size).toBe(10);
  });
});

describe('whole or absent', () => {
  test.each(exportFormats())(
    '%s that is cancelled leaves nothing, and what was there before stays',
    async (format) => {
      const path = await shop.exportAs(runId, format);
      const names = (): string[] => readdirSync(exportsFolder()).toSorted();
      const before = names();
      const request = { runId, format, asFolder: false, version: '0.0.0', report: null };
      const aborted = AbortSignal.abort(new Error('cancelled'));
      await expect(exportRun(shop.store, request, exportsFolder(), aborted)).rejects.toThrow('cancelled');
      expect(names()).toEqual(before);
      expect(existsSync(path)).toBe(true);
    },
  );

  test('a bundle that is cancelled after its answers were written leaves nothing', async () => {
    const folder = join(shop.folder, 'elsewhere');
    const stop = new AbortController();
    const report = (): Promise<null> => {
      stop.abort(new Error('cancelled'));
      return Promise.resolve(null);
    };
    const request = { runId, format: 'bundle', asFolder: false, version: '0.0.0', report } as const;
    await expect(exportRun(shop.store, request, folder, stop.signal)).rejects.toThrow('cancelled');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a second export takes the place of the first, also as a folder', async () => {
    const first = await shop.exportAs(runId, 'lm-eval', true);
    expect(await shop.exportAs(runId, 'lm-eval', true)).toBe(first);
    expect(readdirSync(first, { recursive: true })).toHaveLength(3);
  });

  test('a run that is gone is refused with a sentence', async () => {
    await expect(shop.exportAs(999, 'jsonl')).rejects.toThrow('There is no run 999.');
  });
});
