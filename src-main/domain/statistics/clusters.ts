import { mean, sameLength, sum } from './checks.ts';
import type { Estimate } from './interval.ts';
import { DEFAULT_LEVEL } from './interval.ts';
import { wilson } from './wilson.ts';

/** What each row belongs to, its question; null where every row is one by itself. */
export type ClusterKeys = readonly (string | number)[] | null;

/** Sum of each cluster's values, in order of first appearance. */
export function clusterSums(values: readonly number[], clusterKeys: readonly (string | number)[]): number[] {
  sameLength(values, clusterKeys, 'Values and their clusters');
  const sums = new Map<string | number, number>();
  values.forEach((value, row) => {
    const key = clusterKeys[row] ?? row;
    sums.set(key, (sums.get(key) ?? 0) + value);
  });
  return [...sums.values()];
}

/**
 * Kish's (1965) design effect of a mean over rows that hang together in clusters (several answers to a question): its
 * cluster-robust variance by that of as many independent rows. Rows ÷ this is what the rows are worth; Rao and Scott
 * (1992, Biometrics 48:577) divide counts by it. 1 when every cluster is one row, and never less: rows of a cluster
 * that differ more than others do are chance, not knowledge. Where the spread says nothing (values all alike, one
 * cluster) a cluster is worth one row.
 */
export function designEffect(values: readonly number[], clusterKeys: ClusterKeys): number {
  if (clusterKeys === null) return 1;
  const rows = values.length;
  const centre = mean(values);
  const apart = values.map((value) => value - centre);
  const sums = clusterSums(apart, clusterKeys);
  const clusters = sums.length;
  if (clusters === rows) return 1;
  const alone = squares(apart) * (rows / (rows - 1));
  if (clusters < 2 || alone < 1e-12) return rows / clusters;
  return Math.max(1, (squares(sums) * (clusters / (clusters - 1))) / alone);
}

/**
 * Share of rows that are true, with Wilson's interval of as many rows as they are worth: counts divided by the design
 * effect (Rao and Scott 1992). Plain Wilson with one row a cluster. Null without rows.
 */
export function clusteredShare(
  rows: readonly boolean[],
  clusterKeys: ClusterKeys,
  level: number = DEFAULT_LEVEL,
): Estimate | null {
  const effect = designEffect(rows.map(Number), clusterKeys);
  const successes = rows.filter(Boolean).length;
  const found = wilson(successes / effect, rows.length / effect, level);
  return found === null ? null : { ...found, value: successes / rows.length };
}

export const squares = (values: readonly number[]): number => sum(values.map((value) => value * value));
