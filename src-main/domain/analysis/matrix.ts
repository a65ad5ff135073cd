import type { JudgeInfo } from '../run.ts';
import type { Verdict } from '../verdict.ts';

/**
 * A run's answers as columns, one entry an answer, in run order; what all numbers of an analysis are made from. NaN
 * stands for "not known" in columns of numbers, -1 in columns of indices.
 */
export interface AnswerMatrix {
  readonly positions: Int32Array;
  readonly answerIds: Float64Array;
  /** The question, by the id of its row: several answers to one question hang together. */
  readonly rowIds: Float64Array;
  readonly sampleIndex: Int32Array;
  /** Index into `systemNames`: the model, or the name that a file gave. */
  readonly system: Int32Array;
  readonly systemNames: readonly string[];
  /** Index into `finishReasons`. */
  readonly finish: Int32Array;
  readonly finishReasons: readonly string[];
  /** Tokens of the answer itself, its reasoning not counted. */
  readonly tokens: Float64Array;
  readonly characters: Int32Array;
  /** 1 where there is a gold answer. */
  readonly hasGold: Uint8Array;
  /** −Σ ln p and −mean ln p of the answer's tokens, nats; ln p of the end-of-generation token. */
  readonly nllSum: Float64Array;
  readonly nllMean: Float64Array;
  readonly eogLogprob: Float64Array;
  /** 1, 0 or NaN; F1 in [0, 1]. */
  readonly exactMatch: Float64Array;
  readonly contains: Float64Array;
  readonly f1: Float64Array;
  readonly judges: readonly JudgeColumn[];
  readonly metadata: readonly MetadataColumn[];
  readonly labels: readonly DrawnLabel[];
  readonly queues: readonly LabelQueueFacts[];
}

/** What a judge said of each answer: the verdict that counts in this run. */
export interface JudgeColumn {
  readonly judge: JudgeInfo;
  /** Index into VERDICTS. */
  readonly verdict: Int8Array;
  readonly pCorrect: Float64Array;
  readonly labelMass: Float64Array;
}

/** A column of the dataset with few enough values to group by. */
export interface MetadataColumn {
  readonly name: string;
  readonly values: readonly string[];
  /** Index into `values` of each answer. */
  readonly index: Int32Array;
}

/** A person's label that was asked for by a queue, as it now stands; labels taken back are not among them. */
export interface DrawnLabel {
  /** Index of the answer in the columns. */
  readonly row: number;
  readonly judgeId: number;
  readonly verdict: Verdict;
  readonly draw: 'random' | 'sorted';
  readonly queueId: number;
}

export interface LabelQueueFacts {
  readonly queueId: number;
  readonly draw: 'random' | 'sorted';
  /** Every answer of this run was in the queue: only then are its labels a random sample of this run. */
  readonly coversRun: boolean;
}

/** Log-probabilities of each answer's own tokens (reasoning left out), one after the other. */
export interface TokenLogprobs {
  /** `answers + 1` entries: those of answer i are values[offsets[i]] … values[offsets[i + 1] − 1]. */
  readonly offsets: Int32Array;
  readonly values: Float32Array;
}
