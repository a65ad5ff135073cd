import type { Accuracy } from '../statistics/accuracy.ts';
import type { Confusion, JudgeQuality } from '../statistics/agreement.ts';
import type { CalibrationBin } from '../statistics/calibration.ts';
import type { Estimate } from '../statistics/interval.ts';
import type { JudgeRef } from './options.ts';
import type { AnalysisScope, HumanReference } from './run-analysis.ts';

/** How a judge of a model was run; null where it is not known (rules, imported judges). */
export interface JudgeSetup {
  /** The run whose phase made the verdicts; null where none is left. */
  readonly madeIn: number | null;
  readonly model: string;
  readonly modelSha256: string | null;
  readonly quantization: string | null;
  readonly prompt: string | null;
  readonly promptSha256: string | null;
  readonly labelOrder: 'AB' | 'BA' | null;
  readonly mode: string;
  /** "CPU", or the cards' names with the layers on them. */
  readonly device: string | null;
  readonly contextPerSequence: number | null;
  readonly sequences: number | null;
  readonly llamaCpp: string | null;
}

/** The same judge with its labels in the other order. */
export interface OrderSwap {
  readonly other: JudgeRef;
  /** Answers read in both orders, and those whose verdict changed. */
  readonly rows: number;
  readonly flipped: number;
  readonly rate: Estimate | null;
  /** The mean of both orders' P(correct) against people. */
  readonly averaged: JudgeQuality;
}

export interface JudgeCalibration {
  readonly rows: number;
  readonly ece: number | null;
  readonly brier: number | null;
  readonly bins: readonly CalibrationBin[];
}

/** All that is known of one judge on answers that people labelled. */
export interface CardEntry {
  readonly judge: JudgeRef;
  readonly setup: JudgeSetup | null;
  readonly accuracy: Accuracy;
  readonly missing: number;
  readonly confusion: Confusion;
  readonly quality: JudgeQuality;
  /** Replies that were no verdict, of all replies. */
  readonly unparsed: Estimate | null;
  /** "Correct", of all verdicts. */
  readonly positive: Estimate | null;
  readonly bySystem: readonly {
    readonly system: string;
    readonly rows: number;
    readonly positive: Estimate | null;
    readonly quality: JudgeQuality;
  }[];
  readonly meanLabelMass: number | null;
  /** P(correct) as a probability of what people say; null where the judge gives none. */
  readonly calibration: JudgeCalibration | null;
  readonly swap: OrderSwap | null;
  /** Change of (judge − people) per hundred tokens or characters of the answer: positive is lenient with long ones. */
  readonly lengthSlope: Estimate | null;
  readonly secondsPerItem: number | null;
  readonly promptTokensPerSecond: number | null;
}

export interface ReportCard {
  readonly scope: AnalysisScope;
  readonly humans: HumanReference | null;
  readonly lengthUnit: 'tokens' | 'characters';
  readonly entries: readonly CardEntry[];
  readonly notes: readonly string[];
}
