import type { ImportedRow, RowProblem } from '../../domain/dataset.ts';
import { mappingForShape } from '../../domain/datasets/shape-mapping.ts';
import { openDataset } from './open-dataset.ts';
import { recordsOf } from './records.ts';
import { adaptedSample, prepare, refusalOf } from './prepare.ts';
import { createRowReader } from './rows.ts';
import { readProblem } from './raw.ts';
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
  const prepared = await orSentence(prepare(dataset, options.kind, signal), signal);
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
    const problem = readProblem(error);
    throw problem === null ? error : new DatasetFileError(problem, { cause: error });
  }
  yield* reader.end();
}

async function orSentence<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await work;
  } catch (error) {
    signal.throwIfAborted();
    const problem = readProblem(error);
    throw problem === null ? error : new DatasetFileError(problem, { cause: error });
  }
}
