import type { Verdict } from '../verdict.ts';
import { VERDICTS } from '../verdict.ts';
import { type ClusterKeys, clusteredShare } from './clusters.ts';
import type { Estimate } from './interval.ts';
import { DEFAULT_LEVEL } from './interval.ts';
import { wilson } from './wilson.ts';

export type VerdictCounts = Readonly<Record<Verdict, number>>;

/** Counts of every state, zero where there is none. */
function countVerdicts(verdicts: Iterable<Verdict>): VerdictCounts {
  const counts = emptyCounts();
  for (const verdict of verdicts) counts[verdict] += 1;
  return counts;
}

function emptyCounts(): Record<Verdict, number> {
  return { correct: 0, incorrect: 0, not_attempted: 0, unparsed: 0, error: 0, skipped: 0 };
}

/** An accuracy never travels without its denominators. */
export interface Accuracy {
  readonly counts: VerdictCounts;
  readonly total: number;
  /** correct + incorrect: the denominator of `accuracy`. */
  readonly scored: number;
  /** not_attempted, unparsed, error, skipped. */
  readonly unscored: number;
  /** correct / scored with Wilson's bounds; null when nothing was scored. */
  readonly accuracy: Estimate | null;
  /**
   * correct / (scored + not_attempted): for prompts with three labels, where declining is a judged outcome.
   */
  readonly accuracyOfJudged: Estimate | null;
}

/**
 * Accuracy of a list of verdicts or of their counts, with every denominator; unparsed is never counted as
 * incorrect.
 */
export function accuracyOf(
  verdicts: Iterable<Verdict> | VerdictCounts,
  level: number = DEFAULT_LEVEL,
): Accuracy {
  const counts = Symbol.iterator in verdicts ? countVerdicts(verdicts) : verdicts;
  const total = VERDICTS.reduce((sum, verdict) => sum + counts[verdict], 0);
  const scored = counts.correct + counts.incorrect;
  return {
    counts,
    total,
    scored,
    unscored: total - scored,
    accuracy: wilson(counts.correct, scored, level),
    accuracyOfJudged: wilson(counts.correct, scored + counts.not_attempted, level),
  };
}

/** The same of verdicts that hang together by question: intervals count them for what they are worth. */
export function accuracyByQuestion(
  verdicts: readonly Verdict[],
  questions: ClusterKeys,
  level: number = DEFAULT_LEVEL,
): Accuracy {
  const correctOf = (counted: readonly Verdict[]): Estimate | null => {
    const rows = verdicts.flatMap((verdict, row) => (counted.includes(verdict) ? [row] : []));
    return clusteredShare(
      rows.map((row) => verdicts[row] === 'correct'),
      questions === null ? null : rows.map((row) => questions[row] ?? 0),
      level,
    );
  };
  return {
    ...accuracyOf(verdicts, level),
    accuracy: correctOf(['correct', 'incorrect']),
    accuracyOfJudged: correctOf(['correct', 'incorrect', 'not_attempted']),
  };
}
