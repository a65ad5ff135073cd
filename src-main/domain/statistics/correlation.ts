import { clamp, covariance, mean, midranks, sameLength, sum, variance } from './checks.ts';
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
 * the bound is that of ρ with half a swap of two neighbours, 1 − 6/(n(n² − 1)). Null when undefined or n < 4.
 */
export function correlationEstimate(
  first: readonly number[],
  second: readonly number[],
  kind: 'pearson' | 'spearman' = 'spearman',
  level: number = DEFAULT_LEVEL,
): Estimate | null {
  const r = kind === 'pearson' ? pearson(first, second) : spearman(first, second);
  const n = first.length;
  if (r === null || n < 4) return null;
  const most = 1 - 6 / (n * (n * n - 1));
  const widen = kind === 'pearson' ? 1 : Math.sqrt(1 + (r * r) / 2);
  const half = (criticalZ(level) * widen) / Math.sqrt(n - 3);
  const low = r === -1 ? -1 : Math.tanh(Math.atanh(r === 1 ? most : r) - half);
  const high = r === 1 ? 1 : Math.tanh(Math.atanh(r === -1 ? -most : r) + half);
  return { value: r, low, high, level };
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
 * Slope of y on x by least squares, with a normal interval from a heteroscedasticity-robust error (White
 * 1980, HC1), as y is often 0 or 1. Null when x is constant or there are fewer than three rows.
 */
export function slope(
  x: readonly number[],
  y: readonly number[],
  level: number = DEFAULT_LEVEL,
): Estimate | null {
  sameLength(x, y, 'The two series');
  const n = x.length;
  const spread = variance(x) * (n - 1);
  if (n < 3 || !(spread > 0)) return null;
  const value = covariance(x, y) / variance(x);
  const [mx, my] = [mean(x), mean(y)];
  const meat = sum(x.map((xi, i) => ((xi - mx) * ((y[i] ?? 0) - my - value * (xi - mx))) ** 2));
  const half = (criticalZ(level) * Math.sqrt((n / (n - 2)) * meat)) / spread;
  return { value, low: value - half, high: value + half, level };
}
