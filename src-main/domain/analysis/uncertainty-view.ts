import type { CalibrationBin } from '../statistics/calibration.ts';
import type { Estimate } from '../statistics/interval.ts';
import type { LengthBias } from '../statistics/length-bias.ts';
import type { RejectionPoint } from '../statistics/rejection.ts';
import type { JudgeKey, JudgeRef } from './options.ts';
import type { AnalysisScope } from './run-analysis.ts';

/** "g-nll", "nll-mean", "p-true(judge:3)", "semantic-entropy(judge:4)"… */
export type ScoreKey = string;

/** An uncertainty score: higher is more uncertain. */
export interface ScoreInfo {
  readonly key: ScoreKey;
  readonly name: string;
  /** What it is, with its formula. */
  readonly description: string;
  readonly unit: string;
  /** Whether it comes with a probability of being right, which calibration is measured on. */
  readonly hasProbability: boolean;
  /** Answers that have it. */
  readonly answers: number;
}

/** A score against a judge: how well it tells that judge's incorrect answers from its correct ones. */
export interface UncertaintyCell {
  readonly judge: JudgeKey;
  readonly score: ScoreKey;
  /** Answers that have the score and that the judge scored. */
  readonly rows: number;
  /** Incorrect ones among them; for "marginal" how many are to be expected, not a whole number. */
  readonly incorrect: number;
  /** Of finding incorrect answers. Null when all are of one class. */
  readonly auroc: number | null;
  /** DeLong's, by question where one has several answers (Obuchowski). Null for "marginal". */
  readonly interval: Estimate | null;
  readonly aurac: number | null;
  readonly prr: number | null;
  /** Ten bins of equal width; both null for scores without a probability. */
  readonly ece: number | null;
  readonly brier: number | null;
}

export interface UncertaintyView {
  readonly scope: AnalysisScope;
  readonly scores: readonly ScoreInfo[];
  /** With "marginal", all judging models together, where there are at least two. */
  readonly judges: readonly JudgeRef[];
  readonly cells: readonly UncertaintyCell[];
  /** Why there is nothing to see; null when there is. */
  readonly note: string | null;
}

export interface RocCurvePoint {
  readonly falsePositiveRate: number;
  readonly truePositiveRate: number;
}

/** How a score is spread over a judge's verdicts; `edges` has one entry more than each list of counts. */
export interface ScoreHistogram {
  readonly edges: readonly number[];
  readonly correct: readonly number[];
  readonly incorrect: readonly number[];
  readonly unscored: readonly number[];
  /** Answers beyond the last edge, put into the last bin. */
  readonly beyond: number;
}

/** Everything about one score and one judge. Curves have at most some hundred points. */
export interface UncertaintyDetail {
  readonly scope: AnalysisScope;
  readonly judge: JudgeRef;
  readonly score: ScoreInfo;
  readonly cell: UncertaintyCell;
  /** AUROC's interval; against "marginal" a bootstrap that draws whole questions. */
  readonly interval: Estimate | null;
  readonly roc: readonly RocCurvePoint[];
  readonly rejection: readonly RejectionPoint[];
  /** Accuracy of the 80 % most certain answers. */
  readonly accuracyAt80: number | null;
  readonly areaUnderThresholdedAccuracy: number | null;
  readonly calibration: readonly CalibrationBin[] | null;
  readonly calibrationEqualMass: readonly CalibrationBin[] | null;
  readonly lengthBias: LengthBias | null;
  /** What answer length was counted in. */
  readonly lengthUnit: 'tokens' | 'characters';
  readonly histogram: ScoreHistogram;
}

/** NLL along the answer: which tokens carry the uncertainty, and how early the model knows. */
export interface TokenView {
  readonly scope: AnalysisScope;
  readonly judge: JudgeRef;
  /** Answers with log-probabilities, and those of them that the judge scored. */
  readonly answers: number;
  readonly scored: number;
  /** AUROC of the NLL of the first k tokens; `reached` answers have that many. */
  readonly prefix: readonly {
    readonly tokens: number;
    readonly auroc: number | null;
    readonly reached: number;
  }[];
  readonly positions: readonly {
    readonly position: number;
    readonly all: MeanNll;
    readonly correct: MeanNll | null;
    readonly incorrect: MeanNll | null;
  }[];
}

export interface MeanNll {
  readonly answers: number;
  readonly meanNll: number;
}
