import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { z } from 'zod';

import { checkMagic, explainHead } from '../check-magic.ts';
import { DownloadError, errorCode } from './download-error.ts';
import { request } from './http.ts';
import type { Answer, Http } from './http.ts';

/** A file to fetch. */
export interface RemoteFile {
  readonly url: URL;
  /** Where it goes. */
  readonly target: string;
  /** Null when the server does not say. */
  readonly bytes: number | null;
  /** What it must hash to, hex; null when nobody says. */
  readonly sha256: string | null;
  /** ETag or hash: a part is continued only when it is still the same. Null: never continued. */
  readonly identity: string | null;
}

export interface FetchOptions {
  readonly http: Http;
  /** Bytes of the file on disk; whether they have just come or are those of an earlier try. */
  readonly onBytes: (bytes: number, fromNetwork: boolean) => void;
  readonly onStep: (sentence: string) => void;
  /** Before the try of that number (from 1) after a broken connection, ms. */
  readonly retryDelayMs: (attempt: number) => number;
}

export interface FetchedFile {
  readonly path: string;
  readonly bytes: number;
  /** Null when the file was there before. */
  readonly sha256: string | null;
}

/** Tries without a single new byte before giving up. */
const MAX_IDLE_TRIES = 5;

const stateSchema = z.object({ identity: z.string(), bytes: z.number().nullable() });

/** "NAME.part", and what it is a part of in "NAME.part.json". */
export const partPath = (target: string): string => `${target}.part`;
const statePath = (target: string): string => `${target}.part.json`;

/** Bytes that an earlier try has left and that can be continued. */
export async function resumableBytes(file: RemoteFile): Promise<number> {
  if (file.identity === null) return 0;
  try {
    const state = stateSchema.parse(JSON.parse(await readFile(statePath(file.target), 'utf8')));
    if (state.identity !== file.identity || state.bytes !== file.bytes) return 0;
    const { size } = await stat(partPath(file.target));
    return file.bytes !== null && size > file.bytes ? 0 : size;
  } catch {
    return 0;
  }
}

/**
 * Fetches one file into its ".part", continuing what is there, over broken connections, and gives it its name
 * when it is whole and its hash is right. Aborting and lack of space keep the part; a wrong hash deletes it.
 * Throws a DownloadError.
 */
export async function fetchFile(file: RemoteFile, options: FetchOptions): Promise<FetchedFile> {
  await mkdir(dirname(file.target), { recursive: true });
  const part = partPath(file.target);
  const start = await resumableBytes(file);
  if (file.identity !== null)
    await writeFile(statePath(file.target), JSON.stringify({ identity: file.identity, bytes: file.bytes }));
  const handle = await open(part, start > 0 ? 'r+' : 'w');
  let sha256: string;
  let bytes: number;
  try {
    const progress = await restart(file, handle, start, options);
    await receive(file, progress, options);
    bytes = progress.bytes;
    sha256 = progress.hash.digest('hex');
    await handle.sync();
  } catch (error) {
    throw diskError(error, file);
  } finally {
    await handle.close();
  }
  const problem = await checkMagic(part);
  if (problem !== null) throw await noModel(file, problem);
  if (file.sha256 !== null && sha256 !== file.sha256) {
    await discard(file.target);
    throw new DownloadError(
      'wrong-file',
      `${basename(file.target)} arrived damaged (its SHA-256 is not the one that ${file.url.host} names) and was deleted; fetch it again.`,
    );
  }
  await rename(part, file.target);
  await rm(statePath(file.target), { force: true });
  return { path: file.target, bytes, sha256 };
}

async function discard(target: string): Promise<void> {
  await rm(partPath(target), { force: true });
  await rm(statePath(target), { force: true });
}

/** What has arrived: bytes in the file, and the hash over them. */
interface Received {
  readonly handle: FileHandle;
  bytes: number;
  hash: Hash;
}

async function restart(
  file: RemoteFile,
  handle: FileHandle,
  start: number,
  { http, onBytes, onStep }: FetchOptions,
): Promise<Received> {
  const hash = createHash('sha256');
  if (start > 0) {
    onStep(`Continuing ${basename(file.target)}`);
    const earlier = createReadStream(partPath(file.target), { end: start - 1, highWaterMark: 1 << 20 });
    for await (const piece of earlier) {
      http.signal.throwIfAborted();
      if (Buffer.isBuffer(piece)) hash.update(piece);
    }
  }
  onBytes(start, false);
  return { handle, bytes: start, hash };
}

