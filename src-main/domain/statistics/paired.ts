import { chiSquareTail } from './distributions.ts';
import { sameLength, sum } from './checks.ts';
import { clusterSums, squares } from './clusters.ts';
import type { Estimate } from './interval.ts';
import { DEFAULT_LEVEL } from './interval.ts';
import { signFlipP } from './sign-flips.ts';
import { wilson } from './wilson.ts';

/** Two verdicts on each of the same questions. */
export interface PairedCounts {
  readonly bothCorrect: number;
  /** Correct in the first only: McNemar's b. */
  readonly onlyFirst: number;
  /** Correct in the second only: McNemar's c. */
  readonly onlySecond: number;
  readonly bothIncorrect: number;
}

/** Counts pairs; rows where either is null (not scored) are left out. */
export function pairedCounts(
  first: readonly (boolean | null)[],
  second: readonly (boolean | null)[],
): PairedCounts {
  sameLength(first, second, 'The two lists of verdicts');
  const counts = { bothCorrect: 0, onlyFirst: 0, onlySecond: 0, bothIncorrect: 0 };
  first.forEach((a, row) => {
    const b = second[row] ?? null;
    if (a === null || b === null) return;
    if (a && b) counts.bothCorrect += 1;
    else if (a) counts.onlyFirst += 1;
    else if (b) counts.onlySecond += 1;
    else counts.bothIncorrect += 1;
  });
  return counts;
}

export interface McNemar {
  /** χ² with continuity correction, 1 degree of freedom; 0 when nothing differs. */
  readonly chiSquare: number;
  readonly pChiSquare: number;
  /** Two-sided exact p, the one to report; 1 when nothing differs. */
  readonly pExact: number;
}

/**
 * McNemar's (1947) test of two verdicts on the same answers, whole questions flipped: several answers to a question hang
 * together. `differences` holds first minus second (1, 0 or −1) of each pair, `clusterKeys` its question. Of each
 * question's sum d the χ² is (|Σd| − 1)²/Σd², Obuchowski's (1998, Statistics in Medicine 17:1495) with McNemar's
 * correction and without her (K − 1)/K, and the exact p that of Σd with the sign of each d as likely plus as minus: the
 * sides are alike when every question might as well have been the other way round. With one pair a
 * question χ² is (|b − c| − 1)²/(b + c), and p = 2·P(X ≤ min(b, c)), X ~ Binomial(b + c, ½).
 */
export function mcnemar(differences: readonly number[], clusterKeys: readonly (string | number)[]): McNemar {
  const sums = clusterSums(differences, clusterKeys);
  const spread = squares(sums);
  if (spread === 0) return { chiSquare: 0, pChiSquare: 1, pExact: 1 };
  const chiSquare = Math.max(0, Math.abs(sum(sums)) - 1) ** 2 / spread;
  return { chiSquare, pChiSquare: chiSquareTail(chiSquare, 1), pExact: signFlipP(sums) };
}

/**
 * First accuracy minus second on the same questions, with Newcombe's (1998, Statistics in Medicine 17:2635)
 * hybrid score interval for paired proportions (his method 10): keeps its coverage for few and extreme
 * counts, and does not shrink to nothing when no question flipped. Counts are divided by the design effect of the
 * difference (Rao and Scott 1992) where pairs hang together by question. Null without questions.
 */
export function pairedDifference(
  counts: PairedCounts,
  level: number = DEFAULT_LEVEL,
  designEffect = 1,
): Estimate | null {
  const [e, f, g, h] = [
    counts.bothCorrect / designEffect,
    counts.onlyFirst / designEffect,
    counts.onlySecond / designEffect,
    counts.bothIncorrect / designEffect,
  ];
  const n = e + f + g + h;
  const first = wilson(e + f, n, level);
  const second = wilson(e + g, n, level);
  if (first === null || second === null) return null;
  const product = (e + f) * (g + h) * (e + g) * (f + h);
  const cross = e * h - f * g;
  // Continuity-corrected φ, as in the paper: moved towards 0 by n/2 when positive.
  const moved = cross > 0 ? Math.max(cross - n / 2, 0) : cross;
  const phi = product === 0 ? 0 : moved / Math.sqrt(product);
  const value = (f - g) / n;
  const bound = (a: number, b: number): number => Math.sqrt(Math.max(0, a * a - 2 * phi * a * b + b * b));
  return {
    value,
    low: value - bound(first.value - first.low, second.high - second.value),
    high: value + bound(first.high - first.value, second.value - second.low),
    level,
  };
}

/**
 * Holm's (1979) step-down adjustment of p values, in the order given: what to compare with α when several
 * pairs of runs are tested. Never above 1.
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).toSorted((a, b) => (pValues[a] ?? 1) - (pValues[b] ?? 1));
  const adjusted = Array.from({ length: pValues.length }, () => 1);
  let highest = 0;
  order.forEach((index, rank) => {
    highest = Math.max(highest, Math.min(1, (pValues.length - rank) * (pValues[index] ?? 1)));
    adjusted[index] = highest;
  });
  return adjusted;
}
