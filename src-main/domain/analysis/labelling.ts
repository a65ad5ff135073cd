import type { Verdict } from '../verdict.ts';

/**
 * In which order answers are put before a person. Only labels of a random queue correct an accuracy; the sorted orders find
 * a judge's mistakes fast and say nothing about how many there are.
 */
export type QueueOrder = 'random' | 'unsure' | 'disagreement';

/** What a person can say of an answer; "skipped" leaves it to others. */
export const LABELS = ['correct', 'incorrect', 'not_attempted', 'skipped'] as const;
export type Label = (typeof LABELS)[number];

export interface LabelQueue {
  readonly queueId: number;
  readonly runId: number;
  /** The person. */
  readonly judgeId: number;
  readonly author: string;
  readonly order: QueueOrder;
  /** For "unsure": whose doubt comes first. */
  readonly sortJudgeId: number | null;
  readonly seed: number;
  /** Answers it was drawn from. */
  readonly population: number;
  /** Those that have been seen: labelled or skipped; and those of them that were skipped. */
  readonly labelled: number;
  readonly skipped: number;
  readonly createdAt: number;
}

/** An answer as a person labels it: who wrote it and what judges said are not shown. */
export interface LabelTask {
  readonly answerId: number;
  /** Place in the queue, from 1. */
  readonly rank: number;
  readonly question: string;
  readonly context: string | null;
  readonly choices: readonly string[] | null;
  readonly gold: readonly string[];
  readonly answer: string;
  /** What was said before it was taken back. */
  readonly takenBack: { readonly verdict: Verdict; readonly note: string | null } | null;
}

export interface LabelState {
  readonly queue: LabelQueue;
  /** The next answer without a label; null when all have one. */
  readonly task: LabelTask | null;
}
