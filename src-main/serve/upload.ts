import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { randomUUID } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Grants } from '../core/grants.ts';
import { sendJson, sendRefusal } from './respond.ts';

/** Larger than any dataset or result file seen; a model belongs in a models folder instead of in a tab. */
export const UPLOAD_CAP_BYTES = 16 * 1024 ** 3;

/** A sender that is silent for this long is gone (a sleeping laptop); the file is dropped again in seconds. */
const IDLE_MS = 60_000;

/** Left free on the disk, so that an upload never stops the database from writing. */
const DISK_RESERVE_BYTES = 256 * 1024 * 1024;

/** Nothing imports for longer; what an ended process left behind is removed at the next start. */
const LEFTOVER_MS = 24 * 60 * 60 * 1000;

class TooLarge extends Error {}

export interface UploadTarget {
  readonly uploadsDir: string;
  readonly capBytes: number;
  readonly grants: Grants;
}

/** Where an upload goes, and what is taken away again when it fails. */
interface UploadPlace {
  /** Everything that was sent with it: an upload that fails takes the others of its folder along. */
  readonly folder: string;
  readonly file: string;
  /** Of a file of a folder: the folder, as it was called. */
  readonly root: string | null;
}

const SET_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MAX_FOLDERS = 10;

/**
 * `name` alone is a file in a folder of its own. With `set` (a UUID that the page made) and `root` it is a file of a dropped folder:
 * its place in it, with "/" between, under the root's name. Nothing that is sent can leave the folder of uploads.
 */
function placeOf(uploadsDir: string, query: URLSearchParams): UploadPlace {
  const name = query.get('name') ?? '';
  const set = query.get('set') ?? '';
  if (!SET_ID.test(set)) {
    const folder = join(uploadsDir, randomUUID());
    return { folder, file: join(folder, safeName(name)), root: null };
  }
  const folder = join(uploadsDir, set);
  const root = join(folder, safeName(query.get('root') ?? ''));
  return { folder, root, file: join(root, ...name.split('/').slice(-MAX_FOLDERS).map(safeName)) };
}

/**
 * Streams a request's body to `<uploadsDir>/<id>/<name>` and answers 201 `{file, name, bytes}`, `file` being the grant, and `folder`
 * that of the folder it was sent with. The size is checked when announced and again while it arrives; whatever goes wrong, nothing half
 * received stays.
 */
export async function receiveUpload(
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
  { uploadsDir, capBytes, grants }: UploadTarget,
): Promise<void> {
  const announced = Number(request.headers['content-length'] ?? Number.NaN);
  const tooLarge = `This file is larger than the ${describeBytes(capBytes)} an upload may have. Import it by its path in a terminal instead: assize import PATH.`;
  if (announced > capBytes) {
    sendRefusal(request, response, 413, tooLarge);
    return;
  }
  await mkdir(uploadsDir, { recursive: true, mode: 0o700 });
  if (Number.isFinite(announced) && (await freeBytes(uploadsDir)) < announced + DISK_RESERVE_BYTES) {
    const sentence = `The disk of the data directory has no room for ${describeBytes(announced)}. Free some and drop the file again.`;
    sendRefusal(request, response, 507, sentence);
    return;
  }
  const { folder, file, root } = placeOf(uploadsDir, query);
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const bytes = await store(request, `${file}.part`, capBytes);
    await rename(`${file}.part`, file);
    const grant = { file: grants.grantPath(file), name: basename(file), bytes };
    sendJson(response, 201, root === null ? grant : { ...grant, folder: grants.grantPath(root) });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    if (error instanceof TooLarge) sendRefusal(request, response, 413, tooLarge);
    else if (hasCode(error, 'ENOSPC')) {
      const full =
        'The disk of the data directory is full; nothing was kept. Free some and drop the file again.';
      sendRefusal(request, response, 507, full);
    } else if (request.errored !== null || request.aborted) response.destroy();
    else throw error;
  }
}

async function store(request: IncomingMessage, part: string, capBytes: number): Promise<number> {
  let bytes = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > capBytes) done(new TooLarge());
      else done(null, chunk);
    },
  });
  request.setTimeout(IDLE_MS, () => request.destroy(new Error('the sender fell silent')));
  // The request is not handed to pipeline's destroy: on a file too large the socket still has to carry the answer.
  const body = request.iterator({ destroyOnReturn: false });
  await pipeline(body, meter, createWriteStream(part, { flags: 'wx', mode: 0o600 }));
  if (!request.complete) throw new Error('the upload ended early');
  return bytes;
}

/** The longest name that file systems take is 255 bytes, and a file that is still arriving has ".part" behind its own. */
const MAX_NAME_BYTES = 240;
const MAX_NAME_CHARS = 120;

/** A file name that is one, on any system: no folders, no control characters, no leading dot, at most 120 characters and 240 bytes. */
export function safeName(name: string): string {
  const last = name.split(/[\\/]/).at(-1) ?? '';
  const clean = last
    // oxlint-disable-next-line no-control-regex -- control characters are what is taken out
    .replaceAll(/[\u0000-\u001f\u007f<>:"|?*]/g, '_')
    // White space too: " .." would otherwise be a way up once it is trimmed.
    .replace(/^[.\s]+/, '')
    .trim();
  if (clean === '') return 'upload';
  const characters = [...clean.toWellFormed()];
  const fits = characters.length <= MAX_NAME_CHARS && Buffer.byteLength(clean) <= MAX_NAME_BYTES;
  if (fits) return characters.join('');
  const widest = Math.max(...characters.map((character) => Buffer.byteLength(character)));
  const kept = Math.min(MAX_NAME_CHARS, Math.floor(MAX_NAME_BYTES / widest)) - 1;
  // The end is kept: the extension says what the file is.
  const end = Math.floor(kept / 3);
  return [...characters.slice(0, kept - end), '~', ...characters.slice(-end)].join('');
}

/** Removes uploads of processes that ended without doing so. */
export async function removeLeftovers(uploadsDir: string): Promise<void> {
  const names = await readdir(uploadsDir).catch(() => []);
  for (const name of names) {
    const path = join(uploadsDir, name);
    const facts = await stat(path).catch(() => null);
    if (facts !== null && Date.now() - facts.mtimeMs > LEFTOVER_MS) {
      await rm(path, { recursive: true, force: true });
    }
  }
}

async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

function describeBytes(bytes: number): string {
  const mib = bytes / 1024 ** 2;
  if (mib < 1) return `${bytes} bytes`;
  return mib < 1024 ? `${mib.toFixed(0)} MiB` : `${(mib / 1024).toFixed(1)} GiB`;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
