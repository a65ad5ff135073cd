import { criticalZ } from './distributions.ts';
import type { Estimate } from './interval.ts';
import { DEFAULT_LEVEL } from './interval.ts';

/**
 * Share of successes with the Wilson (1927) score interval: never leaves [0, 1] and keeps its coverage for
 * few rows and extreme shares. Null when there is nothing to count. Throws RangeError for counts that are
 * not 0 ≤ successes ≤ total.
 */
export function wilson(successes: number, total: number, level: number = DEFAULT_LEVEL): Estimate | null {
  if (!(successes >= 0 && total >= successes)) {
    throw new RangeError(
      `${successes} successes out of ${total} is not a share; check how the rows were counted.`,
    );
  }
  if (total === 0) return null;
  const z2 = criticalZ(level) ** 2;
  const p = successes / total;
  const centre = (p + z2 / (2 * total)) / (1 + z2 / total);
  const half =
    (Math.sqrt(z2) / (1 + z2 / total)) * Math.sqrt((p * (1 - p)) / total + z2 / (4 * total * total));
  // At the ends the bound is exactly 0 or 1; the formula would leave the last bit short.
  const low = successes === 0 ? 0 : centre - half;
  const high = successes === total ? 1 : centre + half;
  return { value: p, low, high, level };
}
