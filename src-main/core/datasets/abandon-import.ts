import type { Store } from '../../store/api.ts';
import { isGone } from '../experiments/owner.ts';

/**
 * Ends an import that is not to be kept. Resolves when the dataset is out of the way; its rows go on being removed behind the caller's
 * back, in pieces between which others write. What a process that ends meanwhile leaves is removed by the next one.
 */
export async function abandonImport(store: Store, datasetId: number): Promise<void> {
  const { left } = await store.call('datasets.abandon', { datasetId });
  if (left) void removeRest(store, datasetId);
}

async function removeRest(store: Store, datasetId: number): Promise<void> {
  try {
    while ((await store.call('datasets.abandon', { datasetId })).left);
  } catch {
    // The store is being closed, or the disk is full: the next start tries again.
  }
}

/** Takes away what imports of processes that were killed left behind, so that their files can be imported again. */
export async function removeDeadImports(store: Store): Promise<void> {
  for (const { datasetId, owner } of await store.call('datasets.unfinished'))
    if (isGone(owner, Date.now())) await abandonImport(store, datasetId);
}
