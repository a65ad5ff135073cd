import type { DatasetInfo } from '../../domain/dataset.ts';
import type { Store } from '../../store/api.ts';
import { Problem } from '../problem.ts';

/** A dataset by its number, name or the beginning of its hash, as a person or a file writes it. Throws Problem NOT_FOUND. */
export async function findDataset(store: Store, dataset: string | number): Promise<DatasetInfo> {
  const named = await store.call('datasets.get', { dataset });
  if (named !== null) return named;
  const numbered = /^\d+$/.test(String(dataset))
    ? await store.call('datasets.get', { dataset: Number(dataset) })
    : null;
  if (numbered !== null) return numbered;
  throw new Problem('NOT_FOUND', `There is no dataset "${dataset}". Import its file first.`);
}
