import type { ImportedRow, RowProblem } from '../../domain/dataset.ts';
import { mappingForShape } from '../../domain/datasets/shape-mapping.ts';
import { openDataset, recordsOf } from './open-dataset.ts';
import { adaptedSample, prepare, refusalOf } from './prepare.ts';
import { createRowReader } from './rows.ts';
import { DatasetFileError } from './types.ts';
import type { ReadOptions } from './types.ts';

/**
 * Reads a file's rows in its order, one piece of the file in memory at a time, with problems between them where they
 * occurred. Remarks about rows that were kept have `kept: true`. Throws DatasetFileError with a sentence when the file
 * is no dataset, no column is mapped to the question, or it becomes unreadable on the way (rows given before stand);
 * throws the signal's reason when cancelled.
 */
export async function* readRows(
  path: string,
  options: ReadOptions,
): AsyncGenerator<ImportedRow | RowProblem> {
  const { signal, onBytes } = options;
  const opened = await openDataset(path, signal);
  if (!opened.ok) throw new DatasetFileError(opened.other.problem);
  const { dataset } = opened;
  const prepared = await prepare(dataset, options.kind, signal);
  const refusal = refusalOf(prepared);
  if (refusal !== null) throw new DatasetFileError(refusal);
  const sample = adaptedSample(prepared).map(({ row }) => row.record);
  const mapping = options.mapping ?? mappingForShape(prepared.shape, sample, prepared.context.system);
  if (mapping.question === null) {
    throw new DatasetFileError('No column is known to hold the question: choose one in the column mapping.');
  }
  const reader = createRowReader(prepared.shape, mapping, {
    ...prepared.context,
    system: options.system ?? prepared.context.system,
    filter: options.filter ?? prepared.context.filter,
    filteredAnswers: options.filteredAnswers ?? false,
  });
  try {
    for await (const items of recordsOf(dataset, { signal, onBytes })) {
      for (const item of items) yield* reader.take(item);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw readError(error);
  }
  yield* reader.end();
}

function readError(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code.startsWith('Z_') || code.startsWith('ZSTD_') || code === 'ERR_BUFFER_TOO_LARGE') {
    return new DatasetFileError(
      'The compressed data end early or are damaged: get the file again. Nothing after that place could be read.',
    );
  }
  if (code === 'EIO')
    return new DatasetFileError('The disk could not be read (EIO): copy the file elsewhere and try again.');
  return error;
}
