import type { RunOwner } from '../../domain/run.ts';
import type { Store } from '../../store/api.ts';
import { isGone } from '../experiments/owner.ts';

/** Rows taken away in one transaction: so many that it takes about this long, whatever hangs on them. */
const PIECE_MS = 100;
const FIRST_PIECE = 1000;
const MOST_ROWS = 20_000;
/** Between two pieces another process finds the database free: one that waits for it tries anew only now and then. */
const PAUSE_MS = 20;

/**
 * Ends an import that is not to be kept. Resolves when the dataset is out of the way; its rows go on being removed behind the caller's
 * back, in pieces between which others write. What a process that ends meanwhile leaves is removed by the next one.
 */
export async function abandonImport(store: Store, datasetId: number): Promise<void> {
  const { left } = await store.call('datasets.abandon', { datasetId, limit: FIRST_PIECE });
  if (left) void removeRest(store, datasetId);
}

/**
 * Removes a dataset: out of every list when this resolves, its rows behind the caller's back as after an import that was abandoned.
 * Throws StoreError 'in-use' when runs were made of it.
 */
export async function removeDataset(store: Store, owner: RunOwner, datasetId: number): Promise<void> {
  await store.call('datasets.remove', { datasetId, owner });
  void removeRest(store, datasetId);
}

async function removeRest(store: Store, datasetId: number): Promise<void> {
  let limit = FIRST_PIECE;
  try {
    for (;;) {
      const begun = performance.now();
      const { left } = await store.call('datasets.abandon', { datasetId, limit });
      if (!left) return;
      // Time spent waiting behind other writes counts as well: the busier the store, the smaller the pieces.
      const wanted = limit * (PIECE_MS / Math.max(1, performance.now() - begun));
      limit = Math.round(Math.min(MOST_ROWS, Math.max(FIRST_PIECE / 10, Math.min(2 * limit, wanted))));
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  } catch {
    // The store is being closed, or the disk is full: the next start tries again.
  }
}

/** Takes away what processes that were killed left behind: imports, so that their files can be imported again, and removals. */
export async function removeDeadImports(store: Store): Promise<void> {
  for (const { datasetId, owner } of await store.call('datasets.unfinished'))
    if (isGone(owner, Date.now())) await abandonImport(store, datasetId);
}
