import { stat } from 'node:fs/promises';
import { isRecord } from '../../domain/datasets/fields.ts';
import type { FileRecord } from '../../domain/datasets/fields.ts';
import type { Container } from '../../domain/datasets/shapes.ts';
import { compressionOf, readHead, unpackedHead, utf8Bytes } from './byte-stream.ts';
import type { Compression } from './byte-stream.ts';
import { csvRecords } from './csv-records.ts';
import { detectDialect } from './csv-dialect.ts';
import type { CsvDialect } from './csv-scan.ts';
import { detectEncoding, utf8Converter } from './encoding.ts';
import { inspectSamples, recogniseArchive } from './inspect-archive.ts';
import { jsonLines } from './json-lines.ts';
import { outlineJson } from './json-outline.ts';
import type { RecordLayout } from './json-outline.ts';
import { jsonRecords } from './json-records.ts';
import { parseJson } from './json-text.ts';
import { foreignFile, READABLE } from './magic.ts';
import { parquetRecords } from './parquet.ts';
import type { RawItem } from './raw.ts';
import type { Encoding } from './types.ts';

/** How a file is to be read: everything its content says about its container. */
export interface OpenedDataset {
  readonly path: string;
  readonly bytes: number;
  readonly container: Container;
  readonly compression: Compression;
  readonly encoding: Encoding | null;
  readonly dialect: CsvDialect | null;
  readonly layout: RecordLayout | null;
  /** What stands around the records: an Inspect log's header. Empty elsewhere. */
  readonly header: FileRecord;
}

/** A path that is no dataset: why, as sentences, and whether it is something else the workbench knows. */
export interface NotADataset {
  readonly path: string;
  readonly bytes: number;
  readonly kind: 'gguf' | 'folder' | null;
  readonly what: string;
  readonly problem: string;
}

export type Opened =
  | { readonly ok: true; readonly dataset: OpenedDataset }
  | { readonly ok: false; readonly other: NotADataset };

export interface ReadProgress {
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: ((bytesRead: number, totalBytes: number) => void) | undefined;
}

/** Enough to tell an encoding, a dialect and the first line of nearly every file. */
const HEAD_BYTES = 1024 * 1024;

/**
 * Tells by a file's content how to read it. Never throws for what the file holds; throws the signal's reason, and
 * whatever the file system says beyond "missing" and "not allowed".
 */
