import { mutationOptions } from '@tanstack/react-query';
import { api, queryClient, type workbench } from './client.ts';

/** They are files, and may be written by hand. */
export const judgePromptsQuery = () => api.judging.prompts.queryOptions({ staleTime: 5000 });

/** One prompt in full, with the versions there were. */
export const judgePromptQuery = (ref: string) =>
  api.judging.prompt.queryOptions({ input: { ref }, staleTime: 5000 });

/** Fetched when it is asked for: an older version that is taken up. */
export const loadPromptMutation = () =>
  mutationOptions({ mutationFn: (ref: string) => queryClient.fetchQuery(judgePromptQuery(ref)) });

async function promptsChanged(): Promise<void> {
  await Promise.all([
    queryClient.invalidateQueries({ queryKey: api.judging.prompts.key() }),
    queryClient.invalidateQueries({ queryKey: api.judging.prompt.key() }),
  ]);
}

export const savePromptMutation = () =>
  api.judging.savePrompt.mutationOptions({
    onSuccess: async (saved) => {
      await promptsChanged();
      queryClient.setQueryData(judgePromptQuery(saved.prompt.id).queryKey, saved);
    },
  });

export const removePromptMutation = () =>
  api.judging.removePrompt.mutationOptions({ onSuccess: promptsChanged });

/** A rendered prompt as a model reads it. The reading before stays while what is typed is read. */
export const readPromptQuery = (input: Parameters<typeof workbench.judging.readPrompt>[0]) =>
  api.judging.readPrompt.queryOptions({
    input,
    staleTime: Infinity,
    gcTime: 60_000,
    placeholderData: (before) => before,
  });

/** What the run's judges say together; null where its experiment does not put them together. */
export const combinedQuery = (runId: number) => api.judging.combined.queryOptions({ input: { runId } });

/** The same on one answer. */
export const combinedAnswerQuery = (runId: number, position: number) =>
  api.judging.combinedAnswer.queryOptions({ input: { runId, position } });

/** What makes a run's numbers doubtful, worst first. */
export const alarmsQuery = (runId: number) => api.judging.alarms.queryOptions({ input: { runId } });
