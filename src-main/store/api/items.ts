import type { Judgment } from '../../domain/answer.ts';
import type { DatasetRow } from '../../domain/dataset.ts';

/** Identity of an answer made here: unique together with the row. */
export interface AnswerKey {
  readonly promptSha256: string;
  readonly modelSha256: string;
  readonly decodingSha256: string;
  readonly sampleIndex: number;
  readonly seed: number;
}

export interface NewAnswer extends AnswerKey {
  readonly position: number;
  readonly rowId: number;
  readonly system: string;
  readonly text: string;
  readonly reasoning: string | null;
  readonly renderedPrompt: string;
  readonly promptTokens: number;
  readonly tokenIds: Int32Array;
  readonly logprobs: Float32Array;
  readonly tokenTexts: readonly string[];
  /** Where a server counts tokens but does not tell them one by one. */
  readonly tokenCount?: number | undefined;
  readonly reasoningTokens: number;
  readonly eogLogprob: number | null;
  readonly finishReason: string;
  readonly durationMs: number;
  readonly exactMatch: boolean | null;
  readonly f1: number | null;
  readonly contains: boolean | null;
  /** The text speaks to a judge or closes its prompt. */
  readonly injected: boolean;
}

/** A judgment as it is stored; its id and time come with the row. */
export interface NewJudgment extends Omit<Judgment, 'id' | 'judge' | 'at'> {
  readonly answerId: number;
  readonly judgeId: number;
}

/** A wanted answer: a question of a run that has none yet. */
export interface PendingAnswer {
  readonly position: number;
  readonly sampleIndex: number;
  readonly row: DatasetRow;
}

/** An answer that a judge of the run has not judged yet. */
export interface PendingJudgment {
  readonly position: number;
  readonly answerId: number;
  readonly row: DatasetRow;
  readonly answer: string;
  readonly imported: boolean;
}

/** The items of a run: what is still to be done, and what has been. */
export interface ItemCalls {
  'runs.pendingAnswers'(a: { runId: number; after: number; limit: number }): PendingAnswer[];
  /** Links answers that exist already under the same key (another run, or before a kill) and says which positions they filled. */
  'runs.reuseAnswers'(a: {
    runId: number;
    token: number;
    seq: number;
    keys: readonly (AnswerKey & { position: number; rowId: number })[];
  }): number[];
  /** With `unsettledBy`, only answers on which these judges do not all have one and the same verdict that could be read. */
  'runs.pendingJudgments'(a: {
    runId: number;
    judgeId: number;
    after: number;
    limit: number;
    /** The phase's, where a run asks one judge more than once; otherwise the highest of its phases. */
    repeat?: number;
    unsettledBy?: readonly number[];
  }): PendingJudgment[];
  'runs.putAnswers'(a: {
    runId: number;
    token: number;
    seq: number;
    answers: readonly NewAnswer[];
  }): number[];
  'runs.putJudgments'(a: {
    runId: number;
    token: number;
    seq: number;
    judgments: readonly NewJudgment[];
  }): void;
  /** Rows that could not be done, with the reason; a resume tries them again. */
  'runs.putFailures'(a: {
    runId: number;
    token: number;
    seq: number;
    failures: readonly { position: number; reason: string }[];
  }): void;
}
