import { basename } from 'node:path';
import type { ColumnMapping, ImportedRow, RowProblem } from '../../domain/dataset.ts';
import { isShape, type Shape } from '../../domain/datasets/shapes.ts';
import type { FilePreview } from '../../domain/import.ts';
import { Problem } from '../problem.ts';
import { inspectFile } from './inspect-file.ts';
import { readRows } from './read-rows.ts';

const PREVIEW_ROWS = 10;

/** A kind that a caller named. Throws Problem REFUSED listing what there is. */
export function shapeOf(kind: string | null): Shape | null {
  if (kind === null || isShape(kind)) return kind;
  throw new Problem('REFUSED', `"${kind}" is no kind of file that Assize reads.`);
}

/**
 * What a file was taken for and what importing it would do, under the guessed mapping or a given one. `grant` registers files
 * found in a folder.
 */
export async function previewFile(
  request: { readonly path: string; readonly kind: Shape | null; readonly mapping: ColumnMapping | null },
  grant: (path: string) => string,
  signal: AbortSignal,
): Promise<FilePreview> {
  const kind = request.kind === null ? {} : { kind: request.kind };
  const found = await inspectFile(request.path, { signal, ...kind });
  const rows =
    request.mapping === null || found.problem !== null
      ? found.preview
      : await firstRows(request.path, { ...kind, mapping: request.mapping }, signal);
  return {
    file: grant(request.path),
    name: basename(request.path),
    bytes: found.bytes,
    kind: found.kind,
    why: found.why,
    problem: found.problem,
    notices: found.notices,
    encoding: found.encoding,
    columns: found.columns.map(({ name, examples }) => ({ name, examples })),
    mapping: request.mapping ?? found.mapping,
    otherKinds: found.otherKinds,
    rows,
    files: [],
  };
}

async function firstRows(
  path: string,
  options: { readonly mapping: ColumnMapping; readonly kind?: Shape },
  signal: AbortSignal,
): Promise<(ImportedRow | RowProblem)[]> {
  const rows: (ImportedRow | RowProblem)[] = [];
  const stop = new AbortController();
  for await (const row of readRows(path, { ...options, signal: AbortSignal.any([signal, stop.signal]) })) {
    rows.push(row);
    if (rows.length >= PREVIEW_ROWS) break;
  }
  stop.abort();
  return rows;
}
