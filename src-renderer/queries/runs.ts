import type { RunSummary } from '../../src-main/domain/run.ts';
import type { LaunchInput } from '../../src-main/contract/runs.ts';
import { api, queryClient } from './client.ts';
import { refresh } from '../lib/refresh.ts';
import { alarmsQuery, combinedQuery } from './judging.ts';

const LIVE_MS = 1000;
const IDLE_MS = 8000;

const isLive = ({ status }: RunSummary): boolean =>
  status === 'queued' || status === 'running' || status === 'cancelling';

/** Newest first. Any process may start a run, so the list is looked at again: every second while one is on. */
export const runsQuery = (before: number | null = null, limit = 100) =>
  api.runs.list.queryOptions({
    input: { before, limit },
    refetchInterval: (query) => (query.state.data?.some(isLive) === true ? LIVE_MS : IDLE_MS),
  });

/** The run that is on, or the one that waits first; null when the machine is idle. */
export const activeRunQuery = () => ({
  ...runsQuery(null, 20),
  select: (runs: readonly RunSummary[]): RunSummary | null =>
    runs.find(({ status }) => status === 'running' || status === 'cancelling') ??
    runs.findLast(isLive) ??
    null,
});

export const runQuery = (runId: number) => api.runs.get.queryOptions({ input: { runId } });

/** The run as it goes on; the stream ends with the run. */
export const runLiveQuery = (runId: number) =>
  api.runs.watch.experimental_liveOptions({ input: { runId }, staleTime: Infinity });

export const runCountsQuery = (runId: number) => api.runs.counts.queryOptions({ input: { runId } });

export const runMemoryQuery = (runId: number) => api.runs.memory.queryOptions({ input: { runId } });

export const runEventsQuery = (runId: number, afterSeq = 0, limit = 1000) =>
  api.runs.events.queryOptions({ input: { runId, afterSeq, limit } });

/** What would be started: the plan is the machine's free memory now, so it is never taken from the cache. */
export const planQuery = (launch: LaunchInput) =>
  api.runs.plan.queryOptions({
    input: launch,
    staleTime: 0,
    placeholderData: (before) => before,
  });

/** Counts, alarms, events and memory of a run are read again: after its end, or when someone labelled. */
export async function refreshRunNumbers(runId: number): Promise<void> {
  const keys = [
    runCountsQuery(runId).queryKey,
    runMemoryQuery(runId).queryKey,
    runEventsQuery(runId).queryKey,
    alarmsQuery(runId).queryKey,
    combinedQuery(runId).queryKey,
    api.analysis.key(),
  ];
  await refresh(queryClient, keys);
}

export async function refreshRuns(): Promise<void> {
  await queryClient.invalidateQueries({ queryKey: api.runs.key() });
}

const refreshing = { onSuccess: () => refreshRuns() };
export const startRunMutation = () => api.runs.start.mutationOptions(refreshing);
export const cancelRunMutation = () => api.runs.cancel.mutationOptions(refreshing);
export const resumeRunMutation = () => api.runs.resume.mutationOptions(refreshing);
export const removeRunMutation = () => api.runs.remove.mutationOptions(refreshing);
export const toYamlMutation = () => api.runs.toYaml.mutationOptions();
export const fromYamlMutation = () => api.runs.fromYaml.mutationOptions();
