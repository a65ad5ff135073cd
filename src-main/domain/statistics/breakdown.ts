import type { Verdict } from '../verdict.ts';
import type { Accuracy } from './accuracy.ts';
import { accuracyOf } from './accuracy.ts';
import { clamp, mean, sum } from './checks.ts';
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

/**
 * Accuracy by a metadata column, micro and macro. The macro interval is normal, from Σ p(1 − p)/n over the
 * groups with p smoothed as (k + ½)/(n + 1), so that groups of all right or all wrong answers do not
 * pretend to be certain.
 */
export function breakdown(
  rows: readonly { readonly group: string; readonly verdict: Verdict }[],
  level: number = DEFAULT_LEVEL,
): Breakdown {
  const byGroup = new Map<string, Verdict[]>();
  for (const { group, verdict } of rows) {
    const verdicts = byGroup.get(group);
    if (verdicts === undefined) byGroup.set(group, [verdict]);
    else verdicts.push(verdict);
  }
  const groups = [...byGroup]
    .map(([group, verdicts]) => ({ group, accuracy: accuracyOf(verdicts, level) }))
    .toSorted((a, b) => (a.group < b.group ? -1 : 1));
  const scored = groups.filter(({ accuracy }) => accuracy.scored > 0);
  return {
    groups,
    micro: accuracyOf(
      rows.map((row) => row.verdict),
      level,
    ),
    macro: macroOf(
      scored.map(({ accuracy }) => accuracy),
      level,
    ),
    macroGroups: scored.length,
  };
}

function macroOf(accuracies: readonly Accuracy[], level: number): Estimate | null {
  if (accuracies.length === 0) return null;
  const value = mean(accuracies.map(({ counts, scored }) => counts.correct / scored));
  const spread = sum(
    accuracies.map(({ counts, scored }) => {
      const p = (counts.correct + 0.5) / (scored + 1);
      return (p * (1 - p)) / scored;
    }),
  );
  const half = (criticalZ(level) * Math.sqrt(spread)) / accuracies.length;
  return { value, low: clamp(value - half, 0, 1), high: clamp(value + half, 0, 1), level };
}
