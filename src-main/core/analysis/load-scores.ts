import { meaningScores } from './meaning-scores.ts';
import { type Score, scoresOf } from './scores.ts';
import type { AnalysisSource } from './source.ts';
import type { AnalysisTable } from './table.ts';

/** Every uncertainty score that a run's answers have. */
export async function loadScores(source: AnalysisSource, table: AnalysisTable): Promise<Score[]> {
  const { runId } = table.scope.options;
  const several = table.rows.length > table.scope.questions;
  return [
    ...scoresOf(table, await source.logprobs(runId)),
    ...(several ? meaningScores(table, await source.entailments(runId)) : []),
  ];
}
