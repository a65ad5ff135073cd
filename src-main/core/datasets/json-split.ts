import { MAX_RECORD_BYTES } from './raw.ts';

/** One value of a JSON document that is not descended into, as text. */
export interface JsonPiece {
  /** Where it lies: names of members joined by dots, "[]" for an element of a list ("data[]", "eval.model"). */
  readonly path: string;
  /** Path of the object or list it lies in ("" at the top), and its name in an object. */
  readonly parent: string;
  readonly key: string | null;
  readonly line: number;
  /** Line on which it ended. */
  readonly endLine: number;
  /** Null when it was longer than the limit. */
  readonly bytes: Buffer | null;
  /** What is wrong with its brackets or quotes, as a clause; null when nothing is. */
  readonly broken: string | null;
}

/** Something wrong between values: a missing comma, text after the end. */
export interface JsonFault {
  readonly line: number;
  readonly problem: string;
  /** True when no value was lost by it. */
  readonly kept: boolean;
}

export interface JsonSplitter {
  /** Takes the next piece of the text, in UTF-8. */
  readonly push: (chunk: Buffer) => void;
  /** Says that the text has ended. */
  readonly end: () => void;
}

export interface SplitOptions {
  /** Whether to go into the object or list at this path, or take it as one value. */
  readonly descend: (path: string, kind: 'object' | 'array') => boolean;
  readonly onPiece: (piece: JsonPiece) => void;
  readonly onFault: (fault: JsonFault) => void;
}

type Expect = 'value' | 'first-value' | 'key' | 'first-key' | 'colon' | 'comma' | 'nothing';

interface Level {
  readonly kind: 'object' | 'array' | 'document';
  readonly path: string;
  expect: Expect;
  key: string | null;
}

