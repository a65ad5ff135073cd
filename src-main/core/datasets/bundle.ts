import { createHash } from 'node:crypto';
import { openPromise } from 'yauzl';
import type { Entry, ZipFile } from 'yauzl';
import { isRecord, listOf, textOf } from '../../domain/datasets/fields.ts';
import type { FileRecord } from '../../domain/datasets/fields.ts';
import type { ReadProgress } from './opened.ts';
import { DatasetFileError } from './types.ts';

/** Names in a bundle that another Assize wrote (core/exporting/bundle.ts). */
export const BUNDLE = { manifest: 'manifest.json', answers: 'answers.jsonl' } as const;

async function entryOf(zip: ZipFile, name: string): Promise<Entry> {
  for await (const entry of zip.eachEntry()) if (entry.fileName === name) return entry;
  throw new DatasetFileError(`The bundle has no ${name}: export it again.`);
}

/** The answers' bytes, unpacked as they are read. A cut or changed archive ends in DatasetFileError. */
export async function* bundleAnswers(
  path: string,
  totalBytes: number,
  { signal, onBytes }: ReadProgress,
): AsyncGenerator<Buffer> {
  try {
    yield* entryBytes(path, totalBytes, { signal, onBytes });
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof DatasetFileError) throw error;
    throw new DatasetFileError('The bundle is damaged: get the file again.', { cause: error });
  }
}

async function* entryBytes(
  path: string,
  totalBytes: number,
  { signal, onBytes }: ReadProgress,
): AsyncGenerator<Buffer> {
  const zip = await openPromise(path, { autoClose: false });
  try {
    const entry = await entryOf(zip, BUNDLE.answers);
    const stream = await zip.openReadStreamPromise(entry);
    let done = 0;
    try {
      for await (const chunk of stream) {
        signal?.throwIfAborted();
        if (!Buffer.isBuffer(chunk)) continue;
        done += chunk.length;
        // Progress is of the file as it lies on disk; the answers are nearly all of it.
        onBytes?.(Math.round((done / entry.uncompressedSize) * totalBytes), totalBytes);
        yield chunk;
      }
    } finally {
      stream.destroy();
    }
  } finally {
    zip.close();
  }
}

/**
 * Reads the answers once and compares their hash with the manifest's. Null when they are whole, else a sentence: a bundle is taken
 * as it was written or not at all.
 */
export async function checkBundle(
  path: string,
  manifest: FileRecord,
  signal?: AbortSignal,
): Promise<string | null> {
  const schema = textOf(manifest['schema']);
  if (schema !== 'assize/bundle@1') {
    return `The bundle was written by a newer Assize ("${schema.slice(0, 40)}"): update this one.`;
  }
  const named = listOf(manifest['files']).find((file) => isRecord(file) && file['name'] === BUNDLE.answers);
  const wanted = isRecord(named) ? textOf(named['sha256']) : '';
  const hash = createHash('sha256');
  try {
    for await (const chunk of bundleAnswers(path, 1, { signal })) hash.update(chunk);
  } catch (error) {
    if (error instanceof DatasetFileError) return error.message;
    throw error;
  }
  return hash.digest('hex') === wanted
    ? null
    : 'The answers in the bundle are not those its manifest names: their SHA-256 differs. Get the file again from where it was exported.';
}
