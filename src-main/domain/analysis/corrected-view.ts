import type { Accuracy } from '../statistics/accuracy.ts';
import type { Confusion } from '../statistics/agreement.ts';
import type { CorrectedAccuracy, LabelsNeeded } from '../statistics/corrected.ts';
import type { RoganGladen } from '../statistics/rogan-gladen.ts';
import type { JudgeRef } from './options.ts';
import type { AnalysisScope } from './run-analysis.ts';

/** Which labels went into a correction, and which did not and why. */
export interface LabelsUsed {
  /** Labelled answers in this analysis, by whoever and however. */
  readonly labelled: number;
  /** Those drawn blind and at random from this run: the only ones that may correct it. */
  readonly random: number;
  /** Of them, those that people and the judge both scored. */
  readonly used: number;
  /** Every answer has a label: then it does not matter how they were drawn. */
  readonly complete: boolean;
  readonly authors: readonly string[];
  readonly leftOut: readonly { readonly reason: string; readonly count: number }[];
}

/** Accuracy by one judge, corrected by people's labels. */
export interface CorrectedView {
  readonly scope: AnalysisScope;
  readonly judge: JudgeRef;
  /** What the judge says, uncorrected. */
  readonly raw: Accuracy;
  readonly labels: LabelsUsed;
  /** Prediction-powered, the judge at full weight; and weighed by how well it follows people. Null with too few labels. */
  readonly corrected: CorrectedAccuracy | null;
  readonly tuned: CorrectedAccuracy | null;
  /** Why there is no correction, or what to bear in mind, as sentences. */
  readonly notes: readonly string[];
  /** Labels, in all, that reach ± so much. */
  readonly needed: readonly (LabelsNeeded & { readonly margin: number })[];
}

/** Accuracy corrected with a judge's errors on another run: valid only if it errs as often here as there. */
export interface TransferredView {
  readonly scope: AnalysisScope;
  readonly judge: JudgeRef;
  readonly raw: Accuracy;
  readonly calibration: {
    readonly runId: number;
    readonly runName: string;
    readonly judge: JudgeRef;
    readonly rows: number;
    readonly confusion: Confusion;
  };
  readonly result: RoganGladen;
  readonly notes: readonly string[];
}
