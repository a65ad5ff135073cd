import { open } from 'node:fs/promises';
import { parquetMetadataAsync, parquetRead, parquetSchema } from 'hyparquet';
import type { AsyncBuffer, FileMetaData, RowGroup } from 'hyparquet';
import { compressors as library } from 'hyparquet-compressors';
import { isRecord, recordOf } from '../../domain/datasets/fields.ts';
import type { FileRecord } from '../../domain/datasets/fields.ts';
import { unpackLz4Block } from './lz4-block.ts';
import type { RawItem } from './raw.ts';
import { DatasetFileError } from './types.ts';

/** Rows decoded at once where parts of a row group can be: writers put up to a million rows into one. */
const ROWS_AT_ONCE = 20_000;
/** No writer puts so many rows into one group: a table of contents that says so is damaged or meant to harm. */
const MOST_ROWS = 50_000_000;
/** Rows handed on at once: as objects they take several times what their columns take. */
const ROWS_HANDED_ON = 1000;

const compressors = { ...library, LZ4_RAW: unpackLz4Block };

/** A day without a time of day: "2026-01-02", as a gold answer would be written. */
function dateFromDays(days: number | undefined): string | null {
  const date = new Date((days ?? Number.NaN) * 86_400_000);
  return Number.isNaN(date.getTime()) ? null : date.toISOString().replace(/T.*$/, '');
}

export interface ParquetOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: ((bytesRead: number, totalBytes: number) => void) | undefined;
}

/** Values as JSON could hold them: integers as numbers where exact, dates as ISO texts, bytes as base64. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }
  // A column of JSON may hold halves of characters.
  if (typeof value === 'string') return value.toWellFormed();
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(plain);
  if (value === undefined || ArrayBuffer.isView(value)) return null;
  return isRecord(value) ? plainRecord(value) : value;
}

function plainRecord(value: FileRecord): FileRecord {
  return recordOf(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}

interface OpenParquet {
  readonly buffer: AsyncBuffer;
  readonly close: () => Promise<void>;
}

async function openBuffer(path: string): Promise<OpenParquet> {
  const file = await open(path, 'r');
  const { size } = await file.stat();
  const slice = async (start: number, end = size): Promise<ArrayBuffer> => {
    const bytes = new ArrayBuffer(Math.max(0, end - start));
    const view = new Uint8Array(bytes);
    for (let at = 0; at < view.length;) {
      const { bytesRead } = await file.read(view, at, view.length - at, start + at);
      if (bytesRead === 0) throw new Error('the file ends before its data does');
      at += bytesRead;
    }
    return bytes;
  };
  return { buffer: { byteLength: size, slice }, close: () => file.close() };
}

async function metadataOf(buffer: AsyncBuffer): Promise<FileMetaData> {
  try {
    return await parquetMetadataAsync(buffer);
  } catch {
    throw new DatasetFileError(
      'The Parquet file is damaged: its table of contents at the end cannot be read.',
    );
  }
}

interface Part {
  readonly start: number;
  readonly end: number;
  readonly impossible?: boolean;
}

/** Whether parts of a row group can be decoded: its pages are listed, or no column holds lists. */
function isDivisible(group: RowGroup): boolean {
  return group.columns.every(
    (column) => column.offset_index_offset !== undefined || column.meta_data?.path_in_schema.length === 1,
  );
}

/** Bytes that reading takes with small groups. */
const BASE_BYTES = 250e6;
/**
 * Of a group decoded whole, by its bytes before compression and its values: fitted by eye to the peaks of four files of 60,000 to 150,000
 * rows with lists, which it meets to a factor of 1.5.
 */
const TIMES_ITS_BYTES = 3;
const BYTES_A_VALUE = 300;

/**
 * About how many bytes of memory reading the file takes, by the largest row group that can only be decoded whole; null where every
 * group can be decoded in parts. Reads the table of contents alone. Throws DatasetFileError when that is damaged.
 */
export async function parquetMemory(path: string): Promise<{ bytes: number; rows: number } | null> {
  const { buffer, close } = await openBuffer(path);
  try {
    const groups = (await metadataOf(buffer)).row_groups.filter((group) => !isDivisible(group));
    const sizes = groups.map((group) => {
      const values = group.columns.reduce(
        (sum, { meta_data: facts }) => sum + Number(facts?.num_values ?? 0),
        0,
      );
      const unpacked = TIMES_ITS_BYTES * Number(group.total_byte_size) + BYTES_A_VALUE * values;
      return { bytes: BASE_BYTES + unpacked, rows: Number(group.num_rows) };
    });
    return sizes.toSorted((a, b) => b.bytes - a.bytes)[0] ?? null;
  } finally {
    await close();
  }
}

