import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asyncProperty, array, assert, integer, record } from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inspectFile } from '../../../src-main/core/datasets/inspect-file.ts';
import { readRows } from '../../../src-main/core/datasets/read-rows.ts';
import { DatasetFileError } from '../../../src-main/core/datasets/types.ts';
import { judgedRun, type Workshop, workshop } from './run.ts';

let shop: Workshop;
let bundle: Buffer;
let answers = 0;
beforeAll(async () => {
  shop = await workshop();
  const { runId } = await judgedRun(shop);
  bundle = readFileSync(await shop.exportAs(runId, 'bundle'));
  answers = (await shop.answers(runId)).length;
});
afterAll(() => shop[Symbol.asyncDispose]());

/** Answers read from a file, or the sentence with which it was refused. */
async function read(path: string): Promise<number | string> {
  const found = await inspectFile(path);
  if (found.problem !== null) return found.problem;
  let count = 0;
  try {
    for await (const row of readRows(path, { mapping: null, signal: new AbortController().signal }))
      if (!('problem' in row)) count += row.answers.length;
  } catch (error) {
    if (error instanceof DatasetFileError) return error.message;
    throw error;
  }
  return count;
}

test(
  'a thousand changed bundles: each is refused with a sentence or read whole, never in part',
  { timeout: 120_000 },
  async () => {
    const change = record({
      at: integer({ min: 0, max: bundle.length - 1 }),
      by: integer({ min: 1, max: 255 }),
    });
    const cut = integer({ min: 0, max: bundle.length });
    const path = join(shop.folder, 'changed.zip');
    await assert(
      asyncProperty(array(change, { minLength: 1, maxLength: 4 }), cut, async (changes, keep) => {
        const copy = Buffer.from(bundle);
        for (const { at, by } of changes) copy[at] = (copy[at] ?? 0) ^ by;
        // One in four is cut off as well.
        writeFileSync(path, keep % 4 === 0 ? copy.subarray(0, keep) : copy);
        const result = await read(path);
        if (typeof result === 'string') expect(result).toMatch(/^[A-Z“"].+[.?]$/s);
        else expect(result).toBe(answers);
      }),
      { numRuns: 1000 },
    );
    writeFileSync(path, bundle);
    expect(await read(path)).toBe(answers);
  },
);
