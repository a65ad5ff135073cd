import { zstdDecompressSync } from 'node:zlib';

const MAGIC = 0xfd2fb528;
const DICTIONARY_BYTES = [0, 1, 2, 4];
const CONTENT_SIZE_BYTES = [0, 2, 4, 8];

/**
 * Where the zstd frame at `start` ends (RFC 8878, sections 3.1.1 and 3.1.2). Throws RangeError where the bytes end
 * before it does.
 */
function frameEnd(bytes: Buffer, start: number): number {
  const magic = bytes.readUInt32LE(start);
  // A skippable frame: its size follows.
  if (magic >>> 4 === 0x184d2a5) return start + 8 + bytes.readUInt32LE(start + 4);
  if (magic !== MAGIC) throw new RangeError('no zstd frame begins here');
  const descriptor = bytes.readUInt8(start + 4);
  const single = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  const contentSize = sizeFlag === 0 && single ? 1 : (CONTENT_SIZE_BYTES[sizeFlag] ?? 0);
  let at = start + 5 + (single ? 0 : 1) + (DICTIONARY_BYTES[descriptor & 3] ?? 0) + contentSize;
  for (let last = false; !last;) {
    const header = bytes.readUIntLE(at, 3);
    last = (header & 1) === 1;
    const repeated = ((header >> 1) & 3) === 1;
    at += 3 + (repeated ? 1 : header >> 3);
  }
  const end = at + ((descriptor & 4) === 0 ? 0 : 4);
  if (end > bytes.length) throw new RangeError('the frame is cut off');
  return end;
}

/**
 * Unpacks zstd data of one or more frames. Node stops after the first frame without a word, and Inspect begins a new
 * one every 200 MiB. Throws where the data are damaged or unpack to more than `limit` bytes.
 */
export function unpackZstd(bytes: Buffer, limit: number): Buffer {
  const parts: Buffer[] = [];
  let left = limit;
  for (let at = 0; at < bytes.length;) {
    const end = frameEnd(bytes, at);
    const skippable = bytes.readUInt32LE(at) !== MAGIC;
    if (!skippable) {
      const part = zstdDecompressSync(bytes.subarray(at, end), { maxOutputLength: Math.max(1, left) });
      left -= part.length;
      parts.push(part);
    }
    at = end;
  }
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
}
