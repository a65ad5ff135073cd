import type { DatasetInfo } from '../../domain/dataset.ts';
import type { Store } from '../../store/api.ts';
import { Problem } from '../problem.ts';

const MAX_NAMES = 8;

/** A dataset by its number, name or the beginning of its hash, as a person or a file writes it. Throws Problem NOT_FOUND. */
export async function findDataset(store: Store, dataset: string | number): Promise<DatasetInfo> {
  const named = await store.call('datasets.get', { dataset });
  if (named !== null) return named;
  const numbered = /^\d+$/.test(String(dataset))
    ? await store.call('datasets.get', { dataset: Number(dataset) })
    : null;
  if (numbered !== null) return numbered;
  const names = (await store.call('datasets.list')).map(({ name }) => name);
  const shown = names.slice(0, MAX_NAMES).join(', ');
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
  const there = names.length === 0 ? '' : ` Imported are: ${shown}${more}.`;
  throw new Problem('NOT_FOUND', `There is no dataset "${dataset}". Import its file first.${there}`);
}
