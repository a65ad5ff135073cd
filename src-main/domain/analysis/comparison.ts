import type { BootstrapEstimate } from '../statistics/bootstrap.ts';
import type { Estimate } from '../statistics/interval.ts';
import type { McNemar, PairedCounts } from '../statistics/paired.ts';
import type { JudgeRef, Where } from './options.ts';

/** One side of a comparison: a run's answers, or some of them, by one judge. */
export interface ComparedSide {
  readonly runId: number;
  readonly runName: string;
  readonly judge: JudgeRef;
  readonly where: readonly Where[];
  /** "run 3, gpt4 by strict": what tells it from the other sides. */
  readonly label: string;
  readonly answers: number;
  readonly scored: number;
  readonly accuracy: Estimate | null;
}

/** A question whose verdict is not the same on both sides. */
export interface FlippedItem {
  readonly question: string;
  readonly gold: readonly string[];
  readonly first: FlippedAnswer;
  readonly second: FlippedAnswer;
}

export interface FlippedAnswer {
  readonly position: number;
  readonly answer: string;
  readonly correct: boolean;
  readonly pCorrect: number | null;
}

/** Two sides on the same questions. `difference` and its kin are first minus second. */
export interface PairComparison {
  /** Indices into the sides. */
  readonly first: number;
  readonly second: number;
  /** Questions (and samples of them) that both sides scored: what everything below is over. */
  readonly pairs: number;
  /** The questions of those pairs, and those of them on which one side is right more often: p is of the latter. */
  readonly questions: number;
  readonly decided: number;
  /** How many pairs are worth one independent pair: 1 with one pair a question. */
  readonly designEffect: number;
  /** Answered on both sides, but not scored by both. */
  readonly unscored: number;
  /** On one side only. */
  readonly onlyInFirst: number;
  readonly onlyInSecond: number;
  readonly counts: PairedCounts;
  /** Newcombe's paired interval, of pairs divided by the design effect. */
  readonly difference: Estimate | null;
  /** The same difference, its interval by drawing whole questions. */
  readonly bootstrap: BootstrapEstimate | null;
  readonly mcnemar: McNemar;
  /** Holm's adjustment of the exact p over all pairs of this comparison. */
  readonly pHolm: number;
  /** Share of pairs that differ. */
  readonly discordance: number | null;
  /** The smallest true difference these pairs show in four of five times; null when even the largest is not. */
  readonly smallestDetectable: number | null;
  /** Pairs that would show a difference as large as the one seen; null when none was seen. */
  readonly pairsForObserved: number | null;
}

export interface Comparison {
  readonly at: number;
  readonly level: number;
  readonly seed: number;
  readonly sides: readonly ComparedSide[];
  readonly pairs: readonly PairComparison[];
  /** Of the first two sides, in run order, at most as many as were asked for. */
  readonly flipped: readonly FlippedItem[];
  readonly flippedTotal: number;
  /** What to bear in mind, as sentences. */
  readonly notes: readonly string[];
}
