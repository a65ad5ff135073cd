import type { CombinedVerdict } from '../../src-main/domain/analysis/combined.ts';
import type { JudgeCounts, RunCounts } from '../../src-main/domain/run.ts';
import { accuracyOf, type VerdictCounts } from '../../src-main/domain/statistics/accuracy.ts';
import type { Estimate } from '../../src-main/domain/statistics/interval.ts';
import { wilson } from '../../src-main/domain/statistics/wilson.ts';
import { formatCount } from './format.ts';

/** One row of an accuracy table: a share that never comes without its denominator and what was left out. */
export interface Score {
  readonly id: string;
  readonly judge: JudgeCounts | null;
  readonly name: string;
  /** Share of correct with Wilson bounds; null when nothing was scored. */
  readonly estimate: Estimate | null;
  readonly correct: number | null;
  readonly scored: number;
  /** "3 unparsed", "17 not judged": why answers are not in the denominator. */
  readonly leftOut: readonly string[];
}

const part = (count: number, word: string): string[] => (count > 0 ? [`${formatCount(count)} ${word}`] : []);

function verdictCounts(judge: JudgeCounts): VerdictCounts {
  const { correct, incorrect, unparsed, error, skipped } = judge;
  return { correct, incorrect, not_attempted: judge.notAttempted, unparsed, error, skipped };
}

/** Accuracy by one judge, over what it scored. */
export function judgeScore(judge: JudgeCounts, name: string): Score {
  const { accuracy, scored } = accuracyOf(verdictCounts(judge));
  return {
    id: `j${judge.judge.id}`,
    judge,
    name,
    estimate: accuracy,
    correct: judge.correct,
    scored,
    leftOut: [
      ...part(judge.notAttempted, 'not attempted'),
      ...part(judge.unparsed, 'unparsed'),
      ...part(judge.error, judge.error === 1 ? 'error' : 'errors'),
      ...part(judge.skipped, 'skipped'),
      ...part(judge.missing, 'not judged yet'),
    ],
  };
}

const PANELS: Readonly<Record<CombinedVerdict['kind'], string>> = {
  majority: 'Majority',
  weighted: 'Weighted verdict',
  cascade: 'Cascade',
};

/** Accuracy by the judges together. */
export function combinedScore({ kind, members, counts, missing }: CombinedVerdict): Score {
  const { accuracy, scored } = accuracyOf(counts);
  return {
    id: 'combined',
    judge: null,
    name: `${PANELS[kind]} of ${members.length} judges`,
    estimate: accuracy,
    correct: counts.correct,
    scored,
    leftOut: [
      ...part(counts.not_attempted, 'not attempted'),
      ...part(counts.unparsed, 'without a majority'),
      ...part(missing, 'not judged by all yet'),
    ],
  };
}

/** The rules without a judge: exact match, gold contained, F1 (a mean, so without Wilson bounds). */
export function lexicalScores(counts: RunCounts): Score[] {
  const { exactMatch, contains, f1, answers } = counts;
  const without = (scored: number): string[] => part(answers - scored, 'without gold answer');
  const share = (id: string, name: string, { correct, scored }: typeof exactMatch): Score => ({
    id,
    judge: null,
    name,
    estimate: wilson(correct, scored),
    correct,
    scored,
    leftOut: without(scored),
  });
  const mean = f1.mean;
  return [
    share('em', 'Exact match', exactMatch),
    share('contains', 'Contains a gold answer', contains),
    {
      id: 'f1',
      judge: null,
      name: 'F1, mean',
      estimate: mean === null ? null : { value: mean, low: mean, high: mean, level: 0 },
      correct: null,
      scored: f1.scored,
      leftOut: without(f1.scored),
    },
  ];
}
