import { infiniteQueryOptions } from '@tanstack/react-query';
import type { ImportEvent } from '../../src-main/contract/datasets.ts';
import type { ColumnMapping, DatasetInfo } from '../../src-main/domain/dataset.ts';
import { refresh } from '../lib/refresh.ts';
import { api, queryClient, workbench } from './client.ts';
import { startTask } from './tasks.ts';

export const datasetsQuery = () => api.datasets.list.queryOptions();

export const datasetQuery = (dataset: number | string) =>
  api.datasets.get.queryOptions({ input: { dataset } });

/** What is being removed, read again every second while anything is. */
export const removalsQuery = () =>
  api.datasets.removals.queryOptions({
    refetchInterval: (query) => ((query.state.data ?? []).length > 0 ? 1000 : false),
  });

const ROWS_PAGE = 200;

/** Rows of a dataset, page after page by position. */
export const datasetRowsQuery = (datasetId: number, text: string | null) =>
  infiniteQueryOptions({
    queryKey: api.datasets.rows.key({ type: 'infinite', input: { datasetId, text } }),
    queryFn: ({ pageParam, signal }) =>
      workbench.datasets.rows({ datasetId, after: pageParam, limit: ROWS_PAGE, text }, { signal }),
    initialPageParam: null as number | null,
    getNextPageParam: (last) => (last.length < ROWS_PAGE ? undefined : (last.at(-1)?.position ?? undefined)),
  });

/** One row of a dataset by its position. */
export const datasetRowQuery = (datasetId: number, position: number) =>
  api.datasets.rows.queryOptions({
    input: { datasetId, after: position === 0 ? null : position - 1, limit: 1, text: null },
    staleTime: Infinity,
    placeholderData: (before) => before,
  });

export interface InspectInput {
  readonly file: string;
  readonly kind: string | null;
  readonly mapping: ColumnMapping | null;
  /** lm-eval: whose rows are read; left out takes the file's first. */
  readonly filter?: string;
  readonly filteredAnswers?: boolean;
}

/** What a file would be imported as. The old preview stays while a changed mapping is tried. */
export const previewQuery = (input: InspectInput) =>
  api.datasets.inspect.queryOptions({
    input,
    staleTime: Infinity,
    gcTime: 5 * 60_000,
    placeholderData: (before) => (before?.file === input.file ? before : undefined),
  });

async function refreshDatasets(): Promise<void> {
  await refresh(queryClient, [api.datasets.key()]);
}

export const importTaskId = (file: string): string => `import:${file}`;

export interface ImportInput extends InspectInput {
  readonly name: string | null;
}

/** Imports in the background of the page; `onDone` gets the dataset and whether it was there before. */
export function importDataset(
  input: ImportInput,
  title: string,
  hooks: {
    onProgress: (event: Extract<ImportEvent, { kind: 'progress' }>) => void;
    onDone: (dataset: DatasetInfo, existed: boolean) => void;
    /** However it ended. */
    onEnded?: () => void;
  },
): void {
  startTask<ImportEvent>({
    id: importTaskId(input.file),
    title,
    start: (signal) => workbench.datasets.import(input, { signal }),
    progressOf: (event) => (event.kind === 'progress' ? event.progress : null),
    onEvent: (event) => {
      if (event.kind === 'progress') hooks.onProgress(event);
      else hooks.onDone(event.dataset, event.existed);
    },
    onDone: () => void refreshDatasets(),
    ...(hooks.onEnded === undefined ? {} : { onEnded: hooks.onEnded }),
  });
}

export const importBuiltInMutation = () =>
  api.datasets.importBuiltIn.mutationOptions({ onSuccess: () => refreshDatasets() });

export const removeDatasetMutation = () =>
  api.datasets.remove.mutationOptions({ onSuccess: () => refreshDatasets() });
