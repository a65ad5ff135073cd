import type { Label, LabelQueue, LabelState, QueueOrder } from '../../domain/analysis/labelling.ts';
import type { Judgment } from '../../domain/answer.ts';
import type { JudgeInfo } from '../../domain/run.ts';
import type { Verdict } from '../../domain/verdict.ts';
import type { NewJudgment } from './items.ts';

/** A judge by content; found or made by its sha256. */
export type NewJudge = Omit<JudgeInfo, 'id'>;

/** Judges, the verdicts of people and of rules, and the queues that people label from. */
export interface JudgeCalls {
  'judges.list'(a: { runId: number | null }): JudgeInfo[];
  'judges.ensure'(a: NewJudge): number;
  /** A person's verdict: a new row each time; the newest of an author counts. */
  'judgments.addHuman'(a: {
    answerId: number;
    judgeId: number;
    verdict: Verdict;
    note: string | null;
  }): Judgment;

  /** Verdicts of rules, which belong to no run; those that are there already stay. */
  'judgments.addRule'(a: { judgments: readonly (NewJudgment & { readonly score: number | null })[] }): void;

  /** A person's queue over the run's answers as they are now; found or made. */
  'labels.begin'(a: {
    runId: number;
    judgeId: number;
    order: QueueOrder;
    sortJudgeId: number | null;
    seed: number;
  }): LabelState;
  'labels.queues'(a: { runId: number }): LabelQueue[];
  'labels.state'(a: { queueId: number }): LabelState;
  /** A new judgment of the queue's person; gives the next answer. */
  'labels.put'(a: { queueId: number; answerId: number; verdict: Label; note: string | null }): LabelState;
  /** Takes the queue's newest label back by another judgment; its answer comes next again. */
  'labels.undo'(a: { queueId: number }): LabelState;
}
