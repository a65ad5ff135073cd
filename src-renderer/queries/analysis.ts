import type { AnalysisInput } from '../../src-main/contract/analysis.ts';
import { api } from './client.ts';

/** Accuracy by judge, agreement, judges against people. */
export const analysisQuery = (input: AnalysisInput) => api.analysis.run.queryOptions({ input });

/** Every uncertainty score against every judge. */
export const uncertaintyQuery = (input: AnalysisInput) => api.analysis.uncertainty.queryOptions({ input });

/** One score against one judge: how it is spread over the judge's verdicts. */
export const uncertaintyDetailQuery = (input: AnalysisInput & { judge: string; score: string }) =>
  api.analysis.uncertaintyDetail.queryOptions({ input, placeholderData: (before) => before });
