import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';

/** One file of a set, below the set's folder; its text in pieces. */
export interface SetFile {
  readonly name: string;
  readonly text: AsyncIterable<string> | Iterable<string>;
}

export interface WrittenFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Writes a text as it comes and makes it durable. The hash is over the bytes written. */
export async function writeText(
  path: string,
  text: SetFile['text'],
  signal: AbortSignal,
): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  async function* hashed(): AsyncGenerator<Buffer> {
    for await (const piece of text) {
      const chunk = Buffer.from(piece, 'utf8');
      if (chunk.length === 0) continue;
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  }
  await pipeline(Readable.from(hashed()), createWriteStream(path, { mode: 0o600 }), { signal });
  await flush(path);
  return { bytes, sha256: hash.digest('hex') };
}

async function flush(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Writes files under a folder, one after the other. Throws the signal’s reason; what was written by then stays, for the caller to remove. */
export async function writeSet(
  folder: string,
  files: readonly SetFile[],
  signal: AbortSignal,
): Promise<WrittenFile[]> {
  const written: WrittenFile[] = [];
  for (const { name, text } of files) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    written.push({ name, ...(await writeText(path, text, signal)) });
  }
  return written;
}

/** All files of a folder as a zip. Times are the same for all, so that equal files give an equal archive. */
export async function zipFolder(folder: string, path: string, at: Date, signal: AbortSignal): Promise<void> {
  const zip = new ZipFile();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .toSorted();
  for (const name of names) {
    // Compressed as it is read: a large JSONL is never in memory as a whole.
    zip.addReadStreamLazy(name, { mtime: at, mode: 0o100644 }, (done) => {
      done(null, createReadStream(join(folder, name)));
    });
  }
  zip.end();
  const failed = new Promise<never>((_, reject) => zip.once('error', reject));
  await Promise.race([
    pipeline(zip.outputStream, createWriteStream(path, { mode: 0o600 }), { signal }),
    failed,
  ]);
  await flush(path);
}

/** Puts a finished file or folder in its place; one that is there already is replaced only when the new one is whole. */
export async function putInPlace(part: string, path: string): Promise<void> {
  const there = await stat(path).catch(() => null);
  if (there?.isDirectory() !== true) return rename(part, path);
  const old = `${part}.old`;
  await rename(path, old);
  try {
    await rename(part, path);
  } catch (error) {
    await rename(old, path);
    throw error;
  }
  await rm(old, { recursive: true, force: true });
}
