import { open } from 'node:fs/promises';
import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import type { AsyncBuffer, FileMetaData } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { isRecord, recordOf } from '../../domain/datasets/fields.ts';
import type { FileRecord } from '../../domain/datasets/fields.ts';
import type { RawItem } from './raw.ts';
import { DatasetFileError } from './types.ts';

/** Row groups are decoded whole; one larger than this is read in parts where the file has an index of its pages. */
const GROUP_BYTES = 256 * 1024 * 1024;
const ROWS_AT_ONCE = 20_000;

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
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(plain);
  if (ArrayBuffer.isView(value)) return null;
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
}

/** The rows to decode at once: a row group, or parts of a very large one. */
function partsOf(metadata: FileMetaData): Part[] {
  let start = 0;
  return metadata.row_groups.flatMap((group): Part[] => {
    const rows = Number(group.num_rows);
    const first = start;
    start += rows;
    const indexed = group.columns.every((column) => column.offset_index_offset !== undefined);
    const size = Number(group.total_byte_size) > GROUP_BYTES && indexed ? ROWS_AT_ONCE : Math.max(rows, 1);
    return Array.from({ length: Math.ceil(rows / size) }, (_, part) => {
      return { start: first + part * size, end: Math.min(first + (part + 1) * size, start) };
    });
  });
}

/**
 * Reads a Parquet file row group by row group, in any of its compressions. `line` is the number of the record from 1. A
 * row group that cannot be decoded is one problem naming its records, and the next one is read. Throws
 * DatasetFileError when the file's table of contents is damaged.
 */
export async function* parquetRecords(path: string, options: ParquetOptions): AsyncGenerator<RawItem[]> {
  const { buffer, close } = await openBuffer(path);
  try {
    const metadata = await metadataOf(buffer);
    const rows = Math.max(1, Number(metadata.num_rows));
    for (const { start, end } of partsOf(metadata)) {
      options.signal?.throwIfAborted();
      try {
        const found = await parquetReadObjects({
          file: buffer,
          metadata,
          compressors,
          rowStart: start,
          rowEnd: end,
          useOffsetIndex: true,
        });
        if (found.length !== end - start) throw new Error('rows are missing');
        yield found.map((value, at) => ({ line: start + at + 1, value: plainRecord(value) }));
      } catch (error) {
        if (options.signal?.aborted === true) throw error;
        const problem = `Records ${start + 1} to ${end} cannot be decoded and were left out; the file is damaged there.`;
        yield [{ line: start + 1, problem }];
      }
      options.onBytes?.(Math.round((end / rows) * buffer.byteLength), buffer.byteLength);
    }
  } finally {
    await close();
  }
}
