import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import type { z } from 'zod';
import { inspectFile } from '../../../src-main/core/datasets/inspect-file.ts';
import { readRows } from '../../../src-main/core/datasets/read-rows.ts';
import type { FileInspection, ReadOptions } from '../../../src-main/core/datasets/types.ts';
import type { ImportedAnswer, ImportedRow, RowProblem } from '../../../src-main/domain/dataset.ts';

const folder = mkdtempSync(join(tmpdir(), 'assize-datasets-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

/** A file in a folder of its own, so that a test controls what lies beside it. */
export function file(name: string, content: string | Uint8Array): string {
  const path = join(mkdtempSync(join(folder, `${files++}-`)), name);
  writeFileSync(path, content);
  return path;
}

/** A file among the small datasets of the tests. */
export const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/datasets/${name}`, import.meta.url));

/** Parses a JSON fixture by a schema. */
export const fixtureJson = <T>(name: string, schema: z.ZodType<T>): T =>
  schema.parse(JSON.parse(readFileSync(fixture(name), 'utf8')));

export const lines = (...records: unknown[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join('');

export interface ReadBack {
  readonly rows: ImportedRow[];
  /** Records that were left out. */
  readonly problems: RowProblem[];
  /** Remarks about records that were kept. */
  readonly remarks: RowProblem[];
  readonly answers: ImportedAnswer[];
}

/** What a file with this content is taken for. */
export const inspected = (name: string, content: string | Uint8Array): Promise<FileInspection> =>
  inspectFile(file(name, content));

export async function read(path: string, options: Partial<ReadOptions> = {}): Promise<ReadBack> {
  const back: ReadBack = { rows: [], problems: [], remarks: [], answers: [] };
  const signal = new AbortController().signal;
  for await (const row of readRows(path, { mapping: null, signal, ...options })) {
    if (!('problem' in row)) {
      back.rows.push(row);
      back.answers.push(...row.answers);
    } else if (row.kept === true) back.remarks.push(row);
    else back.problems.push(row);
  }
  return back;
}

/** Inspects and reads in one: most tests ask both about one text. */
export async function both(
  name: string,
  content: string | Uint8Array,
): Promise<ReadBack & { found: FileInspection }> {
  const path = file(name, content);
  return { found: await inspectFile(path), ...(await read(path)) };
}

/** Verdicts counted as "judge verdict", with "(human)" behind those of people. */
export function verdictCounts(answers: readonly ImportedAnswer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { judge, human, verdict } of answers.flatMap(({ verdicts }) => verdicts)) {
    const key = `${judge} ${verdict}${human ? ' (human)' : ''}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}
