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

/**
 * Sample covariance, divisor n − 1; 0 for fewer than two pairs. Exactly 0 where a series is constant: values are
 * counted from the first one, as the mean of ten times 0.3 is not 0.3 and would leave a spread of 1e-33 to divide by.
 */
export function covariance(first: readonly number[], second: readonly number[]): number {
  sameLength(first, second, 'The two series');
  if (first.length < 2) return 0;
  const [x, y] = [fromFirst(first), fromFirst(second)];
  const [a, b] = [mean(x), mean(y)];
  return sum(x.map((value, i) => (value - a) * ((y[i] ?? 0) - b))) / (first.length - 1);
}

function fromFirst(values: readonly number[]): number[] {
  const origin = values[0] ?? 0;
  return values.map((value) => value - origin);
}

export const clamp = (value: number, low: number, high: number): number =>
  Math.min(high, Math.max(low, value));

/** First index of sorted values that is not below the value. */
function lowerBound(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Ranks from 1, ties given their mean rank. The values alone are sorted, natively, and each looked up: several times
 * faster than sorting their indices.
 */
export function midranks(values: readonly number[]): number[] {
  const sorted = Float64Array.from(values).sort();
  const shared = new Map<number, number>();
  return values.map((value) => {
    const known = shared.get(value);
    if (known !== undefined) return known;
    const first = lowerBound(sorted, value);
    let last = first;
    while (last + 1 < sorted.length && sorted[last + 1] === value) last += 1;
    const rank = (first + last) / 2 + 1;
    // Long runs of ties are walked once.
    if (last > first) shared.set(value, rank);
    return rank;
  });
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
