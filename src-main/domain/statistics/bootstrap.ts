import { mean, quantile, sameLength, variance } from './checks.ts';
import type { Estimate } from './interval.ts';
import { DEFAULT_LEVEL } from './interval.ts';
import { createRandom } from './random.ts';

export interface BootstrapOptions {
  /** Stored with the result: the same seed gives the same interval. */
  readonly seed: number;
  /** 1,000 to 10,000; 2,000 when not given. */
  readonly resamples?: number;
  readonly level?: number;
}

export interface BootstrapEstimate extends Estimate {
  readonly standardError: number;
  readonly seed: number;
  readonly resamples: number;
  readonly clusters: number;
}

const DEFAULT_RESAMPLES = 2000;

/** Row indices of each cluster, in order of first appearance. */
function clustersOf(keys: readonly (string | number)[]): number[][] {
  const byKey = new Map<string | number, number[]>();
  keys.forEach((key, row) => {
    const rows = byKey.get(key);
    if (rows === undefined) byKey.set(key, [row]);
    else rows.push(row);
  });
  return [...byKey.values()];
}

/** Rows drawn between two steps: some milliseconds. */
const STEP = 200_000;

/** Runs a computation in steps to its end. */
function finished<R>(steps: Generator<undefined, R>): R {
  for (;;) {
    const next = steps.next();
    if (next.done === true) return next.value;
  }
}

/**
 * Percentile bootstrap (Efron 1979) that draws whole clusters with replacement: answers to one question
 * hang together, and drawing single rows would make intervals too narrow. `clusterKeys` holds each row's
 * question; `statistic` gets row indices (repeated as drawn) and returns null where it is undefined, as
 * AUROC is when all rows are of one class; such draws are left out. Null when the statistic of all rows is
 * undefined, or of more than half of the draws, or when all draws are alike (one cluster, or clusters that do not
 * differ): an interval without width would promise what such rows cannot.
 */
export function clusterBootstrap(
  clusterKeys: readonly (string | number)[],
  statistic: (rows: readonly number[]) => number | null,
  options: BootstrapOptions,
): BootstrapEstimate | null {
  return finished(clusterBootstrapSteps(clusterKeys, statistic, options));
}

/** The same in steps of some milliseconds, for callers that have other work to let through in between. */
export function* clusterBootstrapSteps(
  clusterKeys: readonly (string | number)[],
  statistic: (rows: readonly number[]) => number | null,
  { seed, resamples = DEFAULT_RESAMPLES, level = DEFAULT_LEVEL }: BootstrapOptions,
): Generator<undefined, BootstrapEstimate | null> {
  const value = statistic(clusterKeys.map((_, row) => row));
  if (value === null || !Number.isFinite(value)) return null;
  const clusters = clustersOf(clusterKeys);
  const random = createRandom(seed);
  const draws: number[] = [];
  let sinceStep = 0;
  for (let b = 0; b < resamples; b += 1) {
    const rows: number[] = [];
    for (let i = 0; i < clusters.length; i += 1) {
      for (const row of clusters[random.int(clusters.length)] ?? []) rows.push(row);
    }
    const drawn = statistic(rows);
    if (drawn !== null && Number.isFinite(drawn)) draws.push(drawn);
    sinceStep += rows.length;
    if (sinceStep < STEP) continue;
    sinceStep = 0;
    yield undefined;
  }
  return summary(value, draws, { seed, resamples, level }, clusters.length);
}

function summary(
  value: number,
  draws: number[],
  options: Required<BootstrapOptions>,
  clusters: number,
): BootstrapEstimate | null {
  if (draws.length * 2 < options.resamples) return null;
  draws.sort((a, b) => a - b);
  if ((draws.at(-1) ?? 0) - (draws[0] ?? 0) < 1e-12) return null;
  const tail = (1 - options.level) / 2;
  return {
    value,
    low: quantile(draws, tail),
    high: quantile(draws, 1 - tail),
    level: options.level,
    standardError: Math.sqrt(variance(draws)),
    seed: options.seed,
    resamples: options.resamples,
    clusters,
  };
}

/**
 * Cluster bootstrap of a mean over rows (accuracy: 0 and 1). Works on sums per cluster, so it costs
 * clusters × resamples, not rows × resamples. Null without rows, or when all clusters have the same mean.
 */
export function bootstrapMean(
  values: readonly number[],
  clusterKeys: readonly (string | number)[],
  options: BootstrapOptions,
): BootstrapEstimate | null {
  return finished(bootstrapMeanSteps(values, clusterKeys, options));
}

/** The same in steps of some milliseconds, for callers that have other work to let through in between. */
export function* bootstrapMeanSteps(
  values: readonly number[],
  clusterKeys: readonly (string | number)[],
  { seed, resamples = DEFAULT_RESAMPLES, level = DEFAULT_LEVEL }: BootstrapOptions,
): Generator<undefined, BootstrapEstimate | null> {
  sameLength(values, clusterKeys, 'Values and their clusters');
  if (values.length === 0) return null;
  const clusters = clustersOf(clusterKeys);
  const sums = Float64Array.from(clusters, (rows) =>
    rows.reduce((total, row) => total + (values[row] ?? 0), 0),
  );
  const sizes = Float64Array.from(clusters, (rows) => rows.length);
  const random = createRandom(seed);
  const draws: number[] = [];
  let sinceStep = 0;
  for (let b = 0; b < resamples; b += 1) {
    let total = 0;
    let count = 0;
    for (let i = 0; i < sums.length; i += 1) {
      const cluster = random.int(sums.length);
      total += sums[cluster] ?? 0;
      count += sizes[cluster] ?? 0;
    }
    draws.push(total / count);
    sinceStep += sums.length;
    if (sinceStep < STEP) continue;
    sinceStep = 0;
    yield undefined;
  }
  return summary(mean(values), draws, { seed, resamples, level }, clusters.length);
}
