import type { LabelState } from '../../src-main/domain/analysis/labelling.ts';
import { verdictsChanged } from './analysis.ts';
import { api, queryClient } from './client.ts';

/** The queues of a run, of every person. */
export const labelQueuesQuery = (runId: number) => api.labelling.queues.queryOptions({ input: { runId } });

/** Where a queue stands: read once, then kept by what labelling answers. */
export const labelStateQuery = (queueId: number) =>
  api.labelling.state.queryOptions({ input: { queueId }, staleTime: Infinity });

const remember = (state: LabelState): void => {
  queryClient.setQueryData(labelStateQuery(state.queue.queueId).queryKey, state);
};

const changed = (state: LabelState): void => {
  remember(state);
  // Not waited for: the next answer is there, the numbers may follow.
  void verdictsChanged();
};

export const beginLabellingMutation = () =>
  api.labelling.begin.mutationOptions({
    onSuccess: async (state) => {
      remember(state);
      await queryClient.invalidateQueries({ queryKey: api.labelling.queues.key() });
    },
  });

export const putLabelMutation = () => api.labelling.put.mutationOptions({ onSuccess: changed });

export const undoLabelMutation = () => api.labelling.undo.mutationOptions({ onSuccess: changed });
