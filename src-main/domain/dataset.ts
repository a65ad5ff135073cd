import type { JudgeInfo } from './run.ts';
import type { LabelOrder, VerdictMode } from './verdict.ts';

/** A question as imported. `gold` holds every accepted answer; empty means there is none to compare with. */
export interface Question {
  /** The file's own id, where it has one; not unique. */
  readonly externalId: string | null;
  readonly question: string;
  readonly context: string | null;
  readonly gold: readonly string[];
  /** Multiple choice: the texts in order; gold then holds the right text(s). Null for open questions. */
  readonly choices: readonly string[] | null;
  /** Columns that were not mapped, kept as they were. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** An answer that came with the file: made elsewhere, by `system`. */
export interface ImportedAnswer {
  readonly system: string;
  readonly text: string;
  readonly sampleIndex: number;
  readonly prompt: string | null;
  readonly tokenLogprobs: readonly number[] | null;
  readonly verdicts: readonly ImportedVerdict[];
  /** Of an answer that an Assize made: what its own lines carry besides. */
  readonly own?: OwnAnswerDetails;
}

/** What only our own files know of an answer. */
export interface OwnAnswerDetails {
  readonly reasoning: string | null;
  readonly finishReason: string | null;
  readonly promptTokens: number | null;
  readonly eogLogprob: number | null;
  readonly durationMs: number | null;
  readonly tokenIds: readonly number[] | null;
  readonly tokenTexts: readonly string[] | null;
  readonly reasoningTokens: number | null;
  readonly relevances: readonly OwnRelevances[];
  /** Of pairs of this question's samples, this answer the later one of them. */
  readonly entailments: readonly OwnEntailment[];
}

/** How much each own token of an answer matters to a model, in [0, 1]; null where its reply could not be read. */
export interface OwnRelevances {
  readonly judge: Readonly<Omit<JudgeInfo, 'id'>>;
  readonly values: readonly (number | null)[];
}

/** Whether one sample of a question implies another, by a model; null when its reply could not be read. */
export interface OwnEntailment {
  readonly judge: Readonly<Omit<JudgeInfo, 'id'>>;
  readonly firstSample: number;
  readonly secondSample: number;
  readonly pEntails: number | null;
  readonly labelMass: number | null;
}

/** What only our own files know of a judgment. */
export interface OwnVerdictDetails {
  /** The judge's identity: equal judges of two workbenches are one. Null where the line does not give it. */
  readonly judge: Readonly<Omit<JudgeInfo, 'id'>> | null;
  readonly pCorrect: number | null;
  readonly labelMass: number | null;
  readonly raw: string | null;
  readonly note: string | null;
  readonly labelOrder: LabelOrder | null;
  readonly mode: VerdictMode;
  readonly durationMs: number | null;
  readonly at: number | null;
}

/** A verdict that came with the file. `judge` is the source's own name for it; human when a person gave it. */
export interface ImportedVerdict {
  readonly judge: string;
  readonly human: boolean;
  readonly verdict: 'correct' | 'incorrect' | 'not_attempted' | 'unparsed';
  readonly score: number | null;
  readonly reason: string | null;
  /** Of a judgment that an Assize made: what its own lines carry besides. */
  readonly own?: OwnVerdictDetails;
}

/** One record of a file, with the answers it carried. `line` is where it began (1 = first line of the file; record number in containers without lines). */
export interface ImportedRow {
  readonly line: number;
  readonly question: Question;
  /** The record as read, all fields: what the row's SHA-256 is taken over. */
  readonly record: Readonly<Record<string, unknown>>;
  readonly answers: readonly ImportedAnswer[];
  /**
   * True when the file gave this question before and the record only brings further answers to it (the next epoch
   * of an Inspect log, another system's answers): they belong to the row that has an equal `record`, and no row is
   * added. Left out otherwise.
   */
  readonly sameQuestion?: boolean;
}

/** Something wrong with one record; the others are kept. */
export interface RowProblem {
  readonly line: number;
  readonly problem: string;
  /** True for a remark about a record that was imported all the same (no gold answer, an id used twice). */
  readonly kept?: boolean;
}

/**
 * Which column feeds which field. A dotted path reaches into nested records ("answer.aliases", "vars.question",
 * "turns[0]"); "A|B|C|D" names several columns, whose values are taken together (choices, gold).
 */
export interface ColumnMapping {
  readonly id: string | null;
  readonly question: string | null;
  readonly context: string | null;
  readonly gold: string | null;
  readonly choices: string | null;
  /** Splits a gold string into aliases: "/" for EVOUNA, ";" for TruthfulQA; null keeps it whole. */
  readonly goldSeparator: string | null;
  /** How a gold string is read: as it is, the text after "#### " (GSM8K), or a number without a trailing ".0" (SVAMP). */
  readonly goldForm: 'text' | 'after-hashes' | 'number';
  /** Columns with answers made elsewhere, each with its verdict columns. */
  readonly answers: readonly AnswerColumns[];
}

export interface AnswerColumns {
  /** The system's name, or "{column}" where a column of the record names it. */
  readonly system: string;
  readonly answer: string;
  readonly verdict: string | null;
  readonly judge: string;
  readonly human: boolean;
  /**
   * "abc" when the verdict column grades A correct, B incorrect, C not attempted (else C is Inspect's "correct");
   * "yn" when N means no (else it is Inspect's "no answer").
   */
  readonly verdictLabels?: 'abc' | 'yn';
}

/** A dataset in the list. */
export interface DatasetInfo {
  readonly id: number;
  /** Over the file's SHA-256 and the mapping: the same file read another way is another dataset. */
  readonly sha256: string;
  readonly fileSha256: string;
  readonly name: string;
  readonly kind: string;
  readonly sourceName: string;
  readonly rows: number;
  readonly withoutGold: number;
  readonly problems: readonly RowProblem[];
  readonly problemCount: number;
  readonly importedAt: number;
  readonly mapping: ColumnMapping | null;
  /** Names of the systems whose answers came with the file. */
  readonly systems: readonly string[];
}

/** A dataset that is out of every list and whose rows are still being taken away. */
export interface DatasetRemoval {
  readonly datasetId: number;
  readonly name: string;
  readonly rowsLeft: number;
}

export interface DatasetRow {
  readonly rowId: number;
  readonly position: number;
  readonly rowSha256: string;
  readonly occurrence: number;
  readonly question: Question;
}
