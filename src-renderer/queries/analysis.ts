import type { AnalysisInput, MeaningsEvent } from '../../src-main/contract/analysis.ts';
import { refresh } from '../lib/refresh.ts';
import { saveFile } from '../transport/files.ts';
import { api, queryClient, workbench } from './client.ts';
import { startTask } from './tasks.ts';

export type CompareInput = Parameters<typeof workbench.analysis.compare>[0];

/** Accuracy by judge, agreement, judges against people. */
export const analysisQuery = (input: AnalysisInput) =>
  api.analysis.run.queryOptions({ input, placeholderData: (before) => before });

/** Accuracy by judge and by the groups of a column. */
export const breakdownQuery = (input: AnalysisInput & { column: string }) =>
  api.analysis.breakdown.queryOptions({ input, placeholderData: (before) => before });

/** Accuracy by one judge corrected by labels; `margin` asks how many labels reach ± that. */
export const correctedQuery = (input: AnalysisInput & { judge: string; margin: number | null }) =>
  api.analysis.corrected.queryOptions({ input, placeholderData: (before) => before });

/** Every uncertainty score against every judge. */
export const uncertaintyQuery = (input: AnalysisInput) => api.analysis.uncertainty.queryOptions({ input });

/** One score against one judge: how it is spread over the judge's verdicts. */
export const uncertaintyDetailQuery = (input: AnalysisInput & { judge: string; score: string }) =>
  api.analysis.uncertaintyDetail.queryOptions({ input, placeholderData: (before) => before });

/** NLL along the answer, and how early it tells. */
export const tokensQuery = (input: AnalysisInput & { judge: string }) =>
  api.analysis.tokens.queryOptions({ input, placeholderData: (before) => before });

/** Every judge against the people who labelled. */
export const cardQuery = (input: AnalysisInput) => api.analysis.card.queryOptions({ input });

/** The card as a file, then given to the user. */
export const cardFileMutation = () =>
  api.analysis.cardFile.mutationOptions({ onSuccess: ({ file, name }) => saveFile(file, name) });

/** Accuracy corrected by a judge's errors on another run that people labelled. */
export const transferredQuery = (input: AnalysisInput & { judge: string; calibration: { runId: number } }) =>
  api.analysis.transferred.queryOptions({ input, placeholderData: (before) => before });

export const askTaskId = (what: 'meanings' | 'relevance', runId: number): string => `ask:${what}:${runId}`;

/** Asks a model about a run's answers, in the background of the page; the scores it makes possible follow. */
export function askModel(
  what: 'meanings' | 'relevance',
  input: { readonly runId: number; readonly model: string },
  title: string,
): void {
  startTask<MeaningsEvent>({
    id: askTaskId(what, input.runId),
    title,
    start: (signal) => workbench.analysis[what](input, { signal }),
    progressOf: (event) => (event.kind === 'progress' ? event.progress : null),
    onDone: () => void refresh(queryClient, [api.analysis.key()]),
  });
}

/** Sides on the same questions, each pair. */
export const compareQuery = (input: CompareInput) =>
  api.analysis.compare.queryOptions({ input, placeholderData: (before) => before });

/** Writes report.html, then gives it to the user. */
export const reportMutation = () =>
  api.analysis.report.mutationOptions({ onSuccess: ({ file, name }) => saveFile(file, name) });

/** Judges by rules that need no model. */
export const rulesMutation = () => api.analysis.rules.mutationOptions({ onSuccess: verdictsChanged });

/** Answers that came with a dataset, as a run. */
export const storedMutation = () =>
  api.analysis.stored.mutationOptions({
    onSuccess: () => refresh(queryClient, [api.runs.list.key()]),
  });

/** After new verdicts or labels: everything that counts them. */
export async function verdictsChanged(): Promise<void> {
  await refresh(queryClient, [
    api.answers.key(),
    api.runs.counts.key(),
    api.judging.alarms.key(),
    api.analysis.key(),
  ]);
}
