import type { Readable } from 'node:stream';
import { inflateRawSync } from 'node:zlib';
import { openPromise } from 'yauzl';
import type { Entry, ZipFile } from 'yauzl';
import { isRecord, recordOf, textOf } from '../../domain/datasets/fields.ts';
import type { FileRecord } from '../../domain/datasets/fields.ts';
import { parseJson } from './json-text.ts';
import { BUNDLE } from './bundle.ts';
import { MAX_RECORD_BYTES } from './raw.ts';
import type { RawItem } from './raw.ts';
import { DatasetFileError } from './types.ts';
import { unpackZstd } from './zstd-frames.ts';

const STORED = 0;
const DEFLATE = 8;
const ZSTD = 93;

const TOO_LARGE = `it is larger than ${MAX_RECORD_BYTES / 1024 ** 2} MiB`;
const MAX_ENTRIES = 2_000_000;

/** What an archive turned out to be. */
export type ArchiveKind =
  | { readonly kind: 'inspect-eval'; readonly header: FileRecord; readonly samples: number }
  | { readonly kind: 'bundle'; readonly manifest: FileRecord }
  | { readonly kind: 'other'; readonly what: string };

async function entriesOf(zip: ZipFile): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of zip.eachEntry()) {
    entries.push(entry);
    if (entries.length > MAX_ENTRIES)
      throw new DatasetFileError('The archive has more than two million entries.');
  }
  return entries;
}

async function collect(stream: Readable): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) if (Buffer.isBuffer(part)) parts.push(part);
  return Buffer.concat(parts);
}

/**
 * The entry's text, unpacked here because the zip library knows no zstd. The limit counts what comes out: an archive may
 * lie about how large its entries are. Throws where it is damaged or too large.
 */
async function entryText(zip: ZipFile, entry: Entry): Promise<string> {
  const method = entry.compressionMethod;
  if (entry.uncompressedSize > MAX_RECORD_BYTES || entry.compressedSize > MAX_RECORD_BYTES)
    throw new Error(TOO_LARGE);
  if (method !== STORED && method !== DEFLATE && method !== ZSTD) {
    throw new Error(`it is packed by method ${method}, which is not known here`);
  }
  const packed = await collect(await zip.openReadStreamPromise(entry, { decodeFileData: false }));
  const bytes =
    method === STORED
      ? packed
      : method === DEFLATE
        ? inflateRawSync(packed, { maxOutputLength: MAX_RECORD_BYTES })
        : unpackZstd(packed, MAX_RECORD_BYTES);
  if (bytes.length !== entry.uncompressedSize)
    throw new Error('it is shorter or longer than the archive says');
  return bytes.toString('utf8');
}

async function withZip<T>(path: string, use: (zip: ZipFile) => Promise<T>): Promise<T> {
  let zip: ZipFile;
  try {
    zip = await openPromise(path, { autoClose: false });
  } catch {
    throw new DatasetFileError(
      'The archive is damaged or was cut off: its table of contents cannot be read.',
    );
  }
  try {
    return await use(zip);
  } finally {
    zip.close();
  }
}

async function jsonEntry(zip: ZipFile, entries: readonly Entry[], name: string): Promise<FileRecord | null> {
  const entry = entries.find(({ fileName }) => fileName === name);
  if (entry === undefined) return null;
  const parsed = parseJson(await entryText(zip, entry));
  return parsed.ok && isRecord(parsed.value) ? parsed.value : null;
}

const OFFICE: readonly (readonly [string, string])[] = [
  ['xl/workbook.xml', 'This is an Excel workbook. Open it and save the sheet as "CSV UTF-8".'],
  ['xl/workbook.bin', 'This is an Excel workbook. Open it and save the sheet as "CSV UTF-8".'],
  ['word/document.xml', 'This is a Word document. Save the table in it as CSV.'],
  ['ppt/presentation.xml', 'This is a PowerPoint presentation, not a dataset.'],
  ['content.xml', 'This is an OpenDocument file. Open it and save the sheet as CSV.'],
  ['META-INF/MANIFEST.MF', 'This is a Java archive, not a dataset.'],
];