/**
 * The rows to decode at once: parts of a row group where its pages can be told without decoding them (an index of the pages, or no
 * lists in it), else the row group.
 */
function partsOf(metadata: FileMetaData): Part[] {
  let start = 0;
  return metadata.row_groups.flatMap((group): Part[] => {
    const rows = Number(group.num_rows);
    const first = start;
    start += rows;
    if (!(rows >= 0 && rows <= MOST_ROWS)) return [{ start: first, end: start, impossible: true }];
    const size = isDivisible(group) ? ROWS_AT_ONCE : Math.max(rows, 1);
    return Array.from({ length: Math.ceil(rows / size) }, (_, part) => {
      return { start: first + part * size, end: Math.min(first + (part + 1) * size, start) };
    });
  });
}

/** Values of a column from a row of the file on. */
interface Piece {
  readonly rowStart: number;
  readonly values: ArrayLike<unknown>;
}

/** The columns of some rows. A piece may begin before them and end behind: pages are decoded whole. */
async function columnsOf(
  file: AsyncBuffer,
  metadata: FileMetaData,
  { start, end }: Part,
): Promise<Map<string, Piece[]>> {
  const names = parquetSchema(metadata).children.map(({ element }) => element.name);
  const columns = new Map<string, Piece[]>(names.map((name) => [name, []]));
  await parquetRead({
    file,
    metadata,
    compressors,
    parsers: { dateFromDays },
    rowStart: start,
    rowEnd: end,
    useOffsetIndex: true,
    onChunk: ({ columnName, columnData, rowStart }) =>
      columns.get(columnName)?.push({ rowStart, values: columnData }),
  });
  for (const pieces of columns.values()) pieces.sort((a, b) => a.rowStart - b.rowStart);
  return columns;
}

/** The values of a column from a row on, one after another. Throws where they end. */
function cursor(pieces: readonly Piece[], start: number): () => unknown {
  let row = start;
  let at = 0;
  return () => {
    let piece = pieces[at];
    while (piece !== undefined && row >= piece.rowStart + piece.values.length) piece = pieces[++at];
    if (piece === undefined || row < piece.rowStart) throw new Error('rows are missing');
    return piece.values[row++ - piece.rowStart];
  };
}

function* recordsIn(columns: ReadonlyMap<string, Piece[]>, { start, end }: Part): Generator<RawItem[]> {
  const cursors = [...columns].map(([name, pieces]) => [name, cursor(pieces, start)] as const);
  for (let row = start; row < end; row += ROWS_HANDED_ON) {
    const count = Math.min(ROWS_HANDED_ON, end - row);
    yield Array.from({ length: count }, (_, at) => ({
      line: row + at + 1,
      value: recordOf(cursors.map(([name, next]) => [name, plain(next())])),
    }));
  }
}

/**
 * Reads a Parquet file some thousand rows at a time, in any of its compressions. `line` is the number of the record from 1. A part of a
 * row group that cannot be decoded is one problem naming its records, and the next one is read. Throws DatasetFileError when the
 * file's table of contents is damaged.
 */
export async function* parquetRecords(path: string, options: ParquetOptions): AsyncGenerator<RawItem[]> {
  const { buffer, close } = await openBuffer(path);
  try {
    const metadata = await metadataOf(buffer);
    const rows = Math.max(1, Number(metadata.num_rows));
    for (const part of partsOf(metadata)) {
      options.signal?.throwIfAborted();
      const { start, end } = part;
      let given = start;
      try {
        if (part.impossible === true) throw new Error('more rows than there can be');
        for (const items of recordsIn(await columnsOf(buffer, metadata, part), part)) {
          options.signal?.throwIfAborted();
          yield items;
          given += items.length;
          options.onBytes?.(Math.round((given / rows) * buffer.byteLength), buffer.byteLength);
        }
      } catch (error) {
        if (options.signal?.aborted === true) throw error;
        const problem = `Records ${given + 1} to ${end} cannot be decoded and were left out; the file is damaged there, or packed in a way that is not known here.`;
        yield [{ line: given + 1, problem }];
      }
      options.onBytes?.(Math.round((end / rows) * buffer.byteLength), buffer.byteLength);
    }
  } finally {
    await close();
  }
}
