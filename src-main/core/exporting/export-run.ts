import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EXPORT_FORMATS, type ExportFormat } from '../../domain/export-formats.ts';
import type { Store } from '../../store/api.ts';
import { Problem } from '../problem.ts';
import { answersText, bundleFiles, bundleManifest } from './bundle.ts';
import { wideCsv } from './csv.ts';
import { inspectLog } from './inspect.ts';
import { lmEvalNames, lmEvalResults, lmEvalSamples } from './lm-eval.ts';
import {
  alpacaEval,
  fastchatAnswers,
  fastchatAnswersName,
  fastchatJudgmentNames,
  fastchatJudgments,
  fastchatQuestions,
  openaiEvals,
} from './outputs.ts';
import { promptfooCsv, promptfooJson } from './promptfoo.ts';
import { type ExportSource, openSource, slug } from './source.ts';
import { longCsv, writeParquet } from './table.ts';
import { putInPlace, type SetFile, writeSet, writeText, zipFolder } from './write-files.ts';

export interface WrittenExport {
  readonly path: string;
  readonly name: string;
  readonly bytes: number;
  readonly rows: number;
}

export interface ExportRequest {
  readonly runId: number;
  readonly format: ExportFormat;
  /** Formats of several files as a folder instead of a zip; a bundle is always a zip. */
  readonly asFolder: boolean;
  readonly version: string;
  /** The run's report as one page of HTML, for a bundle; null when there is none. */
  readonly report: (() => Promise<string | null>) | null;
}

/**
 * Writes a run in a form that other programs open. The file or folder appears under its name only when it is whole. Throws
 * Problem NOT_FOUND, or STORAGE when the disk is full.
 */
export async function exportRun(
  store: Store,
  request: ExportRequest,
  folder: string,
  signal: AbortSignal,
): Promise<WrittenExport> {
  const source = await openSource(store, request.runId, request.version, signal);
  const { ending, set } = EXPORT_FORMATS[request.format];
  const asFolder = request.asFolder && set && request.format !== 'bundle';
  await mkdir(folder, { recursive: true });
  const base = `${slug(source.run.name)}-run${request.runId}`;
  const name = `${base}${asFolder ? ending.replace(/\.zip$/, '') : ending}`;
  const path = join(folder, name);
  const part = `${path}.part-${process.pid}-${Date.now()}`;
  const parts = `${part}.files`;
  try {
    if (set) {
      await mkdir(parts, { recursive: true });
      await writeFiles(source, request, parts, signal);
      if (!asFolder) await zipFolder(parts, part, source.at, signal);
    } else if (request.format === 'parquet') await writeParquet(source, part);
    else await writeText(part, textOf(source, request.format), signal);
    signal.throwIfAborted();
    await putInPlace(asFolder ? parts : part, path);
  } catch (error) {
    signal.throwIfAborted();
    throw storageProblem(error, folder);
  } finally {
    await rm(part, { force: true });
    await rm(parts, { recursive: true, force: true });
  }
  return { path, name, rows: source.run.answered, bytes: await sizeOf(path) };
}

function textOf(source: ExportSource, format: ExportFormat): AsyncIterable<string> {
  switch (format) {
    case 'csv':
      return longCsv(source);
    case 'csv-wide':
      return wideCsv(source);
    case 'inspect':
      return inspectLog(source);
    case 'alpaca-eval':
      return alpacaEval(source);
    case 'promptfoo-csv':
      return promptfooCsv(source);
    case 'promptfoo-json':
      return promptfooJson(source);
    case 'openai-evals':
      return openaiEvals(source);
    default:
      return answersText(source);
  }
}

async function writeFiles(
  source: ExportSource,
  request: ExportRequest,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  if (request.format !== 'bundle') {
    await writeSet(folder, setOf(source, request.format), signal);
    return;
  }
  const report = request.report === null ? null : await request.report();
  const files = await writeSet(folder, bundleFiles(source, report), signal);
  await writeSet(folder, [{ name: 'manifest.json', text: [bundleManifest(source, files)] }], signal);
}

function setOf(source: ExportSource, format: ExportFormat): SetFile[] {
  if (format === 'fastchat') {
    const names = fastchatJudgmentNames(source);
    return [
      { name: 'question.jsonl', text: fastchatQuestions(source) },
      { name: fastchatAnswersName(source), text: fastchatAnswers(source) },
      ...source.judges.map((judge) => ({
        name: names.get(judge.id) ?? `model_judgment/judge-${judge.id}_single.jsonl`,
        text: fastchatJudgments(source, judge),
      })),
    ];
  }
  const names = lmEvalNames(source);
  return [
    { name: names.samples, text: lmEvalSamples(source) },
    { name: names.results, text: [lmEvalResults(source)] },
  ];
}

async function sizeOf(path: string): Promise<number> {
  const facts = await stat(path);
  if (!facts.isDirectory()) return facts.size;
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function storageProblem(error: unknown, folder: string): unknown {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'ENOSPC') return error;
  return new Problem(
    'STORAGE',
    `The disk of ${folder} is full; nothing was written. Free some space and export again.`,
  );
}
