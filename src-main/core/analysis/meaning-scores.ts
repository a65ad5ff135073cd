import {
  clusterByMeaning,
  discreteSemanticEntropy,
  sentenceSar,
  weightedSemanticEntropy,
} from '../../domain/statistics/semantic-entropy.ts';
import type { StoredEntailment } from '../../store/api.ts';
import { pairKey } from './sample-groups.ts';
import { type Score, score, spread } from './scores.ts';
import { type AnalysisTable, known } from './table.ts';

/** From this probability on, one answer is said to imply another. */
const ENTAILS = 0.5;

/**
 * Scores from the meanings of several samples, one set for each model that compared them. A question whose pairs were not
 * all read has none: a cluster made from half of them would be a guess.
 */
export function meaningScores(table: AnalysisTable, entailments: readonly StoredEntailment[]): Score[] {
  const judges = Map.groupBy(entailments, (pair) => pair.judgeId);
  return [...judges].flatMap(([judgeId, pairs]) => {
    const p = new Map(pairs.map((pair) => [pairKey(pair.firstId, pair.secondId), pair.pEntails]));
    return scoresBy(table, p, judgeId, pairs[0]?.judgeName ?? '').filter(({ info }) => info.answers > 0);
  });
}

/** SAR as a whole, one for each model that compared the samples: each with the token-level score that is given. */
export function sarOver(
  table: AnalysisTable,
  entailments: readonly StoredEntailment[],
  tokenLevel: readonly (number | null)[],
  weighedBy: { readonly judgeId: number; readonly name: string },
): Score[] {
  const judges = Map.groupBy(entailments, (pair) => pair.judgeId);
  return [...judges].map(([judgeId, pairs]) => {
    const p = new Map(pairs.map((pair) => [pairKey(pair.firstId, pair.secondId), pair.pEntails]));
    const { similarity, complete } = samplesBy(table, p);
    return score(
      {
        key: `sar(judge:${judgeId},judge:${weighedBy.judgeId})`,
        name: `SAR, by ${pairs[0]?.judgeName ?? ''} and ${weighedBy.name}`,
        unit: 'nats',
        description:
          'Sentence-SAR with exp(−token-SAR) in place of each sample’s probability: tokens and sentences weighed by relevance (Duan et al. 2024).',
      },
      spread(table, (group) => {
        const own = group.map((row) => tokenLevel[row] ?? null).filter((value) => value !== null);
        if (own.length < group.length || !complete(group)) return null;
        return sentenceSar(
          own.map((value) => 0 - value),
          similarity(group),
        );
      }),
      null,
    );
  });
}

type Pairs = ReadonlyMap<string, number | null>;

/** What a model's pairs say of the samples of a question, by the table's rows. */
function samplesBy({ matrix, rows }: AnalysisTable, pairs: Pairs) {
  const idOf = (row: number): number => matrix.answerIds[rows[row] ?? -1] ?? -1;
  const entails = (a: number, b: number): number | null => pairs.get(pairKey(idOf(a), idOf(b))) ?? null;
  return {
    entails,
    complete: (group: readonly number[]): boolean =>
      group.every((a) => group.every((b) => a === b || entails(a, b) !== null)),
    /** The mean of both entailments; 1 of a sample with itself. */
    similarity: (group: readonly number[]): number[][] =>
      group.map((a) => group.map((b) => (a === b ? 1 : ((entails(a, b) ?? 0) + (entails(b, a) ?? 0)) / 2))),
  };
}

function scoresBy(table: AnalysisTable, pairs: Pairs, judgeId: number, name: string): Score[] {
  const { matrix, rows } = table;
  const { entails, complete, similarity } = samplesBy(table, pairs);
  const clusters = (group: readonly number[]): number[] =>
    clusterByMeaning(group.length, (i, j) => {
      const [a, b] = [group[i] ?? -1, group[j] ?? -1];
      return (entails(a, b) ?? 0) > ENTAILS && (entails(b, a) ?? 0) > ENTAILS;
    });
  const logprobs = (group: readonly number[], column: Float64Array): number[] | null => {
    const own = group.map((row) => known(column[rows[row] ?? -1])).filter((value) => value !== null);
    return own.length === group.length ? own.map((nll) => 0 - nll) : null;
  };
  const values = (of: (group: readonly number[]) => number | null): (number | null)[] =>
    spread(table, (group) => (complete(group) ? of(group) : null));
  const key = (kind: string): string => `${kind}(judge:${judgeId})`;
  return [
    score(
      {
        key: key('semantic-entropy'),
        name: `Semantic entropy, by ${name}`,
        unit: 'nats',
        description:
          'Entropy of the shares of samples in each cluster of mutual entailment (discrete; Farquhar et al. 2024, Nature 630:625).',
      },
      values((group) => discreteSemanticEntropy(clusters(group))),
      null,
    ),
    score(
      {
        key: key('semantic-entropy-weighted'),
        name: `Semantic entropy, weighted, by ${name}`,
        unit: 'nats',
        description:
          'Entropy over clusters of mutual entailment, each with the length-normalised probability of its samples (Farquhar et al. 2024).',
      },
      values((group) => {
        const own = logprobs(group, matrix.nllMean);
        return own === null ? null : weightedSemanticEntropy(clusters(group), own);
      }),
      null,
    ),
    score(
      {
        key: key('sar'),
        name: `Sentence-SAR, by ${name}`,
        unit: 'nats',
        description:
          'Samples that others resemble count as more probable; resemblance is the mean of both entailments (Duan et al. 2024).',
      },
      values((group) => {
        const own = logprobs(group, matrix.nllSum);
        return own === null ? null : sentenceSar(own, similarity(group));
      }),
      null,
    ),
  ];
}
