import type { ExperimentInput } from '../../src-main/contract/experiment.ts';
import { api, queryClient } from './client.ts';

/** Asked again until the engine has said which cards it can use. */
const PENDING_MS = 700;
const whilePending = ({
  state,
}: {
  readonly state: { readonly data?: { readonly pending?: boolean } | undefined };
}): number | false => (state.data?.pending === true ? PENDING_MS : false);

/** Cards, prices and what this machine has taught the planner; they change with an edit or a run. */
export const plannerTablesQuery = () =>
  api.planning.tables.queryOptions({ staleTime: 60_000, refetchInterval: whilePending });

/** Headers of models: files, addresses, names of the catalogue. */
export const plannerModelsQuery = (choices: readonly string[]) =>
  api.planning.models.queryOptions({
    input: { choices: [...choices] },
    staleTime: Infinity,
    enabled: choices.length > 0,
    placeholderData: (before) => before,
  });

/** Other quantizations of a model at hand. */
export const plannerFilesQuery = (choice: string) =>
  api.planning.files.queryOptions({ input: { choice }, staleTime: 60_000 });

/** Tokens of the dataset's real prompts for each model of an experiment; null while nothing can be counted. */
export const promptCountsQuery = (experiment: ExperimentInput | null) =>
  api.planning.counts.queryOptions({
    input: { experiment: experiment ?? { dataset: '-', judges: ['-'] } },
    enabled: experiment !== null,
    staleTime: Infinity,
  });

/** The machine at one moment: plans on it must not change while they are read. */
export const machineReadQuery = () =>
  api.hardware.read.queryOptions({ staleTime: 30_000, refetchInterval: whilePending });

export interface MatrixQuestion {
  readonly models: readonly string[];
  readonly boxes: readonly (string | null)[];
  readonly recipes: readonly string[];
  readonly context: number | null;
}

export const matrixQuery = ({ models, boxes, recipes, context }: MatrixQuestion) =>
  api.planning.matrix.queryOptions({
    input: { models: [...models], boxes: [...boxes], recipes: [...recipes], context },
    enabled: models.length > 0 && boxes.length > 0,
    placeholderData: (before) => before,
  });

export const guideQuery = (models: readonly string[] | null, dataset: string | null) =>
  api.planning.guide.queryOptions({
    input: { models: models === null ? null : [...models], dataset },
    staleTime: 60_000,
    placeholderData: (before) => before,
  });

const LEDGER_PAGE = 200;
export const ledgerQuery = () =>
  api.planning.ledger.queryOptions({ input: { before: null, limit: LEDGER_PAGE } });

export const setPricesMutation = () =>
  api.planning.setPrices.mutationOptions({
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: api.planning.key() });
    },
  });
