import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AnalysisOptions } from '../../../domain/analysis/options.ts';
import type { UncertaintyView } from '../../../domain/analysis/uncertainty-view.ts';
import type { Store } from '../../../store/api.ts';
import { writeExperiment } from '../../experiments/experiment-file.ts';
import { runAlarms } from '../../judging/run-alarms.ts';
import { Problem } from '../../problem.ts';
import { analyseRun } from '../analyse.ts';
import { reportCard } from '../card.ts';
import { judgeWorks } from '../judge-setup.ts';
import { loadScores } from '../load-scores.ts';
import type { AnalysisSource } from '../source.ts';
import type { AnalysisTable } from '../table.ts';
import { tokensOf } from '../tokens.ts';
import { uncertaintyDetail } from '../uncertainty-detail.ts';
import { uncertaintyOf } from '../uncertainty.ts';
import { cardCsv, cardHtml } from './card-file.ts';
import type { ReportContent, RunFacts } from './content.ts';
import { reportHtml } from './report.ts';

export interface ReportDeps {
  readonly store: Store;
  readonly source: AnalysisSource;
  readonly version: string;
  readonly folder: string;
}

export interface WrittenReport {
  readonly path: string;
  readonly name: string;
  readonly bytes: number;
  /** Answers the report is about. */
  readonly rows: number;
}

/** Everything a report holds. Throws Problem NOT_FOUND for a run, filter or judge that is not there. */
export async function reportContent(
  { store, source, version }: ReportDeps,
  options: AnalysisOptions,
): Promise<ReportContent> {
  const table = await source.table(options);
  const facts = await runFacts(store, table, version);
  const scores = await loadScores(source, table);
  const uncertainty = await uncertaintyOf(table, scores);
  const shown = shownCell(uncertainty);
  return {
    ...facts,
    uncertainty,
    detail: shown === null ? null : await uncertaintyDetail(table, scores, shown),
    tokens: shown === null ? null : tokensOf(table, await source.logprobs(options.runId), shown.judge),
    card: facts.analysis.humans === null ? null : await reportCard(table, await judgeWorks(store, table)),
  };
}

async function runFacts(store: Store, table: AnalysisTable, version: string): Promise<RunFacts> {
  const { run } = table;
  return {
    run,
    dataset: await store.call('datasets.get', { dataset: run.datasetId }),
    experimentYaml: writeExperiment(run.experiment),
    alarms: await runAlarms(store, run.id),
    analysis: await analyseRun(table),
    version,
    at: Date.now(),
  };
}

/** People first, then the first judging model, then whatever has an AUROC: what the report shows in full. */
function shownCell({ judges, cells }: UncertaintyView): { judge: string; score: string } | null {
  const order = ['human', 'model', 'api', 'imported', 'lexical'];
  const rank = (key: string): number => {
    const at = order.indexOf(judges.find((judge) => judge.key === key)?.kind ?? '');
    return at < 0 ? order.length : at;
  };
  const usable = cells.filter(
    (cell) => cell.auroc !== null && cell.judge !== 'marginal' && cell.score !== 'length',
  );
  const [best] = usable.toSorted((a, b) => rank(a.judge) - rank(b.judge));
  return best === undefined ? null : { judge: best.judge, score: best.score };
}

/**
 * Writes report.html of a run. The file appears under its name only when it is whole. Throws Problem as reportContent, and
 * STORAGE when the disk is full.
 */
export async function writeReport(deps: ReportDeps, options: AnalysisOptions): Promise<WrittenReport> {
  const content = await reportContent(deps, options);
  const name = `${fileName(content.run.name)}-run${options.runId}-report.html`;
  return writeWhole(deps.folder, name, reportHtml(content), content.analysis.scope.answers);
}

export type CardFormat = 'html' | 'json' | 'csv';

/** Writes the report card of a run alone: for readers, or its numbers for programs. Throws Problem as writeReport. */
export async function writeCard(
  { store, source, version, folder }: ReportDeps,
  options: AnalysisOptions,
  format: CardFormat,
): Promise<WrittenReport> {
  const table = await source.table(options);
  const card = await reportCard(table, await judgeWorks(store, table));
  const name = `${fileName(table.run.name)}-run${options.runId}-card.${format}`;
  const text =
    format === 'json'
      ? `${JSON.stringify(card, null, 2)}\n`
      : format === 'csv'
        ? cardCsv(card)
        : cardHtml({ ...(await runFacts(store, table, version)), card });
  return writeWhole(folder, name, text, card.scope.answers);
}

async function writeWhole(folder: string, name: string, text: string, rows: number): Promise<WrittenReport> {
  const path = join(folder, name);
  const part = `${path}.part-${process.pid}-${Date.now()}`;
  await mkdir(folder, { recursive: true });
  try {
    await writeFile(part, text, { mode: 0o600, flush: true });
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') {
      throw new Problem('STORAGE', `The disk of ${folder} is full; nothing was written. Free some space.`);
    }
    throw error;
  }
  return { path, name, bytes: (await stat(path)).size, rows };
}

/** A run's name as part of a file name: letters, digits and dashes. */
function fileName(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-').slice(0, 80) || 'run';
}
