import { beginLabelling } from '../analysis/labelling.ts';
import { os } from './implementer.ts';
import type { Services } from './services.ts';

export const labellingRouter = ({
  store,
  settings,
}: {
  readonly store: Services['store'];
  readonly settings: Pick<Services['settings'], 'get'>;
}) => ({
  begin: os.labelling.begin.handler(({ input }) =>
    beginLabelling(store, { ...input, author: input.author ?? settings.get().author }),
  ),
  queues: os.labelling.queues.handler(({ input }) => store.call('labels.queues', input)),
  state: os.labelling.state.handler(({ input }) => store.call('labels.state', input)),
  put: os.labelling.put.handler(({ input }) => store.call('labels.put', input)),
  undo: os.labelling.undo.handler(({ input }) => store.call('labels.undo', input)),
});
