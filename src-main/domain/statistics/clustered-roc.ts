import { sameLength, sum } from './checks.ts';
import type { Estimate } from './interval.ts';
import { DEFAULT_LEVEL } from './interval.ts';
import { auroc, aurocBounds, placements } from './roc.ts';

export interface ClusteredAuroc extends Estimate {
  readonly standardError: number;
  readonly clusters: number;
}

interface Cluster {
  positives: number;
  negatives: number;
  /** Sums of the structural components of its positive and of its negative rows. */
  high: number;
  low: number;
}

/**
 * AUROC with an interval for rows that hang together in clusters (several answers to a question), by
 * Obuchowski (1997, Biometrics 53:567): structural components summed by cluster, with the covariance between a
 * cluster's positive and negative rows. On the logit scale, as aurocEstimate, which it equals when every cluster is
 * one row. Null when a class has rows in fewer than two clusters.
 */
export function clusteredAuroc(
  scores: readonly number[],
  positive: readonly boolean[],
  clusterKeys: readonly (string | number)[],
  level: number = DEFAULT_LEVEL,
): ClusteredAuroc | null {
  sameLength(scores, clusterKeys, 'Scores and their clusters');
  const value = auroc(scores, positive);
  if (value === null) return null;
  const clusters = [...clustersOf(scores, positive, clusterKeys).values()];
  const [m, n] = [sum(clusters.map((c) => c.positives)), sum(clusters.map((c) => c.negatives))];
  const withHigh = clusters.filter((c) => c.positives > 0).length;
  const withLow = clusters.filter((c) => c.negatives > 0).length;
  if (withHigh < 2 || withLow < 2) return null;
  const high = clusters.map((c) => c.high - c.positives * value);
  const low = clusters.map((c) => c.low - c.negatives * value);
  const squares = (list: readonly number[]): number => sum(list.map((x) => x * x));
  const spreadHigh = (withHigh / ((withHigh - 1) * m)) * squares(high);
  const spreadLow = (withLow / ((withLow - 1) * n)) * squares(low);
  const between = (clusters.length / (clusters.length - 1)) * sum(high.map((x, i) => x * (low[i] ?? 0)));
  const variance = spreadHigh / m + spreadLow / n + (2 * between) / (m * n);
  const standardError = Math.sqrt(Math.max(0, variance));
  // Where the spread says nothing, a cluster is worth one row of each class that it has.
  const bounds = aurocBounds(value, standardError, [withHigh, withLow], level);
  return { value, ...bounds, level, standardError, clusters: clusters.length };
}

function clustersOf(
  scores: readonly number[],
  positive: readonly boolean[],
  keys: readonly (string | number)[],
): Map<string | number, Cluster> {
  const components = placements(scores, positive);
  const clusters = new Map<string | number, Cluster>();
  let high = 0;
  let low = 0;
  keys.forEach((key, row) => {
    const cluster = clusters.get(key) ?? { positives: 0, negatives: 0, high: 0, low: 0 };
    clusters.set(key, cluster);
    if (positive[row] === true) {
      cluster.positives += 1;
      cluster.high += components.positives[high] ?? 0;
      high += 1;
    } else {
      cluster.negatives += 1;
      cluster.low += components.negatives[low] ?? 0;
      low += 1;
    }
  });
  return clusters;
}
