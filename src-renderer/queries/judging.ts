import { api } from './client.ts';

export const judgePromptsQuery = () => api.judging.prompts.queryOptions({ staleTime: Infinity });

/** What makes a run's numbers doubtful, worst first. */
export const alarmsQuery = (runId: number) => api.judging.alarms.queryOptions({ input: { runId } });
