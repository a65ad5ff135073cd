import { MAX_RECORD_BYTES } from './raw.ts';

/** Where a text is being read: shared by everything that reads it. */
export interface TextPlace {
  line: number;
  /** Spaces before the first character of the current line; -1 once there was one. */
  indent: number;
}

/** A line in a value that begins like a record of its own: where to go on, should the value be broken. */
export interface Resume {
  /** Bytes of the value before that line's first bracket. */
  readonly offset: number;
  readonly line: number;
}

/** The value being read: its bytes so far, the brackets open in it, and whether a text is open. */
export interface Capture {
  readonly line: number;
  readonly role: 'value' | 'key';
  readonly scalar: boolean;
  /** How far its first bracket is indented where it begins its line, else -1. */
  readonly indent: number;
  readonly open: number[];
  parts: Buffer[];
  bytes: number;
  inText: boolean;
  escaped: boolean;
  broken: string | null;
  resume: Resume | null;
}

export const QUOTE = 0x22;
const NEWLINE = 0x0a;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;
export const OPEN_ARRAY = 0x5b;
export const CLOSE_ARRAY = 0x5d;
export const COMMA = 0x2c;
export const COLON = 0x3a;
const BACKSLASH = 0x5c;

/** How far reading goes beyond a line that looks like the next record before the value is given up as broken there. */
const RESUME_BYTES = 4 * 1024 * 1024;

export const isSpace = (byte: number): boolean =>
  byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === NEWLINE;
const isOpener = (byte: number): boolean => byte === OPEN_OBJECT || byte === OPEN_ARRAY;
const openerOf = (closer: number): number => (closer === CLOSE_OBJECT ? OPEN_OBJECT : OPEN_ARRAY);

/** Moves the place over one byte. */
export function pass(place: TextPlace, byte: number): void {
  if (byte === NEWLINE) {
    place.line++;
    place.indent = 0;
  } else if (place.indent >= 0) place.indent = isSpace(byte) ? place.indent + 1 : -1;
}

/** Starts to read the value or member name whose first byte this is; the place is still before it. */
export function beginCapture(role: Capture['role'], byte: number, place: TextPlace): Capture {
  const container = isOpener(byte);
  return {
    line: place.line,
    role,
    scalar: !container && byte !== QUOTE,
    indent: container ? place.indent : -1,
    open: container ? [byte] : [],
    parts: [],
    bytes: 0,
    inText: byte === QUOTE,
    escaped: false,
    broken: null,
    resume: null,
  };
}

/** Adds bytes to the value; what goes over the limit is counted and forgotten. */
export function keep(capture: Capture, bytes: Buffer): void {
  capture.bytes += bytes.length;
  if (capture.bytes <= MAX_RECORD_BYTES) capture.parts.push(bytes);
  else capture.parts = [];
}

/** A closing bracket inside the value. False when it belongs to what is around the value. */
function close(capture: Capture, byte: number): boolean {
  if (capture.open.at(-1) === openerOf(byte)) {
    capture.open.pop();
    return true;
  }
  capture.broken ??= 'its brackets do not match';
  const matching = capture.open.lastIndexOf(openerOf(byte));
  if (matching === -1) return false;
  capture.open.length = matching;
  return true;
}

/** One byte of an open text. True when the value ends behind it: it was the text, or the text broke off. */
function textByte(capture: Capture, byte: number): boolean {
  if (capture.escaped && byte !== NEWLINE) {
    capture.escaped = false;
    return false;
  }
  if (byte === BACKSLASH) capture.escaped = true;
  else if (byte === QUOTE) {
    capture.inText = false;
    return capture.open.length === 0;
  } else if (byte === NEWLINE) {
    // JSON has no text over two lines: a quote is missing on this one.
    capture.broken ??= 'a text in it is not closed';
    capture.inText = false;
    capture.escaped = false;
    return capture.open.length === 0;
  }
  return false;
}

/**
 * Notes a bracket that begins its line as the value's own first bracket did, which in a list of records is the next
 * record. True when it is to be taken for one now: the value is known to be broken.
 */
function looksLikeNext(capture: Capture, byte: number, offset: number, place: TextPlace): boolean {
  if (capture.indent === -1 || place.indent !== capture.indent || byte !== OPEN_OBJECT) return false;
  capture.resume ??= { offset, line: place.line };
  return capture.broken !== null;
}

export type Advance =
  /** The chunk ended first. */
  | { readonly kind: 'more' }
  /** The value ended before this place of the chunk. */
  | { readonly kind: 'end'; readonly at: number }
  /** The value is broken, and the next one begins where its `resume` says; the chunk was looked at up to here. */
  | { readonly kind: 'resume'; readonly at: number };

/** Reads on in a value from a place in a chunk. Its bytes are not kept here. */
export function advance(capture: Capture, chunk: Buffer, from: number, place: TextPlace): Advance {
  const start = capture.bytes - from;
  for (let at = from; at < chunk.length; at++) {
    const byte = chunk[at] ?? 0;
    if (capture.inText) {
      const ended = textByte(capture, byte);
      if (byte === NEWLINE) pass(place, byte);
      if (ended) return { kind: 'end', at: at + 1 };
      continue;
    }
    if (capture.scalar) {
      if (byte === COMMA || byte === CLOSE_ARRAY || byte === CLOSE_OBJECT || isSpace(byte))
        return { kind: 'end', at };
      pass(place, byte);
      continue;
    }
    if (isOpener(byte)) {
      if (looksLikeNext(capture, byte, start + at, place)) return { kind: 'resume', at };
      capture.open.push(byte);
    } else if (byte === QUOTE) capture.inText = true;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      if (!close(capture, byte)) return { kind: capture.resume === null ? 'end' : 'resume', at };
      if (capture.open.length === 0) {
        pass(place, byte);
        const broken = capture.broken !== null && capture.resume !== null;
        return { kind: broken ? 'resume' : 'end', at: at + 1 };
      }
    }
    pass(place, byte);
  }
  const seen = capture.bytes + chunk.length - from;
  if (capture.resume !== null && seen - capture.resume.offset > RESUME_BYTES) {
    capture.broken ??= 'a bracket in it is not closed';
    return { kind: 'resume', at: chunk.length };
  }
  return { kind: 'more' };
}
