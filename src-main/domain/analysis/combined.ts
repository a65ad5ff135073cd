import type { Verdict } from '../verdict.ts';
import type { VerdictCounts } from '../statistics/accuracy.ts';
import type { PanelSpec } from './options.ts';

/** The verdict of a run's judges together. */
export interface CombinedVerdict {
  readonly kind: PanelSpec['kind'];
  /** Names of the judges, in the order of the experiment. */
  readonly members: readonly string[];
  readonly counts: VerdictCounts;
  /** Answers that not all of them have seen yet. */
  readonly missing: number;
  /** Answers on which all members that voted said the same, of those with a verdict. */
  readonly unanimous: number;
}

/** The same on one answer. */
export interface CombinedAnswer {
  readonly kind: PanelSpec['kind'];
  readonly verdict: Verdict;
  readonly pCorrect: number | null;
  /** Members that have judged it, and those of them who said the same as the panel. */
  readonly asked: number;
  readonly agreeing: number;
}
