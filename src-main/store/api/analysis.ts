import type { AnswerMatrix, TokenLogprobs } from '../../domain/analysis/matrix.ts';
import type { Question } from '../../domain/dataset.ts';
import type { RunPhase } from '../../domain/run.ts';

/** An answer with its question, whole. */
export interface StoredText {
  readonly position: number;
  readonly answerId: number;
  readonly rowId: number;
  readonly system: string;
  readonly answer: string;
  readonly question: Question;
}

/** Whether one sample of a question implies another, by a model; null when its reply could not be read. */
export interface StoredEntailment {
  readonly judgeId: number;
  readonly judgeName: string;
  readonly firstId: number;
  readonly secondId: number;
  readonly pEntails: number | null;
}

/** An answer's own tokens as text, with its question. */
export interface StoredTokens {
  readonly position: number;
  readonly answerId: number;
  readonly question: Question;
  readonly texts: readonly string[];
}

/** How much each own token of an answer matters, in [0, 1], by a model; NaN where its reply could not be read. */
export interface StoredRelevance {
  readonly judgeId: number;
  readonly judgeName: string;
  readonly answerId: number;
  readonly relevances: Float32Array;
}

/** A run read whole, and what models said of its answers and tokens. */
export interface AnalysisCalls {
  /** Questions and whole answers, in run order after a position. */
  'analysis.texts'(a: { runId: number; after: number; limit: number }): StoredText[];
  /** What models said of which of a run's answers implies which. */
  'entailments.list'(a: { runId: number }): StoredEntailment[];
  /** Pairs that are there already stay. */
  'entailments.put'(a: {
    judgeId: number;
    pairs: readonly Omit<StoredEntailment & { labelMass: number | null }, 'judgeId' | 'judgeName'>[];
  }): void;

  /** Answers that were kept token by token, in run order after a position. */
  'analysis.tokens'(a: { runId: number; after: number; limit: number }): StoredTokens[];
  /** What models said of how much each token of a run's answers matters. */
  'relevances.list'(a: { runId: number }): StoredRelevance[];
  /** Answers that have relevances by this judge keep them. */
  'relevances.put'(a: {
    judgeId: number;
    answers: readonly Pick<StoredRelevance, 'answerId' | 'relevances'>[];
  }): void;

  /** Changes whenever the run's answers, or any judgments, do; null when the run is gone. */
  'analysis.stamp'(a: { runId: number }): string | null;
  /** Answers and verdicts as columns: about 120 bytes an answer and 17 a verdict. */
  'analysis.matrix'(a: { runId: number }): AnswerMatrix;
  /**
   * Of each judge that has worked, the phase that made most of its verdicts on this run's answers: `made` of them, and `judged`
   * verdicts in all. It may be of another run: verdicts are not made twice.
   */
  'analysis.judgePhases'(a: { runId: number; judgeIds: readonly number[] }): {
    readonly judgeId: number;
    readonly runId: number;
    readonly phase: RunPhase;
    readonly made: number;
    readonly judged: number;
  }[];
  /** In the order of the matrix. */
  'analysis.logprobs'(a: { runId: number }): TokenLogprobs;
}
