import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { AnswerDetail } from '../../domain/answer.ts';
import type { JudgeInfo, Run } from '../../domain/run.ts';
import type { Store } from '../../store/api.ts';
import { Problem } from '../problem.ts';
import { csvHeader, csvRow } from './csv.ts';
import { answerLines } from './jsonl.ts';

export type ExportFormat = 'csv' | 'jsonl';

export interface WrittenExport {
  readonly path: string;
  readonly name: string;
  readonly bytes: number;
  readonly rows: number;
}

const PAGE = 200;

/**
 * Writes a run's answers with every judge's verdict. The file appears under its name only when it is whole. Throws Problem
 * NOT_FOUND, or STORAGE when the disk is full.
 */
export async function exportRun(
  store: Store,
  runId: number,
  format: ExportFormat,
  folder: string,
  signal: AbortSignal,
): Promise<WrittenExport> {
  const run = await store.call('runs.get', { runId });
  if (run === null) throw new Problem('NOT_FOUND', `There is no run ${runId}.`);
  const judges = await store.call('judges.list', { runId });
  await mkdir(folder, { recursive: true });
  const name = `${fileName(run.name)}-run${runId}.${format}`;
  const path = join(folder, name);
  const part = `${path}.part-${process.pid}-${Date.now()}`;
  let rows = 0;
  const counted = (n: number): void => {
    rows += n;
  };
  try {
    const lines = format === 'csv' ? csvLines(store, run, judges, counted) : jsonLines(store, run, counted);
    await pipeline(Readable.from(lines), createWriteStream(part, { mode: 0o600 }), { signal });
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') {
      throw new Problem(
        'STORAGE',
        `The disk of ${folder} is full; nothing was written. Free some space and export again.`,
      );
    }
    throw error;
  }
  return { path, name, rows, bytes: (await stat(path)).size };
}

/** A run's name as part of a file name: letters, digits and dashes. */
function fileName(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-').slice(0, 80) || 'run';
}

async function* answersOf(store: Store, runId: number, tokens: boolean): AsyncGenerator<AnswerDetail[]> {
  let after = -1;
  for (;;) {
    const page = await store.call('answers.export', { runId, after, limit: PAGE, tokens });
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    after = last.position;
  }
}

async function* csvLines(
  store: Store,
  run: Run,
  judges: readonly JudgeInfo[],
  counted: (rows: number) => void,
): AsyncGenerator<string> {
  yield csvHeader(judges);
  for await (const page of answersOf(store, run.id, false)) {
    counted(page.length);
    yield page.map((answer) => csvRow(run, judges, answer)).join('');
  }
}

async function* jsonLines(store: Store, run: Run, counted: (rows: number) => void): AsyncGenerator<string> {
  for await (const page of answersOf(store, run.id, true)) {
    counted(page.length);
    yield page.flatMap((answer) => answerLines(run, answer)).join('');
  }
}
