import { mean, sameLength, sum } from './checks.ts';

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
export function designEffect(values: readonly number[], clusterKeys: readonly (string | number)[]): number {
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

export const squares = (values: readonly number[]): number => sum(values.map((value) => value * value));
