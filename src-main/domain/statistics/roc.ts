import { criticalZ } from './distributions.ts';
import { covariance, midranks, sameLength, sum } from './checks.ts';
import type { Estimate } from './interval.ts';
import { DEFAULT_LEVEL } from './interval.ts';

/**
 * Area under the ROC curve of a score for finding positives, ties counted half (midranks; Mann–Whitney).
 * For uncertainty: `positive` means *incorrect*, a higher score means more uncertain. Null when all rows
 * are of one class.
 */
export function auroc(scores: readonly number[], positive: readonly boolean[]): number | null {
  sameLength(scores, positive, 'Scores and classes');
  const positives = positive.filter(Boolean).length;
  const negatives = positive.length - positives;
  if (positives === 0 || negatives === 0) return null;
  const ranks = midranks(scores);
  const rankSum = sum(ranks.filter((_, i) => positive[i] === true));
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/**
 * DeLong's structural components: for each row, the share of the other class that it is ranked rightly
 * against.
 */
export function placements(
  scores: readonly number[],
  positive: readonly boolean[],
): { positives: number[]; negatives: number[] } {
  const all = midranks(scores);
  const of = (wanted: boolean): { values: number[]; overall: number[] } => ({
    values: scores.filter((_, i) => positive[i] === wanted),
    overall: all.filter((_, i) => positive[i] === wanted),
  });
  const high = of(true);
  const low = of(false);
  const within = (group: { values: number[] }): number[] => midranks(group.values);
  const highWithin = within(high);
  const lowWithin = within(low);
  return {
    positives: high.overall.map((rank, i) => (rank - (highWithin[i] ?? 0)) / low.values.length),
    negatives: low.overall.map((rank, i) => 1 - (rank - (lowWithin[i] ?? 0)) / high.values.length),
  };
}

export interface AurocEstimate extends Estimate {
  readonly standardError: number;
  readonly positives: number;
  readonly negatives: number;
}

/**
 * Bounds of an AUROC. On the logit scale, so that they stay inside (0, 1). Without a spread (perfect separation, all
 * scores alike) DeLong's interval has no width however few rows there are; then Newcombe's (2006, Statistics in
 * Medicine 25:559, his method 5): all θ with |θ − value| ≤ z·√V(θ), V after Hanley and McNeil (1982) for `m` positives and
 * `n` negatives.
 */
export function aurocBounds(
  value: number,
  standardError: number,
  [m, n]: readonly [m: number, n: number],
  level: number,
): { readonly low: number; readonly high: number } {
  if (standardError < 1e-9 || value <= 0 || value >= 1) {
    return { low: scoreBound(value, 0, m, n, level), high: scoreBound(value, 1, m, n, level) };
  }
  const half = (criticalZ(level) * standardError) / (value * (1 - value));
  const logit = Math.log(value / (1 - value));
  const back = (x: number): number => 1 / (1 + Math.exp(-x));
  return { low: back(logit - half), high: back(logit + half) };
}

/** The θ farthest towards `end` (0 or 1) that the value does not contradict, by bisection. */
function scoreBound(value: number, end: number, m: number, n: number, level: number): number {
  const z = criticalZ(level);
  const share = (m + n) / 2 - 1;
  const variance = (t: number): number =>
    (t * (1 - t) * (1 + (share * (1 - t)) / (2 - t) + (share * t) / (1 + t))) / (m * n);
  let inside = value;
  let outside = end;
  for (let i = 0; i < 60; i += 1) {
    const middle = (inside + outside) / 2;
    if (Math.abs(middle - value) > z * Math.sqrt(variance(middle))) outside = middle;
    else inside = middle;
  }
  return value === end ? end : inside;
}

/**
 * AUROC with DeLong's (1988) interval, computed on midranks in O(n log n) (Sun and Xu 2014), its bounds as
 * {@link aurocBounds}. Rows are taken as independent: with several answers a question use clusterBootstrap.
 * Null when a class has fewer than two rows.
 */
export function aurocEstimate(
  scores: readonly number[],
  positive: readonly boolean[],
  level: number = DEFAULT_LEVEL,
): AurocEstimate | null {
  const value = auroc(scores, positive);
  const parts = placements(scores, positive);
  const [m, n] = [parts.positives.length, parts.negatives.length];
  if (value === null || m < 2 || n < 2) return null;
  const standardError = Math.sqrt(
    covariance(parts.positives, parts.positives) / m + covariance(parts.negatives, parts.negatives) / n,
  );
  const bounds = aurocBounds(value, standardError, [m, n], level);
  return { value, ...bounds, level, standardError, positives: m, negatives: n };
}

/**
 * AUROC against probable classes: `probability` that each row is positive (the share of judges that call it
 * incorrect, or 1 − mean P(correct)). Every pair of rows counts with the probability that they are of
 * different classes, so the result marginalises over judges. Equals auroc when all probabilities are 0 or
 * 1. Null when no pair can differ.
 */
export function softAuroc(scores: readonly number[], probability: readonly number[]): number | null {
  sameLength(scores, probability, 'Scores and probabilities');
  const order = scores.map((_, i) => i).toSorted((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0));
  let negativesBelow = 0;
  let won = 0;
  let start = 0;
  while (start < order.length) {
    let end = start;
    while (end < order.length && scores[order[end] ?? 0] === scores[order[start] ?? 0]) end += 1;
    const tied = order.slice(start, end).map((i) => probability[i] ?? 0);
    const positives = sum(tied);
    const negatives = tied.length - positives;
    // Within a tie, pairs of two different rows count half; a row is never compared with itself.
    won += positives * negativesBelow + (positives * negatives - sum(tied.map((p) => p * (1 - p)))) / 2;
    negativesBelow += negatives;
    start = end;
  }
  const positives = sum(probability);
  const pairs = positives * (probability.length - positives) - sum(probability.map((p) => p * (1 - p)));
  return pairs > 1e-12 ? won / pairs : null;
}

export interface RocPoint {
  /** Score from which on a row is called positive; Infinity at the origin. */
  readonly threshold: number;
  readonly falsePositiveRate: number;
  readonly truePositiveRate: number;
}

/**
 * The ROC curve, one point a distinct score, from (0, 0) to (1, 1). `positive` may hold probabilities, of several judges
 * together: a row then counts with its probability as a positive and with the rest as a negative, as in {@link softAuroc},
 * from which the area differs only by each row's comparison with itself. Empty when either class has no weight.
 */
export function rocCurve(scores: readonly number[], positive: readonly (boolean | number)[]): RocPoint[] {
  sameLength(scores, positive, 'Scores and classes');
  const weights = positive.map(Number);
  const positives = sum(weights);
  const negatives = weights.length - positives;
  if (!(positives > 1e-12 && negatives > 1e-12)) return [];
  const order = scores.map((_, i) => i).toSorted((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
  const points: RocPoint[] = [{ threshold: Infinity, falsePositiveRate: 0, truePositiveRate: 0 }];
  let hits = 0;
  order.forEach((row, i) => {
    hits += weights[row] ?? 0;
    const threshold = scores[row] ?? 0;
    if (scores[order[i + 1] ?? -1] === threshold) return;
    // Sums of probabilities end beside 1 by the last bit.
    const last = i === order.length - 1;
    points.push({
      threshold,
      falsePositiveRate: last ? 1 : (i + 1 - hits) / negatives,
      truePositiveRate: last ? 1 : hits / positives,
    });
  });
  return points;
}
