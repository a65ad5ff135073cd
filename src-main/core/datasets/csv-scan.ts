/** How a delimited text is written. */
export interface CsvDialect {
  readonly delimiter: string;
  /** False where a quote is a character like any other (TSV as many tools write it). */
  readonly quotes: boolean;
  /** What ends a record; "cr" is the old Macintosh's. "\r\n" counts as "lf". */
  readonly newline: 'lf' | 'cr';
  /** Spaces after a delimiter belong to nothing (`1, "a, b"`). */
  readonly skipSpace: boolean;
  /** False when the first line is data. */
  readonly header: boolean;
}

/** One record's place in a buffer. */
export interface CsvSpan {
  readonly start: number;
  /** Behind the last byte of the record, before its line break. */
  readonly end: number;
  /** Where the next record begins. */
  readonly next: number;
  /** Line breaks between `start` and `next`. */
  readonly lines: number;
  /**
   * What is wrong with it, as a clause; `next` is then the line after the one on which it began, or the end of the buffer where that line
   * goes on behind it (`lines` is 0).
   */
  readonly broken: string | null;
}

const QUOTE = 0x22;
const SPACE = 0x20;
const CR = 0x0d;
const LF = 0x0a;

/** A quoted field this long is a quote that was never closed. */
const MAX_CSV_RECORD_BYTES = 16 * 1024 * 1024;

function countBreaks(buffer: Buffer, from: number, to: number, byte: number): number {
  let count = 0;
  for (let at = buffer.indexOf(byte, from); at !== -1 && at < to; at = buffer.indexOf(byte, at + 1)) count++;
  return count;
}

function trimmed(buffer: Buffer, start: number, end: number): number {
  return end > start && buffer[end - 1] === CR ? end - 1 : end;
}

/** The end of the quoted field that opens at `at`: behind its closing quote, or -1 when the buffer ends before it. */
function closingQuote(buffer: Buffer, at: number): number {
  for (let from = at + 1; ;) {
    const quote = buffer.indexOf(QUOTE, from);
    if (quote === -1) return -1;
    if (buffer[quote + 1] !== QUOTE) return quote + 1;
    from = quote + 2;
  }
}

/**
 * Finds where the record at `start` ends, by the rules of RFC 4180: a field that begins with a quote runs to its closing
 * one, which a delimiter or the end of the record must follow; elsewhere a quote is a character. Null when the buffer
 * ends first and `final` is false: the caller tries again with more. A record whose quotes break the rules ends with
 * the line on which it began, so that what stands on the following lines is read on its own.
 */
export function scanRecord(
  buffer: Buffer,
  start: number,
  dialect: CsvDialect,
  final: boolean,
): CsvSpan | null {
  const lineBreak = dialect.newline === 'cr' ? CR : LF;
  const delimiter = dialect.delimiter.charCodeAt(0);
  const firstBreak = buffer.indexOf(lineBreak, start);
  const lineEnd = firstBreak === -1 ? buffer.length : firstBreak;
  const whole = (end: number, next: number, lines: number): CsvSpan => {
    return { start, end: trimmed(buffer, start, end), next, lines, broken: null };
  };
  const broken = (reason: string): CsvSpan | null => {
    if (firstBreak === -1 && !final && buffer.length - start < MAX_CSV_RECORD_BYTES) return null;
    const hasBreak = firstBreak !== -1;
    const next = hasBreak ? lineEnd + 1 : lineEnd;
    return { start, end: trimmed(buffer, start, lineEnd), next, lines: hasBreak ? 1 : 0, broken: reason };
  };
  const unclosed = (): CsvSpan | null => {
    if (!final && buffer.length - start < MAX_CSV_RECORD_BYTES) return null;
    return broken(
      final ? 'a quote is opened in it and never closed' : 'a quote in it is not closed within 16 MiB',
    );
  };
  if (!dialect.quotes || !buffer.subarray(start, lineEnd).includes(QUOTE)) {
    if (firstBreak === -1) return final ? whole(lineEnd, lineEnd, 0) : broken('it is longer than 16 MiB');
    return whole(lineEnd, lineEnd + 1, 1);
  }
  let at = start;
  for (;;) {
    // A field begins here.
    if (dialect.skipSpace) while (buffer[at] === SPACE) at++;
    if (buffer[at] === QUOTE) {
      at = closingQuote(buffer, at);
      if (at === -1 || (at >= buffer.length && !final)) return unclosed();
      if (dialect.skipSpace) while (buffer[at] === SPACE) at++;
    } else {
      while (at < buffer.length && buffer[at] !== delimiter && buffer[at] !== lineBreak) at++;
    }
    if (at >= buffer.length)
      return final ? whole(at, at, countBreaks(buffer, start, at, lineBreak)) : unclosed();
    const byte = buffer[at];
    if (byte === delimiter) at++;
    else if (byte === lineBreak) return whole(at, at + 1, countBreaks(buffer, start, at, lineBreak) + 1);
    else if (byte === CR && buffer[at + 1] === lineBreak) {
      return whole(at, at + 2, countBreaks(buffer, start, at, lineBreak) + 1);
    } else if (byte === CR && at + 1 >= buffer.length && !final) return null;
    else if (byte === CR && at + 1 >= buffer.length)
      return whole(at, at + 1, countBreaks(buffer, start, at, lineBreak));
    else return broken('a quoted field in it goes on after its closing quote');
  }
}