/** Asks until everything has arrived; gives up after some tries without a new byte. */
async function receive(file: RemoteFile, received: Received, options: FetchOptions): Promise<void> {
  let most = received.bytes;
  let idle = 0;
  while (file.bytes === null || received.bytes < file.bytes) {
    let cause: unknown = null;
    try {
      if (await tryOnce(file, received, options)) return;
    } catch (error) {
      if (!isTransient(error)) throw error;
      cause = error;
    }
    idle = received.bytes > most ? 1 : idle + 1;
    most = Math.max(most, received.bytes);
    if (idle >= MAX_IDLE_TRIES) throw interrupted(file, cause);
    options.onStep(`The connection to ${file.url.host} broke off; continuing ${basename(file.target)}`);
    await sleep(options.retryDelayMs(idle), undefined, { signal: options.http.signal });
  }
}

/** True when the file is complete. */
async function tryOnce(file: RemoteFile, received: Received, options: FetchOptions): Promise<boolean> {
  const answer = await ask(file, received, options);
  if (answer === null) return true;
  await store(file, received, answer, options);
  if (file.bytes !== null && received.bytes > file.bytes)
    throw new DownloadError(
      'wrong-file',
      `${file.url.host} sent more than the file it announced; try again.`,
    );
  return file.bytes === null || received.bytes === file.bytes;
}

/** The rest of the file, or null when the server says that there is none. */
async function ask(file: RemoteFile, received: Received, options: FetchOptions): Promise<Answer | null> {
  const range: Record<string, string> = received.bytes > 0 ? { range: `bytes=${received.bytes}-` } : {};
  let answer: Answer;
  try {
    answer = await request(options.http, 'GET', file.url, range);
  } catch (error) {
    // 416: nothing behind what we have. Without a known length that is the end.
    if (error instanceof DownloadError && error.status === 416 && file.bytes === null) return null;
    throw error;
  }
  const from = /^bytes (\d+)-/.exec(answer.header('content-range') ?? '')?.[1];
  const continues = answer.response.status === 206 && Number(from) === received.bytes;
  if (received.bytes > 0 && !continues) {
    // The server sends the file from its beginning.
    await received.handle.truncate(0);
    received.bytes = 0;
    received.hash = createHash('sha256');
  }
  return answer;
}

async function store(
  file: RemoteFile,
  received: Received,
  answer: Answer,
  options: FetchOptions,
): Promise<void> {
  for await (const piece of answer.body()) {
    if (received.bytes === 0) await checkFirst(file, piece);
    await received.handle.write(piece, 0, piece.length, received.bytes);
    received.hash.update(piece);
    received.bytes += piece.length;
    options.onBytes(received.bytes, true);
  }
}

/** An error page is found out by its first bytes, before gigabytes of it are on disk. */
async function checkFirst(file: RemoteFile, piece: Uint8Array): Promise<void> {
  if (piece.length < 24) return;
  const problem = explainHead(Buffer.from(piece.subarray(0, 512)));
  if (problem !== null) throw await noModel(file, problem);
}

async function noModel(file: RemoteFile, problem: string): Promise<DownloadError> {
  await discard(file.target);
  return new DownloadError(
    'wrong-file',
    `${file.url.host} did not send a model for ${basename(file.target)}. ${problem}`,
  );
}

function isTransient(error: unknown): boolean {
  return (
    error instanceof DownloadError &&
    (['interrupted', 'unreachable', 'server'] as string[]).includes(error.kind)
  );
}

function interrupted(file: RemoteFile, cause: unknown): DownloadError {
  return new DownloadError(
    'interrupted',
    `The connection to ${file.url.host} keeps breaking off; what has arrived is kept. Start the download again to continue.`,
    { cause },
  );
}

function diskError(error: unknown, file: RemoteFile): unknown {
  const code = errorCode(error);
  if (error instanceof DownloadError || (code !== 'ENOSPC' && code !== 'EDQUOT')) return error;
  return new DownloadError(
    'no-space',
    `The disk of ${dirname(file.target)} is full; what has arrived of ${basename(file.target)} is kept. Free some space and start the download again.`,
    { cause: error },
  );
}