/** The value being read: its bytes so far, the brackets open in it, and whether a text is open. */
interface Capture {
  readonly line: number;
  readonly role: 'value' | 'key';
  readonly scalar: boolean;
  readonly open: number[];
  parts: Buffer[];
  bytes: number;
  inText: boolean;
  escaped: boolean;
  broken: string | null;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NEWLINE = 0x0a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;

const isSpace = (byte: number): boolean =>
  byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === NEWLINE;
const opener = (closer: number): number => (closer === CLOSE_OBJECT ? OPEN_OBJECT : OPEN_ARRAY);

function pathOf(level: Level): string {
  if (level.kind === 'array') return `${level.path}[]`;
  const key = level.key ?? '';
  return level.path === '' ? key : `${level.path}.${key}`;
}

/**
 * Cuts a JSON text of any length into its values without parsing them, holding one value at a time: the elements of a
 * list of records, the members of the objects around it. Broken values are told from good ones by their brackets and
 * quotes (a text never spans lines), and reading goes on behind them, so that one broken record costs only itself
 * wherever the text allows to tell where it ends.
 */
export function createJsonSplitter(options: SplitOptions): JsonSplitter {
  const levels: Level[] = [{ kind: 'document', path: '', expect: 'value', key: null }];
  let line = 1;
  let capture: Capture | null = null;
  let skipping = false;

  const top = (): Level =>
    levels[levels.length - 1] ?? { kind: 'document', path: '', expect: 'nothing', key: null };
  const fault = (problem: string, kept: boolean): void => options.onFault({ line, problem, kept });

  function begin(role: Capture['role'], byte: number): Capture {
    const container = byte === OPEN_OBJECT || byte === OPEN_ARRAY;
    const scalar = !container && byte !== QUOTE;
    const inText = byte === QUOTE;
    const open = container ? [byte] : [];
    return { line, role, scalar, open, parts: [], bytes: 0, inText, escaped: false, broken: null };
  }

  function keep(into: Capture, bytes: Buffer): void {
    into.bytes += bytes.length;
    if (into.bytes <= MAX_RECORD_BYTES) into.parts.push(bytes);
    else into.parts = [];
  }

  function finish(done: Capture): void {
    const level = top();
    const bytes = done.bytes > MAX_RECORD_BYTES ? null : Buffer.concat(done.parts);
    capture = null;
    if (done.role === 'key') {
      level.key = keyText(bytes);
      level.expect = 'colon';
      return;
    }
    const { path, kind, key } = level;
    const parent = path;
    const name = kind === 'object' ? key : null;
    options.onPiece({
      path: pathOf(level),
      parent,
      key: name,
      line: done.line,
      endLine: line,
      bytes,
      broken: done.broken,
    });
    level.expect = kind === 'document' ? 'nothing' : 'comma';
  }

  /** A closing bracket inside the value. False when it belongs to what is around the value. */
  function close(current: Capture, byte: number): boolean {
    if (current.open.at(-1) === opener(byte)) {
      current.open.pop();
      return true;
    }
    current.broken ??= 'its brackets do not match';
    const matching = current.open.lastIndexOf(opener(byte));
    if (matching === -1) return false;
    current.open.length = matching;
    return true;
  }

  /** Reads on in the current value; returns where it ended in the chunk, or the chunk's length. */
  function advance(current: Capture, chunk: Buffer, from: number): number {
    let at = from;
    for (; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (current.inText) {
        if (current.escaped) current.escaped = false;
        else if (byte === BACKSLASH) current.escaped = true;
        else if (byte === QUOTE) {
          current.inText = false;
          if (current.open.length === 0) return at + 1;
        } else if (byte === NEWLINE) {
          current.broken ??= 'a text in it is not closed';
          current.inText = false;
          line++;
          if (current.open.length === 0) return at + 1;
        }
        continue;
      }
      if (byte === NEWLINE) line++;
      if (current.scalar) {
        if (byte === COMMA || byte === CLOSE_ARRAY || byte === CLOSE_OBJECT || isSpace(byte)) {
          // The line was counted, though the break still belongs to what follows.
          if (byte === NEWLINE) line--;
          return at;
        }
        continue;
      }
      if (byte === QUOTE) current.inText = true;
      else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) current.open.push(byte);
      else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        if (!close(current, byte)) return at;
        if (current.open.length === 0) return at + 1;
      }
    }
    return -1;
  }

  function enter(kind: 'object' | 'array', path: string): void {
    levels.push({ kind, path, expect: kind === 'array' ? 'first-value' : 'first-key', key: null });
  }

  function leave(): void {
    levels.pop();
    const outer = top();
    outer.expect = outer.kind === 'document' ? 'nothing' : 'comma';
  }

  /** A value begins here: goes into it or starts to capture it. */
  function startValue(byte: number): void {
    const level = top();
    const path = level.kind === 'document' ? '' : pathOf(level);
    const kind = byte === OPEN_OBJECT ? 'object' : byte === OPEN_ARRAY ? 'array' : null;
    if (kind !== null && options.descend(path, kind)) enter(kind, path);
    else capture = begin('value', byte);
  }

  function closes(level: Level, byte: number): boolean {
    return byte === (level.kind === 'array' ? CLOSE_ARRAY : CLOSE_OBJECT) && level.kind !== 'document';
  }

  /** A structural byte between values. Starts a capture where it begins a key or value. */
  function step(byte: number): void {
    const level = top();
    const { expect } = level;
    if (closes(level, byte) && expect !== 'colon') {
      if (expect === 'value' || expect === 'key')
        fault('There is a comma or colon too many before the end of a list or object.', true);
      leave();
    } else if (expect === 'value' || expect === 'first-value') {
      if (byte === COMMA || byte === COLON || byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) unexpected(byte);
      else startValue(byte);
    } else if (expect === 'key' || expect === 'first-key') {
      if (byte === QUOTE) capture = begin('key', byte);
      else unexpected(byte);
    } else if (expect === 'colon' && byte === COLON) level.expect = 'value';
    else if (expect === 'comma' && byte === COMMA) level.expect = level.kind === 'array' ? 'value' : 'key';
    else if (expect === 'comma' && level.kind === 'array' && (byte === OPEN_OBJECT || byte === OPEN_ARRAY)) {
      fault('A comma is missing between two records.', true);
      startValue(byte);
    } else unexpected(byte);
  }

  function unexpected(byte: number): void {
    const level = top();
    skipping = true;
    if (level.expect === 'nothing') {
      fault('There is more text after the end of the JSON document; it was left out.', false);
      return;
    }
    const found = byte < 0x80 ? `"${String.fromCodePoint(byte)}"` : 'a character';
    fault(`JSON does not allow ${found} here; what follows up to the next comma was left out.`, false);
    level.expect = level.kind === 'object' && level.expect === 'colon' ? 'colon' : 'comma';
    resync(byte);
  }

  /** After something unexpected: reads on at the next comma or the end of the list or object. */
  function resync(byte: number): void {
    const level = top();
    if (level.expect === 'nothing') return;
    if (byte === COMMA) {
      skipping = false;
      level.expect = level.kind === 'object' ? 'key' : 'value';
    } else if (closes(level, byte)) {
      skipping = false;
      leave();
    }
  }

  function push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (capture !== null) {
        const current: Capture = capture;
        const end = advance(current, chunk, at);
        keep(current, chunk.subarray(at, end === -1 ? chunk.length : end));
        if (end === -1) return;
        at = end;
        finish(current);
        continue;
      }
      const byte = chunk[at] ?? 0;
      if (byte === NEWLINE) line++;
      if (isSpace(byte)) {
        at++;
        continue;
      }
      if (skipping) resync(byte);
      else step(byte);
      const started: Capture | null = capture;
      if (started !== null) keep(started, chunk.subarray(at, at + 1));
      at++;
    }
  }

  function end(): void {
    if (capture !== null) {
      const current: Capture = capture;
      const whole = current.scalar && current.role === 'value' && top().kind === 'document';
      if (!whole) current.broken ??= 'the file ends in the middle of it';
      finish(current);
    }
    if (levels.length > 1) {
      fault('The file ends before its list or object does: it was cut off, or a bracket is missing.', true);
    } else if (top().expect === 'value') fault('The file holds no JSON.', true);
  }

  return { push, end };
}

/** A member's name; broken ones come out as written. */
function keyText(bytes: Buffer | null): string {
  const text = bytes?.toString('utf8') ?? '';
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'string' ? parsed : text;
  } catch {
    return text;
  }
}
