import { binomialCdf, logChoose } from './distributions.ts';

/** Probabilities of consecutive whole numbers, from `first` on. */
interface Masses {
  readonly first: number;
  readonly at: Float64Array;
}

/** Terms that no p can feel: beyond eleven standard deviations. */
const NOTHING = 1e-30;

/**
 * Two-sided p of the sum of whole numbers whose signs are as likely plus as minus (Fisher 1935): the share of all 2ⁿ
 * ways to flip them whose sum is as far from 0. With ±1 only it is McNemar's exact test. Exact, from binomials
 * of the numbers of each size.
 */
export function signFlipP(differences: readonly number[]): number {
  const sizes = new Map<number, { plus: number; minus: number }>();
  for (const value of differences) {
    if (value === 0) continue;
    const counts = sizes.get(Math.abs(value)) ?? { plus: 0, minus: 0 };
    counts[value > 0 ? 'plus' : 'minus'] += 1;
    sizes.set(Math.abs(value), counts);
  }
  const [only, ...others] = sizes.values();
  if (only === undefined) return 1;
  if (others.length === 0) {
    return Math.min(1, 2 * binomialCdf(Math.min(only.plus, only.minus), only.plus + only.minus, 0.5));
  }
  let total = 0;
  let seen = 0;
  let positive: Masses = { first: 0, at: Float64Array.of(1) };
  for (const [size, { plus, minus }] of sizes) {
    total += size * (plus + minus);
    seen += size * (plus - minus);
    positive = together(positive, binomial(plus + minus), size);
  }
  // Of `total`, what is positive is at the end that was seen, or further; the other end is as likely.
  const end = (total - Math.abs(seen)) / 2;
  let tail = 0;
  positive.at.forEach((mass, i) => {
    if (positive.first + i <= end) tail += mass;
  });
  return Math.min(1, 2 * tail);
}

/** How many of n are plus. */
function binomial(n: number): Masses {
  const all = Float64Array.from({ length: n + 1 }, (_, k) => Math.exp(logChoose(n, k) - n * Math.LN2));
  const first = all.findIndex((mass) => mass > NOTHING);
  return { first, at: all.slice(first, all.length - first) };
}

/** Of the sum of one number and `size` times another. */
function together(one: Masses, other: Masses, size: number): Masses {
  const at = new Float64Array(one.at.length + size * (other.at.length - 1));
  other.at.forEach((mass, i) => {
    one.at.forEach((before, j) => {
      at[i * size + j] = (at[i * size + j] ?? 0) + mass * before;
    });
  });
  return { first: one.first + size * other.first, at };
}
