import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { utf8Converter } from './encoding.ts';
import type { Encoding } from './types.ts';

export type Compression = 'gzip' | null;

/** Large enough that a piece's fixed costs vanish, small enough that a dozen of them are nothing. */
const PIECE_BYTES = 1024 * 1024;

export interface ByteStreamOptions {
  readonly compression: Compression;
  readonly totalBytes: number;
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: ((bytesRead: number, totalBytes: number) => void) | undefined;
}

/** The first bytes of a file as it lies on disk; fewer when it is shorter. */
export async function readHead(path: string, length: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await file.read(buffer, 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** By the first two bytes, not by the name. */
export function compressionOf(head: Buffer): Compression {
  return head[0] === 0x1f && head[1] === 0x8b ? 'gzip' : null;
}

/**
 * The bytes of a file, unpacked, in pieces of about 1 MiB. Stops with the signal's reason; leaving the loop closes the
 * file. Progress counts bytes on disk.
 */
async function* unpackedBytes(path: string, options: ByteStreamOptions): AsyncGenerator<Buffer> {
  const { compression, totalBytes, signal, onBytes } = options;
  signal?.throwIfAborted();
  // A small file is not worth a megabyte of buffer each time it is looked at.
  const size = Math.min(PIECE_BYTES, Math.max(16 * 1024, totalBytes));
  const file = createReadStream(path, { highWaterMark: size });
  const unpack = compression === null ? null : createGunzip({ chunkSize: size });
  // The reader below gets the stream's error; pipeline is only there to pass it on.
  if (unpack !== null) pipeline(file, unpack, () => undefined);
  try {
    for await (const chunk of unpack ?? file) {
      signal?.throwIfAborted();
      yield chunk;
      onBytes?.(file.bytesRead, totalBytes);
    }
    signal?.throwIfAborted();
  } finally {
    unpack?.destroy();
    file.destroy();
  }
}

/** The text of a file as UTF-8 bytes without a mark, whatever its encoding was. */
export async function* utf8Bytes(
  path: string,
  encoding: Encoding,
  options: ByteStreamOptions,
): AsyncGenerator<Buffer> {
  const convert = utf8Converter(encoding);
  for await (const chunk of unpackedBytes(path, options)) {
    const converted = convert(chunk);
    if (converted.length > 0) yield converted;
  }
  const rest = convert(null);
  if (rest.length > 0) yield rest;
}

/** The first unpacked bytes of a file, up to `length`, and whether that was all of it. */
export async function unpackedHead(
  path: string,
  options: ByteStreamOptions,
  length: number,
): Promise<{ readonly head: Buffer; readonly complete: boolean }> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of unpackedBytes(path, options)) {
    parts.push(chunk);
    size += chunk.length;
    if (size > length) return { head: Buffer.concat(parts).subarray(0, length), complete: false };
  }
  return { head: Buffer.concat(parts), complete: true };
}
