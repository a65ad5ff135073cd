import type { ModelFit } from '../../src-main/domain/fit.ts';
import type { Progress } from '../../src-main/domain/import.ts';
import { api, queryClient, workbench } from './client.ts';
import { startTask } from './tasks.ts';

export const modelsQuery = () => api.models.list.queryOptions();

/** Which models fit now, by model id. `context` in tokens per sequence; null lets the workbench choose. */
export const fitQuery = (context: number | null = null) =>
  api.models.fit.queryOptions({
    input: { modelIds: null, context },
    staleTime: 30_000,
    select: (fits: ModelFit[]) => new Map(fits.map((fit) => [fit.modelId, fit])),
  });

/** Lists and fits are asked for again, after anything that changes which models there are. */
export async function refreshModels(): Promise<void> {
  await queryClient.invalidateQueries({ queryKey: api.models.key() });
}

/** Folders are settings too. */
async function foldersChanged(): Promise<void> {
  await Promise.all([queryClient.invalidateQueries({ queryKey: api.settings.get.key() }), refreshModels()]);
}

export const addFolderMutation = () => api.models.addFolder.mutationOptions({ onSuccess: foldersChanged });

export const addFileMutation = () => api.models.addFile.mutationOptions({ onSuccess: foldersChanged });

export const removeFolderMutation = () =>
  api.models.removeFolder.mutationOptions({ onSuccess: foldersChanged });

const asIs = (progress: Progress): Progress => progress;

/** Models appear in the list as they are read; a folder of hundreds is not listed hundreds of times. */
const LIST_REFRESH_MS = 1000;
let listedAt = 0;

function refreshListSometimes(): void {
  if (Date.now() - listedAt < LIST_REFRESH_MS) return;
  listedAt = Date.now();
  void queryClient.invalidateQueries({ queryKey: api.models.list.key() });
}

export function rescanModels(): void {
  startTask({
    id: 'rescan',
    title: 'Looking for models',
    start: (signal) => workbench.models.rescan(undefined, { signal }),
    progressOf: asIs,
    onEvent: refreshListSometimes,
    onDone: () => void refreshModels(),
  });
}

/** @param uri "hf:user/repo:quant", an https address, or "default". */
export function downloadModel(uri: string, title: string): void {
  startTask({
    id: `download:${uri}`,
    title,
    start: (signal) => workbench.models.download({ uri }, { signal }),
    progressOf: asIs,
    onDone: () => void refreshModels(),
  });
}

export function hashModel(modelId: string, name: string): void {
  startTask({
    id: `hash:${modelId}`,
    title: `Hashing ${name}`,
    start: (signal) => workbench.models.hash({ modelId }, { signal }),
    progressOf: asIs,
    onDone: () => void refreshModels(),
  });
}
