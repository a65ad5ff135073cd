import { clamp, covariance, mean, midranks, sameLength, variance } from './checks.ts';
import { type ClusterKeys, clusterSums, designEffect, squares } from './clusters.ts';
import { criticalZ } from './distributions.ts';
import type { Estimate } from './interval.ts';
import { DEFAULT_LEVEL } from './interval.ts';

/**
 * Pearson's r; with a 0/1 series the point-biserial correlation. Null when a series is constant or has
 * fewer than two values.
 */
export function pearson(first: readonly number[], second: readonly number[]): number | null {
  const spread = Math.sqrt(variance(first) * variance(second));
  return spread > 0 ? clamp(covariance(first, second) / spread, -1, 1) : null;
}

/** Spearman's ρ: Pearson's r of midranks. Null as pearson. */
export function spearman(first: readonly number[], second: readonly number[]): number | null {
  sameLength(first, second, 'The two series');
  return pearson(midranks(first), midranks(second));
}

/**
 * A correlation of n pairs with Fisher's z interval; for Spearman's ρ with the wider standard error of
 * Bonett and Wright (2000), √((1 + ρ²/2)/(n − 3)). At ±1, where z is infinite and the interval would have no width,
 * the bound is that of ρ with half a swap of two neighbours, 1 − 6/(n(n² − 1)). Pairs that hang together by cluster are
 * counted for what they are worth: n is divided by the design effect of what each adds to r. Null when undefined or n < 4.
 */
export function correlationEstimate(
  first: readonly number[],
  second: readonly number[],
  kind: 'pearson' | 'spearman' = 'spearman',
  clusterKeys: ClusterKeys = null,
  level: number = DEFAULT_LEVEL,
): Estimate | null {
  const [x, y] = kind === 'pearson' ? [first, second] : [midranks(first), midranks(second)];
  const r = pearson(x, y);
  if (r === null) return null;
  const n = first.length / designEffect(addedToR(x, y, r), clusterKeys);
  if (n < 4) return null;
  const most = 1 - 6 / (n * (n * n - 1));
  const widen = kind === 'pearson' ? 1 : Math.sqrt(1 + (r * r) / 2);
  const half = (criticalZ(level) * widen) / Math.sqrt(n - 3);
  const low = r === -1 ? -1 : Math.tanh(Math.atanh(r === 1 ? most : r) - half);
  const high = r === 1 ? 1 : Math.tanh(Math.atanh(r === -1 ? -most : r) + half);
  return { value: r, low, high, level };
}

/** The influence of each pair on Pearson's r: z_x·z_y − r/2·(z_x² + z_y²). */
function addedToR(x: readonly number[], y: readonly number[], r: number): number[] {
  const standard = (values: readonly number[]): number[] => {
    const [centre, spread] = [mean(values), Math.sqrt(variance(values))];
    return values.map((value) => (value - centre) / spread);
  };
  const [a, b] = [standard(x), standard(y)];
  return a.map((za, i) => za * (b[i] ?? 0) - (r / 2) * (za ** 2 + (b[i] ?? 0) ** 2));
}

/** Correlation of two series with a third one's linear share taken out of both. Null when undefined. */
export function partialCorrelation(
  first: readonly number[],
  second: readonly number[],
  held: readonly number[],
): number | null {
  const ab = pearson(first, second);
  const ac = pearson(first, held);
  const bc = pearson(second, held);
  if (ab === null || ac === null || bc === null) return null;
  const spread = Math.sqrt((1 - ac * ac) * (1 - bc * bc));
  return spread > 1e-12 ? clamp((ab - ac * bc) / spread, -1, 1) : null;
}

/**
 * Slope of y on x by least squares, with a normal interval from an error that holds for a y of 0 and 1 and for rows that hang
 * together by cluster (Liang and Zeger 1986, with statsmodels' factor G/(G − 1)·(n − 1)/(n − 2)): White's (1980) HC1 with one
 * row a cluster. Null when x is constant, or there are fewer than three rows or two clusters.
 */
export function slope(
  x: readonly number[],
  y: readonly number[],
  clusterKeys: readonly (string | number)[] = x.map((_, row) => row),
  level: number = DEFAULT_LEVEL,
): Estimate | null {
  sameLength(x, y, 'The two series');
  const n = x.length;
  const spread = variance(x) * (n - 1);
  if (n < 3 || !(spread > 0)) return null;
  const value = covariance(x, y) / variance(x);
  const [mx, my] = [mean(x), mean(y)];
  const scores = x.map((xi, i) => (xi - mx) * ((y[i] ?? 0) - my - value * (xi - mx)));
  const sums = clusterSums(scores, clusterKeys);
  if (sums.length < 2) return null;
  const factor = (sums.length / (sums.length - 1)) * ((n - 1) / (n - 2));
  const half = (criticalZ(level) * Math.sqrt(factor * squares(sums))) / spread;
  return { value, low: value - half, high: value + half, level };
}
