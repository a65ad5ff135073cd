import type { TokenLogprobs } from '../../domain/analysis/matrix.ts';
import { relevanceWeightedNll, tokenSar } from '../../domain/statistics/uncertainty.ts';
import type { StoredEntailment, StoredRelevance } from '../../store/api.ts';
import { sarOver } from './meaning-scores.ts';
import { type Score, score } from './scores.ts';
import type { AnalysisTable } from './table.ts';

/**
 * Scores from how much each token matters, one set for each model that weighed them. An answer with a word that could not be
 * read has none. With several samples and a model that compared them, SAR as a whole: sentences weighed by likeness, each with
 * its tokens weighed by relevance.
 */
export function relevanceScores(
  table: AnalysisTable,
  logprobs: TokenLogprobs,
  relevances: readonly StoredRelevance[],
  entailments: readonly StoredEntailment[],
): Score[] {
  const judges = Map.groupBy(relevances, ({ judgeId }) => judgeId);
  return [...judges].flatMap(([judgeId, own]) => {
    const name = own[0]?.judgeName ?? '';
    const known = new Map(own.map((entry) => [entry.answerId, entry.relevances]));
    const per = (of: typeof tokenSar): (number | null)[] =>
      table.rows.map((row) => {
        const weights = known.get(table.matrix.answerIds[row] ?? -1);
        const values = logprobs.values.subarray(logprobs.offsets[row] ?? 0, logprobs.offsets[row + 1] ?? 0);
        if (weights === undefined || values.length === 0 || weights.length !== values.length) return null;
        return weights.some(Number.isNaN) ? null : of(values, weights);
      });
    const tokenLevel = per(tokenSar);
    return [
      score(
        {
          key: `rw-g-nll(judge:${judgeId})`,
          name: `Relevance-weighted G-NLL, by ${name}`,
          unit: 'nats',
          description:
            '−Σ r·ln p over the answer’s tokens, r = 1 − P(the answer says the same without that word) by a local model.',
        },
        per(relevanceWeightedNll),
        null,
      ),
      score(
        {
          key: `token-sar(judge:${judgeId})`,
          name: `Token-SAR, by ${name}`,
          unit: 'nats a token',
          description:
            '−Σ r̃·ln p with relevances that add up to 1 within the answer (Duan et al. 2024); −mean ln p where no word matters.',
        },
        tokenLevel,
        null,
      ),
      ...sarOver(table, entailments, tokenLevel, { judgeId, name }),
    ].filter(({ info }) => info.answers > 0);
  });
}
