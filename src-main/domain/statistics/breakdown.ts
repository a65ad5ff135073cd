import type { Verdict } from '../verdict.ts';
import type { Accuracy } from './accuracy.ts';
import { accuracyByQuestion } from './accuracy.ts';
import { clamp, mean, sum } from './checks.ts';
import { designEffect } from './clusters.ts';
import { criticalZ } from './distributions.ts';
import type { Estimate } from './interval.ts';
import { DEFAULT_LEVEL } from './interval.ts';

export interface Breakdown {
  /** Groups by name, each with its own accuracy and denominators. */
  readonly groups: readonly { readonly group: string; readonly accuracy: Accuracy }[];
  /** All rows together: every row counts the same. */
  readonly micro: Accuracy;
  /** Mean of the groups' accuracies: every group counts the same. Null when no group has scored rows. */
  readonly macro: Estimate | null;
  /** Groups in the macro mean: those with scored rows. */
  readonly macroGroups: number;
}

/** A judged answer, in its group, to its question. */
export interface GroupedVerdict {
  readonly group: string;
  readonly verdict: Verdict;
  readonly question: string | number;
}

/**
 * Accuracy by a metadata column, micro and macro. The macro interval is normal, from Σ p(1 − p)/n over the
 * groups with p smoothed as (k + ½)/(n + 1), so that groups of all right or all wrong answers do not
 * pretend to be certain. Answers to one question, in one group or in several, count for what they are worth.
 */
export function breakdown(rows: readonly GroupedVerdict[], level: number = DEFAULT_LEVEL): Breakdown {
  const byGroup = new Map<string, GroupedVerdict[]>();
  for (const row of rows) {
    const own = byGroup.get(row.group);
    if (own === undefined) byGroup.set(row.group, [row]);
    else own.push(row);
  }
  const groups = [...byGroup]
    .map(([group, own]) => ({ group, accuracy: accuracyOfRows(own, level) }))
    .toSorted((a, b) => (a.group < b.group ? -1 : 1));
  const scored = groups.filter(({ accuracy }) => accuracy.scored > 0);
  return {
    groups,
    micro: accuracyOfRows(rows, level),
    macro: macroOf(rows, new Map(scored.map(({ group, accuracy }) => [group, accuracy])), level),
    macroGroups: scored.length,
  };
}

function accuracyOfRows(rows: readonly GroupedVerdict[], level: number): Accuracy {
  return accuracyByQuestion(
    rows.map((row) => row.verdict),
    rows.map((row) => row.question),
    level,
  );
}

function macroOf(
  rows: readonly GroupedVerdict[],
  groups: ReadonlyMap<string, Accuracy>,
  level: number,
): Estimate | null {
  if (groups.size === 0) return null;
  const accuracies = [...groups.values()];
  const value = mean(accuracies.map(({ counts, scored }) => counts.correct / scored));
  const spread = sum(
    accuracies.map(({ counts, scored }) => {
      const p = (counts.correct + 0.5) / (scored + 1);
      return (p * (1 - p)) / scored;
    }),
  );
  const half = (criticalZ(level) * Math.sqrt(spread * effectOf(rows, groups))) / accuracies.length;
  return { value, low: clamp(value - half, 0, 1), high: clamp(value + half, 0, 1), level };
}

/** Design effect of what each scored row adds to the mean of its group. */
function effectOf(rows: readonly GroupedVerdict[], groups: ReadonlyMap<string, Accuracy>): number {
  const scored = rows.filter(({ verdict }) => verdict === 'correct' || verdict === 'incorrect');
  return designEffect(
    scored.map(({ group, verdict }) => {
      const of = groups.get(group);
      return of === undefined
        ? 0
        : (Number(verdict === 'correct') - of.counts.correct / of.scored) / of.scored;
    }),
    scored.map(({ question }) => question),
  );
}
