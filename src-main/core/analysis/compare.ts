import type { Comparison, PairComparison } from '../../domain/analysis/comparison.ts';
import { bootstrapMeanSteps } from '../../domain/statistics/bootstrap.ts';
import { clusterSums, designEffect } from '../../domain/statistics/clusters.ts';
import { holm, mcnemar, pairedCounts, pairedDifference } from '../../domain/statistics/paired.ts';
import { questionsNeeded, smallestDetectableDifference } from '../../domain/statistics/power.ts';
import type { Store } from '../../store/api.ts';
import { inSteps } from './breathe.ts';
import { fewPairsNotes } from './few-pairs.ts';
import { flippedItems } from './flipped.ts';
import { type AnalysisSource, resamplesFor } from './source.ts';
import { type CompareRequest, sharedRows, type Side, sidesOf } from './sides.ts';

/**
 * Runs, or judges of a run, on the same questions, every pair of them. Throws Problem REFUSED when sides are of different
 * datasets or share no judge, NOT_FOUND for a run or judge that is not there.
 */
export async function compareSides(
  source: AnalysisSource,
  store: Store,
  request: CompareRequest,
): Promise<Comparison> {
  const sides = await sidesOf(source, request);
  const pairs: Omit<PairComparison, 'pHolm'>[] = [];
  for (const [first, a] of sides.entries()) {
    for (const [offset, b] of sides.slice(first + 1).entries()) {
      pairs.push(await comparePair(a, b, first, first + 1 + offset, request));
    }
  }
  const adjusted = holm(pairs.map((pair) => pair.mcnemar.pExact));
  const [one, other] = sides;
  const flipped =
    one === undefined || other === undefined
      ? { items: [], total: 0 }
      : await flippedItems(store, one, other, request.limit);
  return {
    at: Date.now(),
    level: request.level,
    seed: request.seed,
    sides: sides.map((side) => side.view),
    pairs: pairs.map((pair, i) => ({ ...pair, pHolm: adjusted[i] ?? 1 })),
    flipped: flipped.items,
    flippedTotal: flipped.total,
    notes: notesOf(sides, pairs, request.level),
  };
}

const POWER = 0.8;

async function comparePair(
  a: Side,
  b: Side,
  first: number,
  second: number,
  { level, seed, resamples }: CompareRequest,
): Promise<Omit<PairComparison, 'pHolm'>> {
  const shared = sharedRows(a, b);
  const both = shared.filter(
    (pair) => (a.scored[pair.first] ?? null) !== null && (b.scored[pair.second] ?? null) !== null,
  );
  const counts = pairedCounts(
    both.map((pair) => a.scored[pair.first] ?? null),
    both.map((pair) => b.scored[pair.second] ?? null),
  );
  const clusters = both.map((pair) => a.table.questions[pair.first] ?? 0);
  const differences = both.map(
    (pair) => Number(a.scored[pair.first] ?? false) - Number(b.scored[pair.second] ?? false),
  );
  const flips = counts.onlyFirst + counts.onlySecond;
  const discordance = both.length === 0 ? null : flips / both.length;
  const effect = designEffect(differences, clusters);
  const sums = clusterSums(differences, clusters);
  const options = { alpha: 1 - level, power: POWER };
  const difference = pairedDifference(counts, level, effect);
  const seen = difference === null ? 0 : Math.abs(difference.value);
  return {
    first,
    second,
    pairs: both.length,
    questions: sums.length,
    decided: sums.filter((sum) => sum !== 0).length,
    designEffect: effect,
    unscored: shared.length - both.length,
    onlyInFirst: a.byKey.size - shared.length,
    onlyInSecond: b.byKey.size - shared.length,
    counts,
    difference,
    bootstrap: await inSteps(
      bootstrapMeanSteps(differences, clusters, {
        seed,
        level,
        resamples: resamplesFor(sums.length, resamples),
      }),
    ),
    mcnemar: mcnemar(differences, clusters),
    discordance,
    smallestDetectable:
      discordance === null || flips === 0
        ? null
        : smallestDetectableDifference(both.length / effect, { ...options, discordance }),
    pairsForObserved:
      discordance === null || seen === 0
        ? null
        : Math.ceil(effect * questionsNeeded(seen, { ...options, discordance })),
  };
}

function notesOf(
  sides: readonly Side[],
  pairs: readonly Omit<PairComparison, 'pHolm'>[],
  level: number,
): string[] {
  const notes: string[] = [];
  if (pairs.length > 1) {
    notes.push(`${pairs.length} pairs are compared at once: read Holm’s adjusted p, not the single ones.`);
  }
  if (pairs.some((pair) => pair.pairs === 0)) {
    notes.push(
      'Some sides have no question that both scored: there is nothing to compare. Answers of several systems are told apart by system; to compare one of them, name it (system=…).',
    );
  }
  notes.push(...fewPairsNotes(pairs, level));
  if (pairs.some((pair) => pair.unscored > 0)) {
    notes.push('Answers that a judge did not score on both sides are left out; their counts are given.');
  }
  if (pairs.some((pair) => pair.questions < pair.pairs)) {
    notes.push(
      'Several answers to a question hang together: p, intervals and power take whole questions, and pairs for what they are worth beside independent ones.',
    );
  }
  const judges = new Set(sides.map(({ series }) => series.ref.key));
  const runs = new Set(
    sides.map(({ table }) => `${table.run.id} ${JSON.stringify(table.scope.options.where)}`),
  );
  if (judges.size > 1 && runs.size > 1) {
    notes.push('The sides differ in answers and in judge: the difference cannot be laid to one of them.');
  }
  return notes;
}
