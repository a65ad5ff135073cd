import { isUtf8 } from 'node:buffer';
import type { Encoding } from './types.ts';

/** Drops the bytes of a character that the end of the sample cut through. */
function withoutCutCharacter(head: Buffer): Buffer {
  for (let back = 1; back <= 3 && back <= head.length; back++) {
    const byte = head[head.length - back] ?? 0;
    if (byte < 0x80) return head;
    if (byte >= 0xc0) return head.subarray(0, head.length - back);
  }
  return head;
}

/** UTF-16 without a mark: every other byte of mostly Western text is zero. */
function bareUtf16(head: Buffer): Encoding | null {
  const length = Math.min(head.length, 4096) & ~1;
  if (length < 8) return null;
  let even = 0;
  let odd = 0;
  for (let i = 0; i < length; i += 2) {
    if (head[i] === 0) even++;
    if (head[i + 1] === 0) odd++;
  }
  const pairs = length / 2;
  if (odd > 0.6 * pairs && even < 0.1 * pairs) return 'UTF-16 LE';
  if (even > 0.6 * pairs && odd < 0.1 * pairs) return 'UTF-16 BE';
  return null;
}

/** Control characters other than tab, newline and the like: text has none, binary data some among any hundred bytes. */
function looksBinary(head: Buffer): boolean {
  let control = 0;
  for (const byte of head) if (byte < 9 || (byte > 13 && byte < 32 && byte !== 27)) control++;
  return head.includes(0) || control > head.length / 100;
}

/** How many bytes the character that begins with this byte has; 0 where none does. */
function lengthOf(byte: number): number {
  if (byte < 0x80) return 1;
  if (byte < 0xc2 || byte > 0xf4) return 0;
  return byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

/**
 * UTF-8 with damage in places, or cut within a character: letters of two bytes and more that are whole, and at most a tenth as many
 * bytes that belong to none. In Windows-1252 hardly a letter beyond ASCII is followed by what UTF-8 wants. What is broken is told
 * by record; to read all of it as something else would spoil every letter.
 */
function isBrokenUtf8(head: Buffer): boolean {
  let whole = 0;
  let broken = 0;
  for (let at = 0; at < head.length;) {
    const length = lengthOf(head[at] ?? 0);
    const rest = head.subarray(at + 1, at + length);
    if (length > 0 && rest.length === length - 1 && rest.every((byte) => byte >> 6 === 2)) {
      if (length > 1) whole++;
      at += length;
    } else {
      // A character that the end cuts off is no sign of another encoding.
      if (at + Math.max(length, 1) <= head.length) broken++;
      at++;
    }
  }
  return whole > 0 && whole >= 10 * broken;
}

/**
 * How text is encoded, told by its first bytes: a byte order mark, the pattern of UTF-16, valid UTF-8 or nearly so, and what is
 * left over as Windows-1252 (the superset of Latin-1 that never fails). Null for binary data. `complete` says that
 * `head` is the whole text.
 */
export function detectEncoding(head: Buffer, complete: boolean): Encoding | null {
  const [first, second, third] = head;
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'UTF-8 BOM';
  // UTF-32's mark begins with UTF-16's; nothing writes datasets so.
  if (first === 0xff && second === 0xfe && third === 0 && head[3] === 0) return null;
  if (first === 0xff && second === 0xfe) return 'UTF-16 LE';
  if (first === 0xfe && second === 0xff) return 'UTF-16 BE';
  const bare = bareUtf16(head);
  if (bare !== null) return bare;
  if (looksBinary(head.subarray(0, 65_536))) return null;
  if (isUtf8(complete ? head : withoutCutCharacter(head))) return 'UTF-8';
  return isBrokenUtf8(head) ? 'UTF-8' : 'Windows-1252';
}

const LABELS: Readonly<Record<Encoding, string | null>> = {
  'UTF-8': null,
  'UTF-8 BOM': null,
  'UTF-16 LE': 'utf-16le',
  'UTF-16 BE': 'utf-16be',
  'Windows-1252': 'windows-1252',
};

export type ToUtf8 = (chunk: Buffer | null) => Buffer;

/** Turns pieces of text into UTF-8 without its mark, piece by piece; null ends the text. */
export function utf8Converter(encoding: Encoding): ToUtf8 {
  const label = LABELS[encoding];
  if (label !== null) {
    const decoder = new TextDecoder(label);
    return (chunk) => Buffer.from(decoder.decode(chunk ?? undefined, { stream: chunk !== null }), 'utf8');
  }
  let started = encoding !== 'UTF-8 BOM';
  return (chunk) => {
    if (chunk === null) return Buffer.alloc(0);
    if (started) return chunk;
    started = true;
    return chunk.subarray(3);
  };
}
