import type { AnswerDetail, AnswerListItem, AnswerPage, AnswerQuery, Judgment } from '../../domain/answer.ts';
import type { OwnEntailment, OwnRelevances } from '../../domain/dataset.ts';

/** An answer as an export walks it: with the record its row was read from, null where that was not kept. */
export interface ExportedAnswer extends AnswerDetail {
  /** Which of the dataset's rows with this content, from 1. */
  readonly occurrence: number;
  readonly record: Readonly<Record<string, unknown>> | null;
  readonly judgments: readonly ExportedJudgment[];
  /** Only where tokens were asked for. */
  readonly relevances: readonly OwnRelevances[];
  readonly entailments: readonly OwnEntailment[];
}

export interface ExportedJudgment extends Judgment {
  /** What an imported judge gave, on its own scale. */
  readonly score: number | null;
}

/** Answers as pages, one by one, and as an export walks them. */
export interface AnswerCalls {
  'answers.page'(a: AnswerQuery): AnswerPage;
  /** Exact up to `cap`, and no further: counting a million matches would make a filter slow. */
  'answers.count'(a: { query: AnswerQuery; cap: number }): { count: number; capped: boolean };
  /** List items at positions, in their order; those that are not there are left out. */
  'answers.at'(a: { runId: number; positions: readonly number[] }): AnswerListItem[];
  'answers.get'(a: { runId: number; position: number }): AnswerDetail | null;
  /** In run order, whole texts and judgments: what an export walks. */
  'answers.export'(a: { runId: number; after: number; limit: number; tokens: boolean }): ExportedAnswer[];
}
