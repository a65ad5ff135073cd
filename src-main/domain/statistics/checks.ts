/** Throws RangeError when lists that belong together differ in length. */
export function sameLength(first: ArrayLike<unknown>, second: ArrayLike<unknown>, what: string): void {
  if (first.length !== second.length) {
    throw new RangeError(
      `${what} differ in length: ${first.length} and ${second.length}; they have to be of the same rows.`,
    );
  }
}

/** Sum of a list; 0 when empty. */
export function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** Mean of a list; NaN when empty. */
export function mean(values: ArrayLike<number>): number {
  return sum(Array.from(values)) / values.length;
}

/** Sample variance, divisor n − 1; 0 for fewer than two values. */
export function variance(values: readonly number[]): number {
  return covariance(values, values);
}

/** Sample covariance, divisor n − 1; 0 for fewer than two pairs. */
export function covariance(first: readonly number[], second: readonly number[]): number {
  sameLength(first, second, 'The two series');
  if (first.length < 2) return 0;
  const a = mean(first);
  const b = mean(second);
  return sum(first.map((value, i) => (value - a) * ((second[i] ?? 0) - b))) / (first.length - 1);
}

export const clamp = (value: number, low: number, high: number): number =>
  Math.min(high, Math.max(low, value));

/** Ranks from 1, ties given their mean rank. */
export function midranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).toSorted((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const ranks = Array.from({ length: values.length }, () => 0);
  let start = 0;
  while (start < order.length) {
    let end = start;
    while (end + 1 < order.length && values[order[end + 1] ?? 0] === values[order[start] ?? 0]) end += 1;
    for (let i = start; i <= end; i += 1) ranks[order[i] ?? 0] = (start + end) / 2 + 1;
    start = end + 1;
  }
  return ranks;
}

/**
 * Quantile of sorted values by linear interpolation (Hyndman and Fan's type 7, numpy's default). NaN when
 * empty.
 */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  const at = clamp(q, 0, 1) * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}
