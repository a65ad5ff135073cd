import { mean, sameLength, sum } from './checks.ts';

/** ln Σ exp(x), without overflow; −Infinity when empty. */
function logSumExp(values: readonly number[]): number {
  const highest = values.reduce((most, value) => Math.max(most, value), -Infinity);
  return Number.isFinite(highest)
    ? highest + Math.log(sum(values.map((value) => Math.exp(value - highest))))
    : highest;
}

/** −Σ p ln p of weights that need not add up to 1; 0 when all weight is on one. Nats. */
function entropyOf(weights: readonly number[]): number {
  const total = sum(weights);
  // "0 −": a sum of zeros must not come out as −0.
  return 0 - sum(weights.map((weight) => (weight > 0 ? (weight / total) * Math.log(weight / total) : 0)));
}

/**
 * Monte-Carlo predictive entropy over samples of one question: −mean of their sequence log-probabilities
 * (Kadavath et al. 2022; Malinin and Gales 2021 when each is divided by its length first). Nats; null
 * without samples.
 */
export function predictiveEntropy(sequenceLogprobs: readonly number[]): number | null {
  return sequenceLogprobs.length === 0 ? null : 0 - mean(sequenceLogprobs);
}

/**
 * Discrete semantic entropy (Farquhar et al. 2024, Nature 630:625): entropy of the shares of samples in
 * each meaning. `clusters` holds each sample's cluster id. Nats, from 0 to ln(samples); null without
 * samples.
 */
export function discreteSemanticEntropy(clusters: readonly (string | number)[]): number | null {
  if (clusters.length === 0) return null;
  const counts = new Map<string | number, number>();
  for (const cluster of clusters) counts.set(cluster, (counts.get(cluster) ?? 0) + 1);
  return entropyOf([...counts.values()]);
}

/**
 * Weighted semantic entropy: each meaning has the probability of its samples, normalised over the samples
 * drawn, and the entropy is taken over meanings (the "Rao" estimator of the published code).
 * `sequenceLogprobs` are ln p of the samples, commonly divided by their lengths. Nats; null without
 * samples.
 */
export function weightedSemanticEntropy(
  clusters: readonly (string | number)[],
  sequenceLogprobs: readonly number[],
): number | null {
  sameLength(clusters, sequenceLogprobs, 'Clusters and log-probabilities');
  if (clusters.length === 0) return null;
  const byCluster = new Map<string | number, number[]>();
  clusters.forEach((cluster, i) => {
    const value = sequenceLogprobs[i] ?? -Infinity;
    const values = byCluster.get(cluster);
    if (values === undefined) byCluster.set(cluster, [value]);
    else values.push(value);
  });
  const total = logSumExp(sequenceLogprobs);
  return entropyOf([...byCluster.values()].map((values) => Math.exp(logSumExp(values) - total)));
}

/**
 * Sentence-level SAR (Duan et al. 2024): −mean ln(p + (1/t)·Σ similarity·p of the others).
 * `similarity[i][j]` in [0, 1] between samples; `temperature` t is 0.001 in the paper. Nats; null without
 * samples.
 */
export function sentenceSar(
  sequenceLogprobs: readonly number[],
  similarity: readonly (readonly number[])[],
  temperature = 0.001,
): number | null {
  sameLength(sequenceLogprobs, similarity, 'Samples and their similarities');
  if (sequenceLogprobs.length === 0) return null;
  const shifted = sequenceLogprobs.map((own, i) =>
    logSumExp([
      own,
      ...sequenceLogprobs.flatMap((other, j) => {
        const alike = similarity[i]?.[j] ?? 0;
        return j === i || alike <= 0 ? [] : [other + Math.log(alike / temperature)];
      }),
    ]),
  );
  return 0 - mean(shifted);
}

/**
 * Cluster ids (from 0, in order of appearance) of samples by meaning: each sample joins the first cluster
 * whose first member it means the same as, the greedy rule of the published code. `same` is asked at most
 * n·(n − 1)/2 times; mutual entailment is its business.
 */
export function clusterByMeaning(
  samples: number,
  same: (first: number, second: number) => boolean,
): number[] {
  const leaders: number[] = [];
  return Array.from({ length: samples }, (_, i) => {
    const found = leaders.findIndex((leader) => same(leader, i));
    if (found >= 0) return found;
    leaders.push(i);
    return leaders.length - 1;
  });
}
