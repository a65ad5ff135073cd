import { eventIterator, type } from '@orpc/contract';
import { z } from 'zod';
import type { AnalysisOptions, PanelSpec, Where } from '../domain/analysis/options.ts';
import type { Comparison } from '../domain/analysis/comparison.ts';
import type { CorrectedView, TransferredView } from '../domain/analysis/corrected-view.ts';
import type { ReportCard } from '../domain/analysis/report-card.ts';
import type { BreakdownView, RunAnalysis } from '../domain/analysis/run-analysis.ts';
import type { TokenView, UncertaintyDetail, UncertaintyView } from '../domain/analysis/uncertainty-view.ts';
import { LEXICAL_JUDGES, type LexicalJudge } from '../domain/lexical/judges.ts';
import type { Progress } from '../domain/import.ts';
import type { ExportedFile } from '../domain/app.ts';
import { DEFAULT_LEVEL } from '../domain/statistics/interval.ts';
import { base, id, LIMITS, name } from './base.ts';

const key = z.string().min(1).max(2000);
const column = z.string().min(1).max(LIMITS.name);

const where = z.object({ column, value: z.string().max(LIMITS.name) }) satisfies z.ZodType<Where>;

const panel = z.object({
  kind: z.enum(['majority', 'weighted', 'cascade']),
  members: z.array(key).min(2).max(16),
  weights: z.array(z.number().nonnegative()).max(16).nullable().default(null),
}) satisfies z.ZodType<PanelSpec>;

export const analysisOptions = z.object({
  runId: id,
  where: z.array(where).max(8).default([]),
  panels: z.array(panel).max(8).default([]),
  level: z.number().gt(0.5).lt(1).default(DEFAULT_LEVEL),
  seed: z
    .int()
    .nonnegative()
    .max(2 ** 31 - 1)
    .default(0),
  resamples: z.int().min(200).max(10_000).default(2000),
}) satisfies z.ZodType<AnalysisOptions>;

/** Progress, and at the end how many questions (pairs of wordings, or words) the model was asked. */
export type MeaningsEvent =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'done'; readonly asked: number; readonly failed: number };

/** What a rule did; answers it had judged before are not judged again. */
export interface RuleResult {
  readonly rule: LexicalJudge;
  readonly judgeId: number;
  readonly judged: number;
}

export const compareInput = z.object({
  sides: z
    .array(
      z.object({
        runId: id,
        judge: key.nullable().default(null),
        where: z.array(where).max(8).default([]),
      }),
    )
    .min(2)
    .max(12),
  level: analysisOptions.shape.level,
  seed: analysisOptions.shape.seed,
  resamples: analysisOptions.shape.resamples,
  limit: z.int().nonnegative().max(LIMITS.page).default(100),
});

export type AnalysisInput = z.input<typeof analysisOptions>;

export const analysis = {
  /** Judges a run's answers by rules that need no model; their verdicts are stored like any other's. */
  rules: base
    .input(z.object({ runId: id, rules: z.array(z.enum(LEXICAL_JUDGES)).min(1).max(LEXICAL_JUDGES.length) }))
    .output(type<RuleResult[]>()),
  /** Answers that came with a dataset, as a run that has no model: the same ones give the same run, `added` the first time. */
  stored: base
    .input(z.object({ dataset: z.union([id, name]), system: name.nullable() }))
    .output(type<{ runId: number; added: boolean }>()),
  /** Accuracy by judge, agreement, judges against people: the first page. */
  run: base.input(analysisOptions).output(type<RunAnalysis>()),
  /** Accuracy by judge and by the groups of one of `columns`. */
  breakdown: base.input(analysisOptions.extend({ column })).output(type<BreakdownView>()),
  /** Asks a local model which samples of a question imply which, for semantic entropy; ends with what was asked. */
  meanings: base
    .input(z.object({ runId: id, model: z.string().min(1).max(LIMITS.path) }))
    .output(eventIterator(type<MeaningsEvent>())),
  /** Asks a local model how much each word of the answers matters, for relevance-weighted scores; ends with what was asked. */
  relevance: base
    .input(z.object({ runId: id, model: z.string().min(1).max(LIMITS.path) }))
    .output(eventIterator(type<MeaningsEvent>())),
  /** Every uncertainty score against every judge: AUROC, AURAC, PRR, ECE, Brier. */
  uncertainty: base.input(analysisOptions).output(type<UncertaintyView>()),
  /** One score against one judge ("marginal" for all together): curves, calibration, length bias, distribution. */
  uncertaintyDetail: base
    .input(analysisOptions.extend({ judge: key, score: key }))
    .output(type<UncertaintyDetail>()),
  /** NLL by token position, and AUROC by number of tokens read. */
  tokens: base.input(analysisOptions.extend({ judge: key })).output(type<TokenView>()),
  /** Accuracy by a judge corrected by blind random labels; `margin` asks how many labels reach ± that. */
  corrected: base
    .input(analysisOptions.extend({ judge: key, margin: z.number().gt(0).lt(0.5).nullable().default(null) }))
    .output(type<CorrectedView>()),
  /** The same from a judge's errors on another run that people labelled (Rogan and Gladen). */
  transferred: base
    .input(
      analysisOptions.extend({
        judge: key,
        calibration: z.object({
          runId: id,
          /** The same judge when null. */
          judge: key.nullable().default(null),
          where: z.array(where).max(8).default([]),
        }),
      }),
    )
    .output(type<TransferredView>()),
  /** Every judge against the people who labelled these answers, with how it was run and what it cost. */
  card: base.input(analysisOptions).output(type<ReportCard>()),
  /** The same as a file: HTML with charts, methods and provenance, or the numbers as JSON or CSV; the door then hands it over. */
  cardFile: base
    .input(analysisOptions.extend({ format: z.enum(['html', 'json', 'csv']) }))
    .output(type<ExportedFile>()),
  /** Writes report.html, self-contained, whole or not at all; the door then hands it over. */
  report: base.input(analysisOptions).output(type<ExportedFile>()),
  /** Runs, parts of a run, or judges of a run on the same questions, each pair; flipped questions of the first two. */
  compare: base.input(compareInput).output(type<Comparison>()),
};
