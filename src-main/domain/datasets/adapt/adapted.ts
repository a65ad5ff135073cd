import type { ImportedAnswer, Question } from '../../dataset.ts';
import type { FileRecord } from '../fields.ts';

/** A record of the question alone, with the answers that its source brought. */
export interface Adapted {
  readonly record: FileRecord;
  readonly answers: readonly ImportedAnswer[];
  /** Tells the question within its file, where several records may bring answers to one; null where each is its own. */
  readonly key: string | null;
  /** The question as its source says it is, where nothing is left to a mapping. */
  readonly question?: Question;
}

/** What one record of a file comes to: rows, or nothing for a reason. */
export interface AdaptResult {
  readonly rows: readonly Adapted[];
  /** Why the record brings no row although nothing is wrong with it (another filter's line). */
  readonly skipped?: string;
  /** What is wrong with it. */
  readonly problem?: string;
}

/** What the reader knows about the file as a whole. */
export interface AdaptContext {
  /** Name of the system that answered, where the records do not say. */
  readonly system: string | null;
  /** lm-eval: rows of other filters are skipped. Null takes every row. */
  readonly filter: string | null;
  /** lm-eval: the filtered response is the answer. */
  readonly filteredAnswers: boolean;
  /** Inspect: the log's header (`eval`, `plan`…); FastChat: what lies beside the file (`questions`, `answers`, `judgments`). */
  readonly header: FileRecord | null;
}

export const NO_CONTEXT: AdaptContext = { system: null, filter: null, filteredAnswers: false, header: null };

export type Adapter = (value: FileRecord, context: AdaptContext) => AdaptResult;

/** The record as it is: shapes whose columns are mapped directly. */
export const asItIs: Adapter = (record) => ({ rows: [{ record, answers: [], key: null }] });

/** An answer with what every source lacks filled in. */
export function answer(
  system: string,
  text: string,
  more: Partial<Omit<ImportedAnswer, 'system' | 'text'>> = {},
): ImportedAnswer {
  return { system, text, sampleIndex: 0, prompt: null, tokenLogprobs: null, verdicts: [], ...more };
}

/** Log-probabilities as a list of finite numbers; null unless every element is one. */
export function finiteNumbers(values: readonly unknown[]): number[] | null {
  const numbers = values.flatMap((value) =>
    typeof value === 'number' && Number.isFinite(value) ? [value] : [],
  );
  return values.length > 0 && numbers.length === values.length ? numbers : null;
}
