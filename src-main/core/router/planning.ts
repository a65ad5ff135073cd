import { os, signalOf } from './implementer.ts';
import type { Services } from './services.ts';

export const planningRouter = ({ planning }: Services) => ({
  tables: os.planning.tables.handler(({ signal }) => planning.tables(signalOf(signal))),
  models: os.planning.models.handler(({ input, signal }) => planning.models(input.choices, signalOf(signal))),
  files: os.planning.files.handler(({ input, signal }) => planning.files(input.choice, signalOf(signal))),
  counts: os.planning.counts.handler(({ input, signal }) =>
    planning.counts(input.experiment, signalOf(signal)),
  ),
  experiment: os.planning.experiment.handler(({ input, signal }) =>
    planning.experiment(input, signalOf(signal)),
  ),
  matrix: os.planning.matrix.handler(({ input, signal }) => planning.matrix(input, signalOf(signal))),
  guide: os.planning.guide.handler(({ input, signal }) => planning.guide(input, signalOf(signal))),
  ledger: os.planning.ledger.handler(({ input }) => planning.ledger(input)),
  setPrices: os.planning.setPrices.handler(({ input, signal }) =>
    planning.setPrices(input.prices, signalOf(signal)),
  ),
});
