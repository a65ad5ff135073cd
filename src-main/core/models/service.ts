import { basename } from 'node:path';
import type { ModelList } from '../../contract/models.ts';
import type { Progress } from '../../domain/import.ts';
import type { GgufHeader, ModelFile } from '../../domain/model.ts';
import { Problem } from '../problem.ts';
import { withProgress } from '../progress.ts';
import type { ModelLibrary } from './library.ts';

export interface ModelsServiceDeps {
  readonly library: ModelLibrary;
  /** Fetches a model into Assize's own folder and says where it lies. */
  readonly fetchModel: (
    uri: string,
    signal: AbortSignal,
    report: (progress: Omit<Progress, 'etaSeconds'>) => void,
  ) => Promise<string>;
  /** Ends background hashing when the workbench closes. */
  readonly closing: AbortSignal;
}

/** The models room for router and runs: the library with sentences for errors and streams for progress. */
export function createModelsService({ library, fetchModel, closing }: ModelsServiceDeps) {
  let scanned: Promise<void> | null = null;

  const scanOnce = (): Promise<void> => {
    scanned ??= drain(library.rescan(closing)).then(startHashing);
    return scanned;
  };
  const startHashing = (): void => {
    library.hashInBackground(closing).catch(() => undefined);
  };
  const resolve = async (choice: string): Promise<ModelFile> => {
    await scanOnce();
    const found = await library.resolve(choice, closing);
    if (!found.ok) throw new Problem('NOT_FOUND', found.reason);
    return found.model;
  };
  return {
    /** Looks for models once per process, at the first need; the list grows meanwhile. */
    scanOnce,
    resolve,
    list(): ModelList {
      return {
        models: library.list(),
        folders: library.places().map(({ path, source, found, note }) => ({ path, source, found, note })),
        scannedAt: library.scannedAt(),
      };
    },
    async *rescan(signal: AbortSignal): AsyncGenerator<Progress> {
      for await (const { phase, found, read } of library.rescan(AbortSignal.any([signal, closing]))) {
        const step = phase === 'looking' ? 'Looking for models' : 'Reading model files';
        yield { step, done: read, total: found, etaSeconds: null };
      }
      scanned = Promise.resolve();
      startHashing();
    },
    async addFile(path: string, signal: AbortSignal): Promise<ModelFile> {
      const model = await library.add(path, signal);
      if (model === null)
        throw new Problem('NOT_FOUND', `${basename(path)} is no model file, or not there any more.`);
      if (model.problem !== null)
        throw new Problem('REFUSED', `${model.name} cannot be used: ${model.problem}`);
      startHashing();
      return model;
    },
    async *hash(modelId: string, signal: AbortSignal): AsyncGenerator<Progress> {
      if (library.get(modelId) === null)
        throw new Problem('NOT_FOUND', 'That model is not in the list any more.');
      yield* withProgress(signal, (inner, report) =>
        library.hash(modelId, inner, ({ bytesDone, bytesTotal }) =>
          report({ step: 'Hashing', done: bytesDone, total: bytesTotal }),
        ),
      );
    },
    async *download(uri: string, signal: AbortSignal): AsyncGenerator<Progress> {
      const path = yield* withProgress(signal, (inner, report) => fetchModel(uri, inner, report));
      const model = await library.add(path, signal);
      if (model === null)
        throw new Problem('STORAGE', `${basename(path)} was fetched but is not there any more.`);
      if (model.problem !== null)
        throw new Problem('REFUSED', `${model.name} cannot be used: ${model.problem}`);
    },
    async sha256(
      model: ModelFile,
      signal: AbortSignal,
      onProgress: (done: number, total: number) => void,
    ): Promise<string> {
      try {
        return await library.hash(model.id, signal, ({ bytesDone, bytesTotal }) =>
          onProgress(bytesDone, bytesTotal),
        );
      } catch (error) {
        signal.throwIfAborted();
        throw new Problem('REFUSED', error instanceof Error ? error.message : String(error));
      }
    },
    header: (model: ModelFile): Promise<GgufHeader> => library.header(model.id, closing),
  };
}

async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}
