import type { ImportEvent } from '../../contract/datasets.ts';
import type { FilePreview } from '../../domain/import.ts';
import { removeDataset } from '../datasets/abandon-import.ts';
import { findDataset } from '../datasets/find-dataset.ts';
import { importDataset } from '../datasets/import-dataset.ts';
import { previewFile, shapeOf } from '../datasets/preview.ts';
import { Problem } from '../problem.ts';
import { withProgress } from '../progress.ts';
import { mapped, os, signalOf } from './implementer.ts';
import type { Services } from './services.ts';

export const datasetsRouter = (services: Services) => ({
  list: os.datasets.list.handler(() => services.store.call('datasets.list')),
  get: os.datasets.get.handler(({ input }) => findDataset(services.store, input.dataset)),
  rows: os.datasets.rows.handler(({ input }) => services.store.call('datasets.rows', input)),
  inspect: os.datasets.inspect.handler(({ input, signal }): Promise<FilePreview> =>
    previewFile(
      { ...input, path: pathOf(services, input.file), kind: shapeOf(input.kind) },
      (path) => services.grants.grantPath(path),
      signalOf(signal),
    ),
  ),
  import: os.datasets.import.handler(({ input, signal }) => {
    const request = { ...input, path: pathOf(services, input.file), kind: shapeOf(input.kind) };
    return mapped(importEvents(services, request, signalOf(signal)));
  }),
  importBuiltIn: os.datasets.importBuiltIn.handler(async ({ signal }) => {
    const request = { path: services.builtInDataset, name: null, kind: null, mapping: null };
    const { dataset } = await importDataset(
      services.store,
      services.owner,
      request,
      signalOf(signal),
      () => undefined,
    );
    return dataset;
  }),
  removals: os.datasets.removals.handler(() => services.store.call('datasets.removals')),
  remove: os.datasets.remove.handler(async ({ input }) => {
    await removeDataset(services.store, services.owner, input.datasetId);
    return null;
  }),
});

function pathOf(services: Services, file: string): string {
  const path = services.grants.resolve(file);
  if (path === null) throw new Problem('NOT_FOUND', 'That file is no longer there. Drop it again.');
  return path;
}

async function* importEvents(
  services: Services,
  request: Parameters<typeof importDataset>[2],
  signal: AbortSignal,
): AsyncGenerator<ImportEvent> {
  let rows = 0;
  let problems = 0;
  const work = withProgress(signal, (inner, report) =>
    importDataset(services.store, services.owner, request, inner, (progress) => {
      ({ rows, problems } = progress);
      const step = progress.step === 'hashing' ? 'Reading the file once for its hash' : 'Importing';
      report({ step, done: progress.bytesDone, total: progress.bytesTotal });
    }),
  );
  for (;;) {
    const next = await work.next();
    if (next.done === true) {
      yield { kind: 'done', ...next.value };
      return;
    }
    yield { kind: 'progress', progress: next.value, rows, problems };
  }
}