function otherArchive(names: readonly string[]): string {
  const office = OFFICE.find(([name]) => names.includes(name));
  if (office !== undefined) return office[1];
  if (names.some((name) => name.endsWith('/data.pkl')))
    return 'This is a PyTorch file. Save the data as CSV or JSONL.';
  if (names.some((name) => name.endsWith('.npy')))
    return 'This is a NumPy archive. Save the data as CSV or Parquet.';
  const files = names.filter((name) => !name.endsWith('/')).length;
  return `This is a ZIP archive of ${files} file${files === 1 ? '' : 's'}. Unpack it and take the file or folder inside.`;
}

const isSample = ({ fileName }: Entry): boolean =>
  fileName.startsWith('samples/') && fileName.endsWith('.json');

/** Tells an Inspect log from other archives by its entries. Throws DatasetFileError when the archive is damaged. */
export async function recogniseArchive(path: string): Promise<ArchiveKind> {
  return withZip(path, async (zip) => {
    let entries: Entry[];
    try {
      entries = await entriesOf(zip);
    } catch (error) {
      if (error instanceof DatasetFileError) throw error;
      throw new DatasetFileError('The archive is damaged: its table of contents cannot be read.');
    }
    const names = entries.map(({ fileName }) => fileName);
    const manifest = names.includes(BUNDLE.answers)
      ? await jsonEntry(zip, entries, BUNDLE.manifest).catch(() => null)
      : null;
    if (manifest !== null && textOf(manifest['schema']).startsWith('assize/bundle@'))
      return { kind: 'bundle', manifest };
    const isLog = names.includes('header.json') || names.includes('_journal/start.json');
    if (!isLog) return { kind: 'other', what: otherArchive(names) };
    // A log whose run was interrupted has no header yet, but the journal's beginning.
    const header = await jsonEntry(zip, entries, 'header.json').catch(() => null);
    const start = header ?? (await jsonEntry(zip, entries, '_journal/start.json').catch(() => null));
    return { kind: 'inspect-eval', header: start ?? recordOf([]), samples: entries.filter(isSample).length };
  });
}

// Made once: comparing by locale makes one each time.
const byNumber = new Intl.Collator('en', { numeric: true });

/** "samples/12_epoch_3.json" in the order of epochs, then of ids as numbers where they are. */
function inOrder(a: Entry, b: Entry): number {
  const epoch = ({ fileName }: Entry): number => Number(/_epoch_(\d+)\.json$/.exec(fileName)?.[1] ?? 1);
  const byEpoch = epoch(a) - epoch(b);
  return byEpoch === 0 ? byNumber.compare(a.fileName, b.fileName) : byEpoch;
}

/**
 * The samples of an Inspect log, stored, deflated or packed with zstd, one in memory at a time. `line` numbers them from
 * 1. A sample that cannot be unpacked or parsed is a problem.
 */
export async function* inspectSamples(
  path: string,
  signal: AbortSignal | undefined,
  onBytes: ((bytesRead: number, totalBytes: number) => void) | undefined,
  totalBytes: number,
): AsyncGenerator<RawItem[]> {
  const zip = await openPromise(path, { autoClose: false });
  try {
    const samples = (await entriesOf(zip)).filter(isSample).toSorted(inOrder);
    let done = 0;
    for (const [at, entry] of samples.entries()) {
      signal?.throwIfAborted();
      yield [await sampleOf(zip, entry, at + 1)];
      done += entry.compressedSize;
      onBytes?.(Math.min(done, totalBytes), totalBytes);
    }
    onBytes?.(totalBytes, totalBytes);
  } finally {
    zip.close();
  }
}

async function sampleOf(zip: ZipFile, entry: Entry, line: number): Promise<RawItem> {
  const left = (why: string): RawItem => ({
    line,
    problem: `The sample ${entry.fileName} was left out: ${why}.`,
  });
  try {
    const parsed = parseJson(await entryText(zip, entry));
    if (!parsed.ok) return left(parsed.reason);
    return isRecord(parsed.value) ? { line, value: parsed.value } : left('it is no object with fields');
  } catch (error) {
    const known =
      error instanceof Error && error.message.startsWith('it is ') ? error.message : 'its data are damaged';
    return left(known);
  }
}
