import { formatBytes } from '../domain/units.ts';
import type { Progress } from '../domain/import.ts';

export interface Column<T> {
  readonly head: string;
  readonly cell: (row: T) => string;
  readonly right?: boolean;
  /** Longest text shown; longer ones end in an ellipsis. */
  readonly max?: number;
}

/** A table in plain text: two spaces between columns, numbers to the right, nothing but letters to draw it. */
export function table<T>(rows: readonly T[], columns: readonly Column<T>[]): string {
  const cells = rows.map((row) => columns.map(({ cell, max }) => clip(cell(row), max ?? 80)));
  const widths = columns.map((column, c) =>
    Math.max(width(column.head), ...cells.map((row) => width(row[c] ?? ''))),
  );
  const lines = [columns.map(({ head }) => head), ...cells].map((row) =>
    row
      .map((text, c) => pad(text, widths[c] ?? 0, columns[c]?.right ?? false))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

function width(text: string): number {
  return [...text].length;
}

function pad(text: string, to: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, to - width(text)));
  return right ? space + text : text + space;
}

function clip(text: string, max: number): string {
  const line = visible(text.replaceAll(/\s+/g, ' ').trim());
  return width(line) <= max ? line : `${[...line].slice(0, max - 1).join('')}…`;
}

/**
 * What a terminal would obey instead of show: control characters but for line feed and tab, and the marks that turn the direction of
 * writing. Lone surrogates too, which no encoding of a terminal has.
 */
const OBEYED = /(?![\n\t])[\p{Cc}\p{Surrogate}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

function escaped(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
}

/** Questions, answers and names come from files and models: an escape sequence in one must not repaint a verdict. */
export function visible(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll(OBEYED, escaped);
}

export function print(text: string): void {
  process.stdout.write(visible(text.endsWith('\n') ? text : `${text}\n`));
}

export function printJson(value: unknown): void {
  process.stdout.write(`${jsonText(value)}\n`);
}

/** JSON.stringify escapes only the first 32 control characters; the others are escaped too, which reads back the same. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 2).replaceAll(OBEYED, escaped);
}

/** What is not the result goes to stderr: --json output stays JSON. */
export function note(text: string): void {
  process.stderr.write(`${visible(text)}\n`);
}

const LINE_MS = 5000;

/** One line that changes in place on a terminal, a line every five seconds elsewhere. */
export function progressLine(): { show(text: string): void; end(): void } {
  const live = process.stderr.isTTY;
  let shown = '';
  let last = 0;
  return {
    show(text) {
      if (text === shown) return;
      if (live) process.stderr.write(`\r\u001B[2K${clip(text, (process.stderr.columns ?? 100) - 1)}`);
      else if (Date.now() - last >= LINE_MS) {
        note(text);
        last = Date.now();
      }
      shown = text;
    },
    end() {
      if (live && shown !== '') process.stderr.write('\r\u001B[2K');
      shown = '';
    },
  };
}

export function progressText(progress: Progress, bytes: boolean): string {
  const { step, done, total, etaSeconds } = progress;
  if (total === null && done === 0) return step;
  const count = (n: number): string => (bytes ? formatBytes(n) : n.toLocaleString('en'));
  const share = total === null || total === 0 ? '' : ` ${Math.floor((100 * done) / total)} %`;
  const of = total === null ? count(done) : `${count(done)} of ${count(total)}`;
  return `${step}: ${of}${share}${etaText(etaSeconds)}`;
}

export function etaText(seconds: number | null): string {
  return seconds === null ? '' : `, ${formatSeconds(seconds)} left`;
}

export function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}
