import { stat } from 'node:fs/promises';
import { checkBundle } from './bundle.ts';
import { compressionOf, readHead, unpackedHead } from './byte-stream.ts';
import { detectEncoding } from './encoding.ts';
import type { FileRecord } from '../../domain/datasets/fields.ts';
import { recogniseArchive } from './inspect-archive.ts';
import { foreignFile, READABLE } from './magic.ts';
import { openText } from './open-text.ts';
import type { NotADataset, Opened, OpenedDataset, Refuse } from './opened.ts';

/** Enough to tell an encoding, a dialect and the first line of nearly every file. */
const HEAD_BYTES = 1024 * 1024;

/**
 * Tells by a file's content how to read it. Never throws for what the file holds; throws the signal's reason, and
 * whatever the file system says beyond "missing" and "not allowed".
 */
export async function openDataset(path: string, signal?: AbortSignal): Promise<Opened> {
  const refuseWith =
    (bytes: number): Refuse =>
    (what, problem, kind: NotADataset['kind'] = null) => ({
      ok: false,
      other: { path, bytes, kind, what, problem },
    });
  const none = refuseWith(0);
  let facts;
  try {
    facts = await stat(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      return none('There is no such file.', 'The file does not exist any more.');
    }
    if (code === 'EACCES' || code === 'EPERM') {
      return none('The file is closed to this user.', 'You have no permission to read the file.');
    }
    throw error;
  }
  if (facts.isDirectory()) {
    return none('This is a folder.', 'This is a folder: choose which of its files to import.', 'folder');
  }
  if (!facts.isFile()) return none('This is no ordinary file.', `This is a device or a pipe. ${READABLE}`);
  const bytes = facts.size;
  if (bytes === 0) {
    return none('The file is empty.', 'The file is empty: it has no bytes at all. Was it fully written?');
  }
  return openBytes(path, bytes, signal, refuseWith(bytes));
}

async function openBytes(
  path: string,
  bytes: number,
  signal: AbortSignal | undefined,
  refuse: Refuse,
): Promise<Opened> {
  const compression = compressionOf(await readHead(path, 512));
  let sample;
  try {
    sample = await unpackedHead(path, { compression, totalBytes: bytes, signal }, HEAD_BYTES);
  } catch (error) {
    signal?.throwIfAborted();
    if (compression === null) throw error;
    const problem = `The ${compression} data are damaged or cut off: get the file again.`;
    return refuse(`This is a ${compression} file that cannot be unpacked.`, problem);
  }
  const { head, complete } = sample;
  if (head.length === 0) return refuse('The file is empty.', 'The file is empty once unpacked.');
  const base = {
    path,
    bytes,
    compression,
    encoding: null,
    dialect: null,
    layout: null,
    table: null,
    header: {},
  };
  const parquet = isMagic(head, 'PAR1');
  if (parquet || isMagic(head, 'PK\u0003\u0004')) {
    if (compression !== null) {
      const what = parquet ? 'a Parquet file' : 'a ZIP archive';
      const problem = `This is ${what} inside ${compression}: unpack it once, it is compressed in itself.`;
      return refuse(`This is ${what} packed again.`, problem);
    }
    return parquet
      ? { ok: true, dataset: { ...base, container: 'parquet' } }
      : openArchive(base, signal, refuse);
  }
  const foreign = foreignFile(head);
  if (foreign !== null) return refuse(foreign.what, `${foreign.what} ${foreign.advice}`, foreign.kind);
  const encoding = detectEncoding(head, complete);
  if (encoding === null) {
    return refuse('These are binary data.', `These are binary data of no kind known here. ${READABLE}`);
  }
  return openText({ ...base, encoding }, { head, complete, encoding }, signal, refuse);
}

function isMagic(head: Buffer, magic: string): boolean {
  return head.subarray(0, magic.length).toString('latin1') === magic;
}

const NO_SAMPLES =
  'This Inspect log holds no samples: run the task with --log-samples, or wait for the first to end.';

async function openArchive(
  base: Omit<OpenedDataset, 'container'>,
  signal: AbortSignal | undefined,
  refuse: Refuse,
): Promise<Opened> {
  try {
    const found = await recogniseArchive(base.path);
    if (found.kind === 'other') return refuse(found.what, found.what);
    if (found.kind === 'bundle') return await openBundle(base, found.manifest, signal, refuse);
    if (found.samples === 0) return refuse('This is an Inspect log without samples.', NO_SAMPLES);
    return { ok: true, dataset: { ...base, container: 'zip', header: found.header } };
  } catch (error) {
    signal?.throwIfAborted();
    const problem = error instanceof Error ? error.message : 'The archive is damaged.';
    return refuse('This is a ZIP archive that cannot be read.', problem);
  }
}

async function openBundle(
  base: Omit<OpenedDataset, 'container'>,
  manifest: FileRecord,
  signal: AbortSignal | undefined,
  refuse: Refuse,
): Promise<Opened> {
  const problem = await checkBundle(base.path, manifest, signal);
  if (problem !== null) return refuse('This is a bundle of Assize that is not whole.', problem);
  return { ok: true, dataset: { ...base, container: 'bundle', header: manifest } };
}
