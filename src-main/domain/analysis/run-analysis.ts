import type { Accuracy } from '../statistics/accuracy.ts';
import type { Confusion, JudgeQuality } from '../statistics/agreement.ts';
import type { BootstrapEstimate } from '../statistics/bootstrap.ts';
import type { Breakdown } from '../statistics/breakdown.ts';
import type { CorrectedAccuracy } from '../statistics/corrected.ts';
import type { Estimate } from '../statistics/interval.ts';
import type { LabelsUsed } from './corrected-view.ts';
import type { AnalysisOptions, JudgeKey, JudgeRef } from './options.ts';

/** What the numbers are about: always beside them. */
export interface AnalysisScope {
  readonly options: AnalysisOptions;
  readonly runName: string;
  readonly datasetId: number;
  readonly datasetName: string;
  readonly at: number;
  /** Answers in the analysis, those of the run there are, and those that were wanted. */
  readonly answers: number;
  readonly answersOfRun: number;
  readonly wanted: number;
  /** Questions that these answers answer: the units that are drawn in a bootstrap. */
  readonly questions: number;
  readonly withoutGold: number;
  readonly systems: readonly string[];
}

/** A column that answers can be grouped by. */
export interface GroupColumn {
  readonly name: string;
  readonly source: 'answer' | 'dataset';
  readonly groups: readonly { readonly value: string; readonly answers: number }[];
}

export interface JudgeAccuracy {
  readonly judge: JudgeRef;
  /** Counts, denominators, and correct/scored with Wilson's interval. */
  readonly accuracy: Accuracy;
  /** Answers that this judge has not seen: not among `accuracy.total`. */
  readonly missing: number;
  /** The same share, its interval by drawing whole questions: the one to report with several answers a question. */
  readonly bootstrap: BootstrapEstimate | null;
  /** Over correct, incorrect and not attempted; an unparsed reading's P(correct) is left out. */
  readonly meanPCorrect: number | null;
  readonly meanLabelMass: number | null;
  /** By the model that answered; one entry where only one did. */
  readonly bySystem: readonly { readonly system: string; readonly accuracy: Accuracy }[];
}

/** A judge's verdicts against people's, on the answers that both scored. */
export interface AgainstHumans {
  readonly judge: JudgeRef;
  readonly confusion: Confusion;
  readonly quality: JudgeQuality;
  readonly bySystem: readonly {
    readonly system: string;
    readonly confusion: Confusion;
    readonly quality: JudgeQuality;
  }[];
}

export interface JudgeCorrection {
  readonly judge: JudgeRef;
  /** Null with too few labels that may be used; `labels` says why. */
  readonly corrected: CorrectedAccuracy | null;
  readonly labels: LabelsUsed;
}

export interface PairAgreement {
  readonly first: JudgeKey;
  readonly second: JudgeKey;
  readonly rows: number;
  /** The first judge's verdicts against the second's. */
  readonly confusion: Confusion;
  readonly agreement: Estimate | null;
  readonly kappa: Estimate | null;
  readonly scottPi: number | null;
  readonly bySystem: readonly {
    readonly system: string;
    readonly rows: number;
    readonly kappa: Estimate | null;
  }[];
}

export interface Agreement {
  readonly judges: readonly JudgeRef[];
  /** Krippendorff's α over correct and incorrect of all judges but rules; null when undefined. */
  readonly alpha: number | null;
  /** Answers that at least two of those judges scored. */
  readonly alphaRows: number;
  readonly alphaJudges: readonly JudgeKey[];
  readonly pairs: readonly PairAgreement[];
}

/** People who labelled, together: the reference of everything "against humans". */
export interface HumanReference {
  readonly people: readonly JudgeRef[];
  readonly labelled: number;
  /** Labelled by more than one person, and those of them on which they differ. */
  readonly labelledByMore: number;
  readonly conflicts: number;
  /**
   * Labelled only because a queue sorted by doubt or disagreement asked for them, where not all answers have a label: judges
   * err more often on these than on all, so agreement with them is too low.
   */
  readonly sorted: number;
}

/** The first page of an analysis. */
export interface RunAnalysis {
  readonly scope: AnalysisScope;
  readonly columns: readonly GroupColumn[];
  readonly judges: readonly JudgeAccuracy[];
  readonly agreement: Agreement;
  /** Null while nobody has labelled an answer. */
  readonly humans: HumanReference | null;
  readonly againstHumans: readonly AgainstHumans[];
  /** Accuracy of each judge corrected by labels; empty while nobody has labelled. */
  readonly corrected: readonly JudgeCorrection[];
}

/** Accuracy by the groups of a column, for every judge. */
export interface BreakdownView {
  readonly scope: AnalysisScope;
  readonly column: string;
  readonly judges: readonly { readonly judge: JudgeRef; readonly breakdown: Breakdown }[];
}
