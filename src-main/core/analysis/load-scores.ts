import { meaningScores } from './meaning-scores.ts';
import { relevanceScores } from './relevance-scores.ts';
import { type Score, scoresOf } from './scores.ts';
import type { AnalysisSource } from './source.ts';
import type { AnalysisTable } from './table.ts';

/** Every uncertainty score that a run's answers have. */
export async function loadScores(source: AnalysisSource, table: AnalysisTable): Promise<Score[]> {
  const { runId } = table.scope.options;
  const several = table.rows.length > table.scope.questions;
  const logprobs = await source.logprobs(runId);
  const entailments = several ? await source.entailments(runId) : [];
  return [
    ...scoresOf(table, logprobs),
    ...meaningScores(table, entailments),
    ...relevanceScores(table, logprobs, await source.relevances(runId), entailments),
  ];
}
