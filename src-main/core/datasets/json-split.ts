import {
  advance,
  beginCapture,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  isSpace,
  keep,
  OPEN_ARRAY,
  OPEN_OBJECT,
  pass,
  QUOTE,
} from './json-capture.ts';
import type { Capture, Resume, TextPlace } from './json-capture.ts';
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
interface JsonFault {
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
  /** Several objects one after another are read as such, as programs write that print each on many lines. */
  readonly many?: boolean;
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

interface Splitting {
  readonly options: SplitOptions;
  readonly levels: Level[];
  readonly place: TextPlace;
  capture: Capture | null;
  /** After something unexpected: nothing is read before the next comma or the end of the list or object. */
  skipping: boolean;
}

const AFTER_THE_END: Level = { kind: 'document', path: '', expect: 'nothing', key: null };

const top = (state: Splitting): Level => state.levels.at(-1) ?? AFTER_THE_END;

function pathOf(level: Level): string {
  if (level.kind === 'document') return '';
  if (level.kind === 'array') return `${level.path}[]`;
  const key = level.key ?? '';
  return level.path === '' ? key : `${level.path}.${key}`;
}

function fault(state: Splitting, problem: string, kept: boolean): void {
  state.options.onFault({ line: state.place.line, problem, kept });
}

function closes(level: Level, byte: number): boolean {
  return byte === (level.kind === 'array' ? CLOSE_ARRAY : CLOSE_OBJECT) && level.kind !== 'document';
}

function leave(state: Splitting): void {
  state.levels.pop();
  const outer = top(state);
  outer.expect = outer.kind === 'document' ? 'nothing' : 'comma';
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

function finish(state: Splitting, done: Capture): void {
  const level = top(state);
  const bytes = done.bytes > MAX_RECORD_BYTES ? null : Buffer.concat(done.parts);
  state.capture = null;
  if (done.role === 'key') {
    level.key = keyText(bytes);
    level.expect = 'colon';
    return;
  }
  state.options.onPiece({
    path: pathOf(level),
    parent: level.path,
    key: level.kind === 'object' ? level.key : null,
    line: done.line,
    endLine: state.place.line,
    bytes,
    broken: done.broken,
  });
  level.expect = level.kind === 'document' ? 'nothing' : 'comma';
}

/** Ends a broken value before the line that looks like the next record, and reads on there. */
function resume(state: Splitting, broken: Capture, { offset, line }: Resume): void {
  const held = Buffer.concat(broken.parts);
  broken.broken ??= 'a bracket in it is not closed';
  broken.parts = [held.subarray(0, offset)];
  broken.bytes = offset;
  state.place.line = line;
  finish(state, broken);
  const level = top(state);
  if (level.kind === 'array') level.expect = 'value';
  state.place.indent = broken.indent;
  push(state, held.subarray(offset));
}

/** A value begins here: goes into it or starts to capture it. */
function startValue(state: Splitting, byte: number): void {
  const path = pathOf(top(state));
  const kind = byte === OPEN_OBJECT ? 'object' : byte === OPEN_ARRAY ? 'array' : null;
  if (kind !== null && state.options.descend(path, kind)) {
    state.levels.push({ kind, path, expect: kind === 'array' ? 'first-value' : 'first-key', key: null });
  } else state.capture = beginCapture('value', byte, state.place);
}

function unexpected(state: Splitting, byte: number): void {
  const level = top(state);
  state.skipping = true;
  if (level.expect === 'nothing') {
    fault(state, 'There is more text after the end of the JSON document; it was left out.', false);
    return;
  }
  const found = byte < 0x80 ? `"${String.fromCodePoint(byte)}"` : 'a character';
  fault(state, `JSON does not allow ${found} here; what follows up to the next comma was left out.`, false);
  level.expect = 'comma';
  resync(state, byte);
}

function resync(state: Splitting, byte: number): void {
  const level = top(state);
  if (level.expect === 'nothing') return;
  if (byte === COMMA) {
    state.skipping = false;
    level.expect = level.kind === 'object' ? 'key' : 'value';
  } else if (closes(level, byte)) {
    state.skipping = false;
    leave(state);
  }
}

/** A structural byte between values. Starts a capture where it begins a member's name or a value. */
function step(state: Splitting, byte: number): void {
  const level = top(state);
  const { expect } = level;
  const structural = byte === COMMA || byte === COLON || byte === CLOSE_ARRAY || byte === CLOSE_OBJECT;
  if (closes(level, byte) && expect !== 'colon') {
    if (expect === 'value' || expect === 'key') {
      fault(state, 'There is a comma or colon too many before the end of a list or object.', true);
    }
    leave(state);
  } else if ((expect === 'value' || expect === 'first-value') && !structural) startValue(state, byte);
  else if ((expect === 'key' || expect === 'first-key') && byte === QUOTE) {
    state.capture = beginCapture('key', byte, state.place);
  } else if (expect === 'colon' && byte === COLON) level.expect = 'value';
  else if (expect === 'comma' && byte === COMMA) level.expect = level.kind === 'array' ? 'value' : 'key';
  else if (expect === 'comma' && level.kind === 'array' && byte === OPEN_OBJECT) {
    fault(state, 'A comma is missing between two records.', true);
    startValue(state, byte);
  } else if (expect === 'nothing' && byte === OPEN_OBJECT && state.options.many === true) {
    startValue(state, byte);
  } else unexpected(state, byte);
}

function push(state: Splitting, chunk: Buffer): void {
  let at = 0;
  while (at < chunk.length) {
    const current = state.capture;
    if (current !== null) {
      const next = advance(current, chunk, at, state.place);
      const end = next.kind === 'more' ? chunk.length : next.at;
      keep(current, chunk.subarray(at, end));
      at = end;
      if (next.kind === 'end') finish(state, current);
      else if (next.kind === 'resume' && current.resume !== null) resume(state, current, current.resume);
      continue;
    }
    const byte = chunk[at] ?? 0;
    if (!isSpace(byte)) {
      if (state.skipping) resync(state, byte);
      else step(state, byte);
      if (state.capture !== null) keep(state.capture, chunk.subarray(at, at + 1));
    }
    pass(state.place, byte);
    at++;
  }
}

function end(state: Splitting): void {
  while (state.capture !== null) {
    const current: Capture = state.capture;
    const whole = current.scalar && current.role === 'value' && top(state).kind === 'document';
    if (!whole) current.broken ??= 'the file ends in the middle of it';
    if (current.resume === null) finish(state, current);
    else resume(state, current, current.resume);
  }
  if (state.levels.length > 1) {
    fault(
      state,
      'The file ends before its list or object does: it was cut off, or a bracket is missing.',
      true,
    );
  } else if (top(state).expect === 'value') fault(state, 'The file holds no JSON.', true);
}

/**
 * Cuts a JSON text of any length into its values without parsing them, holding one value at a time: the elements of a
 * list of records, the members of the objects around it. Broken values are told from good ones by their brackets and
 * quotes (a text never spans lines), and reading goes on behind them: where records begin their lines alike, at the
 * next such line, so that one broken record costs only itself.
 */
export function createJsonSplitter(options: SplitOptions): JsonSplitter {
  const state: Splitting = {
    options,
    levels: [{ kind: 'document', path: '', expect: 'value', key: null }],
    place: { line: 1, indent: 0 },
    capture: null,
    skipping: false,
  };
  return { push: (chunk) => push(state, chunk), end: () => end(state) };
}