export async function openDataset(path: string, signal?: AbortSignal): Promise<Opened> {
  const other = (bytes: number, what: string, problem: string, kind: NotADataset['kind'] = null): Opened => {
    return { ok: false, other: { path, bytes, kind, what, problem } };
  };
  let facts;
  try {
    facts = await stat(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT' || code === 'ENOTDIR')
      return other(0, 'There is no such file.', 'The file does not exist any more.');
    if (code === 'EACCES' || code === 'EPERM')
      return other(0, 'The file is closed to this user.', 'You have no permission to read the file.');
    throw error;
  }
  if (facts.isDirectory()) {
    return other(0, 'This is a folder.', 'This is a folder: choose which of its files to import.', 'folder');
  }
  if (!facts.isFile())
    return other(0, 'This is no ordinary file.', `This is a device or a pipe. ${READABLE}`);
  const bytes = facts.size;
  if (bytes === 0)
    return other(0, 'The file is empty.', 'The file is empty: it has no bytes at all. Was it fully written?');
  return openBytes(path, bytes, signal, other);
}

type Other = (bytes: number, what: string, problem: string, kind?: NotADataset['kind']) => Opened;

async function openBytes(
  path: string,
  bytes: number,
  signal: AbortSignal | undefined,
  other: Other,
): Promise<Opened> {
  const start = await readHead(path, 512);
  const compression = compressionOf(start);
  let sample;
  try {
    sample = await unpackedHead(path, { compression, totalBytes: bytes, signal }, HEAD_BYTES);
  } catch (error) {
    signal?.throwIfAborted();
    if (compression === null) throw error;
    return other(
      bytes,
      `This is a ${compression} file that cannot be unpacked.`,
      `The ${compression} data are damaged or cut off: get the file again.`,
    );
  }
  const { head, complete } = sample;
  if (head.length === 0) return other(bytes, 'The file is empty.', 'The file is empty once unpacked.');
  const base = { path, bytes, compression, encoding: null, dialect: null, layout: null, header: {} };
  if (isMagic(head, 'PAR1') || isMagic(head, 'PK\u0003\u0004')) {
    const container = isMagic(head, 'PAR1') ? 'parquet' : 'zip';
    if (compression !== null) {
      return other(
        bytes,
        `This is a ${container} file packed again.`,
        `This is a ${container === 'zip' ? 'ZIP archive' : 'Parquet file'} inside ${compression}: unpack it once, it is compressed in itself.`,
      );
    }
    if (container === 'parquet') return { ok: true, dataset: { ...base, container } };
    return openArchive(path, bytes, other);
  }
  const foreign = foreignFile(head);
  if (foreign !== null) return other(bytes, foreign.what, `${foreign.what} ${foreign.advice}`, foreign.kind);
  const encoding = detectEncoding(head, complete);
  if (encoding === null)
    return other(bytes, 'These are binary data.', `These are binary data of no kind known here. ${READABLE}`);
  return openText({ ...base, encoding }, { head, complete, encoding }, signal, other);
}

function isMagic(head: Buffer, magic: string): boolean {
  return head.subarray(0, magic.length).toString('latin1') === magic;
}

async function openArchive(path: string, bytes: number, other: Other): Promise<Opened> {
  try {
    const found = await recogniseArchive(path);
    if (found.kind === 'other') return other(bytes, found.what, found.what);
    if (found.samples === 0) {
      return other(
        bytes,
        'This is an Inspect log without samples.',
        'This Inspect log holds no samples: run the task with --log-samples, or wait for the first to end.',
      );
    }
    const { header } = found;
    return {
      ok: true,
      dataset: {
        path,
        bytes,
        container: 'zip',
        compression: null,
        encoding: null,
        dialect: null,
        layout: null,
        header,
      },
    };
  } catch (error) {
    const problem = error instanceof Error ? error.message : 'The archive is damaged.';
    return other(bytes, 'This is a ZIP archive that cannot be read.', problem);
  }
}

interface TextSample {
  readonly head: Buffer;
  readonly complete: boolean;
  readonly encoding: Encoding;
}

/** The sample as UTF-8, up to its last whole line where the file goes on. */
function sampleText({ head, complete, encoding }: TextSample): string {
  const convert = utf8Converter(encoding);
  const text = Buffer.concat([convert(head), convert(null)]).toString('utf8');
  return complete ? text : text.slice(0, Math.max(text.lastIndexOf('\n') + 1, 0) || text.length);
}

/** JSON Lines: the first line is an object of its own and another follows, or the name says that it is the only one. */
function isJsonLines(text: string, named: boolean): boolean {
  const start = text.trimStart();
  const end = start.indexOf('\n');
  const first = parseJson(end === -1 ? start : start.slice(0, end));
  if (!first.ok || !isRecord(first.value)) return false;
  return named || (end !== -1 && start.slice(end).trim() !== '');
}

async function openText(
  base: Omit<OpenedDataset, 'container'>,
  sample: TextSample,
  signal: AbortSignal | undefined,
  other: Other,
): Promise<Opened> {
  const { path, bytes } = base;
  const text = sampleText(sample);
  const first = text.trimStart()[0];
  if (first === undefined)
    return other(
      bytes,
      'The file is empty.',
      'The file is empty: it holds nothing but spaces and line breaks.',
    );
  const named = /\.(?:jsonl|ndjson)(?:\.gz|\.zst)?$/i.test(path);
  if (first === '{' && isJsonLines(text, named))
    return { ok: true, dataset: { ...base, container: 'jsonl' } };
  if (first === '{' || first === '[') {
    const outline = await outlineJson(textOf(base, { signal }));
    if (outline.layout === null) {
      return other(
        bytes,
        'This is JSON, but no list of records was found in it.',
        `This JSON holds no list of records at its top or one level below. ${READABLE}`,
      );
    }
    return {
      ok: true,
      dataset: { ...base, container: 'json', layout: outline.layout, header: outline.header },
    };
  }
  const dialect = detectDialect(
    Buffer.from(text, 'utf8'),
    sample.complete,
    /\.(?:tsv|tab)(?:\.gz|\.zst)?$/i.test(path),
  );
  if (dialect === null) {
    return other(
      bytes,
      'This is text without columns.',
      `This is text, but neither JSON nor a table: no comma, tab or semicolon divides its lines into columns. ${READABLE}`,
    );
  }
  return { ok: true, dataset: { ...base, container: dialect.delimiter === '\t' ? 'tsv' : 'csv', dialect } };
}

function textOf(dataset: Omit<OpenedDataset, 'container'>, progress: ReadProgress): AsyncGenerator<Buffer> {
  const { path, compression, bytes, encoding } = dataset;
  return utf8Bytes(path, encoding ?? 'UTF-8', { compression, totalBytes: bytes, ...progress });
}

/** The records of an opened file from its beginning, a handful at a time, each with its line. */
export function recordsOf(dataset: OpenedDataset, progress: ReadProgress): AsyncGenerator<RawItem[]> {
  const { path, bytes, container, dialect, layout } = dataset;
  if (container === 'parquet') return parquetRecords(path, progress);
  if (container === 'zip') return inspectSamples(path, progress.signal, progress.onBytes, bytes);
  const text = textOf(dataset, progress);
  if (container === 'jsonl') return jsonLines(text);
  if (container === 'json') return jsonRecords(text, layout ?? { kind: 'single' });
  const plain: CsvDialect = { delimiter: ',', quotes: true, newline: 'lf', skipSpace: false, header: true };
  return csvRecords(text, dialect ?? plain);
}
