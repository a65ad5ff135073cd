import { basename } from 'node:path';
import type { ColumnMapping, ImportedRow, RowProblem } from '../../domain/dataset.ts';
import { isShape, type Shape, shapeNames } from '../../domain/datasets/shapes.ts';
import type { FilePreview } from '../../domain/import.ts';
import { Problem } from '../problem.ts';
import { findDatasets, type FolderScan } from './find-datasets.ts';
import { inspectFile } from './inspect-file.ts';
import { readRows } from './read-rows.ts';
import type { ReadOptions } from './types.ts';

const PREVIEW_ROWS = 10;

/** How a file is to be read; null and absent mean as guessed. */
export interface Reading {
  readonly kind: Shape | null;
  readonly mapping: ColumnMapping | null;
  readonly filter?: string | null;
  readonly filteredAnswers?: boolean;
  readonly system?: string | null;
}

/** A kind that a caller named. Throws Problem REFUSED listing what there is. */
export function shapeOf(kind: string | null): Shape | null {
  if (kind === null || isShape(kind)) return kind;
  throw new Problem(
    'REFUSED',
    `"${kind}" is no kind of file that Assize reads. Kinds are: ${shapeNames().join(', ')}.`,
  );
}

/**
 * What a file was taken for and what importing it would do, under the guessed mapping or a given one. `grant` registers files
 * found in a folder.
 */
export async function previewFile(
  request: Reading & { readonly path: string },
  grant: (path: string) => string,
  signal: AbortSignal,
): Promise<FilePreview> {
  const kind = request.kind === null ? {} : { kind: request.kind };
  const found = await inspectFile(request.path, { signal, ...kind });
  const asGuessed = request.mapping === null && Object.keys(choicesOf(request)).length === 0;
  const rows =
    asGuessed || found.problem !== null ? found.preview : await firstRows(request.path, request, signal);
  const folder = found.kind === 'folder' ? await findDatasets(request.path, { signal }) : null;
  return {
    file: grant(request.path),
    name: basename(request.path),
    bytes: found.bytes,
    kind: found.kind,
    why: found.why,
    problem: folder === null ? found.problem : folderSentence(folder),
    notices: found.notices,
    encoding: found.encoding,
    columns: found.columns.map(({ name, examples }) => ({ name, examples })),
    mapping: request.mapping ?? found.mapping,
    otherKinds: found.otherKinds,
    filters: found.filters,
    system: request.system ?? found.system,
    rows,
    files: (folder?.files ?? []).map(({ path, place, kind: found, bytes }) => ({
      file: grant(path),
      name: place,
      kind: found ?? 'questions',
      bytes,
    })),
  };
}

/** What is searched for in a folder, and how much there was. */
function folderSentence({ files, passedOver, cut }: FolderScan): string {
  const others =
    passedOver === 0 ? '' : ` ${passedOver} ${passedOver === 1 ? 'other was' : 'others were'} passed over.`;
  if (cut)
    return `The first ${files.length} files that can be imported; the folder has more than can be looked at.`;
  if (files.length === 0)
    return `The folder holds no file that can be imported as questions or answers.${others}`;
  return `Choose which of its files to import.${others}`;
}

/** What a caller says about the reading beside kind and mapping; absent means as guessed. */
export function choicesOf(reading: Reading): Pick<ReadOptions, 'filter' | 'filteredAnswers' | 'system'> {
  return {
    ...(typeof reading.filter === 'string' ? { filter: reading.filter } : {}),
    ...(reading.filteredAnswers === true ? { filteredAnswers: true } : {}),
    ...(typeof reading.system === 'string' ? { system: reading.system } : {}),
  };
}

async function firstRows(
  path: string,
  reading: Reading,
  signal: AbortSignal,
): Promise<(ImportedRow | RowProblem)[]> {
  const rows: (ImportedRow | RowProblem)[] = [];
  const stop = new AbortController();
  const options = {
    ...choicesOf(reading),
    mapping: reading.mapping,
    ...(reading.kind === null ? {} : { kind: reading.kind }),
    signal: AbortSignal.any([signal, stop.signal]),
  };
  for await (const row of readRows(path, options)) {
    rows.push(row);
    if (rows.length >= PREVIEW_ROWS) break;
  }
  stop.abort();
  return rows;
}
