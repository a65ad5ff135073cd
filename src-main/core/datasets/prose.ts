import { agreement, isKnownName, isSeparatorLine, tryDialect, usualWidth } from './csv-dialect.ts';
import type { CsvDialect } from './csv-scan.ts';

/** How a document in Markdown begins: a heading, front matter, a badge, a comment. */
const MARKDOWN_START = /^\s*(?:#{1,6} \S|---\s*\n|\[?!\[|<!--)/;
const MARKDOWN_LINE = /^\s*(?:#{1,6} \S|[-*+] \S|> |```|\[[^\]]+\]: )/;
/** Lines of programs, style sheets and settings. */
const CODE_LINE =
  /^\s*(?:\/\/|\/\*|\*\/?|#include|import |from |def |class |function |export |const |var |let |return\b|if ?\(|"use strict")|[{}();]\s*$|[{[(,]\s*$/;
const SENTENCE_END = /[.:;,!…–-]["”’)]*\s*$/;

const share = (lines: readonly string[], wanted: RegExp): number =>
  lines.filter((line) => wanted.test(line)).length / Math.max(1, lines.length);

/** The delimiter as a writer sets it: a space or the end of the line follows. */
function isPunctuation(text: string, delimiter: string): boolean {
  const parts = text.split(delimiter).slice(1);
  return parts.length > 0 && parts.filter((part) => /^\s|^$/.test(part)).length >= 0.95 * parts.length;
}

/**
 * Whether a text that can be split into columns is one for reading: Markdown, a letter, a licence, or for a computer: a program. A table whose first line has the
 * name of a known column never is.
 */
export function isProse(text: string, dialect: CsvDialect, complete: boolean): boolean {
  const trial = tryDialect(Buffer.from(text, 'utf8'), complete, dialect);
  const first = trial.rows.find((row) => !isSeparatorLine(row)) ?? [];
  if (first.some(isKnownName)) return false;
  const lines = text.split('\n', 500).filter((line) => line.trim() !== '');
  // A first line without a delimiter names no columns for the lines that have some.
  if (first.length === 1 && usualWidth(trial) > 1) return true;
  // Lines that are set in, not rows whose first cell is empty.
  if (dialect.delimiter === '\t') return share(lines, /^\s/) > 0.3;
  if (MARKDOWN_START.test(text) || share(lines, MARKDOWN_LINE) > 0.15) return true;
  // Without the empty cells at a row's end.
  const bare = lines.map((line) =>
    line.trimEnd().replace(/[,;|]+$/, (end) => end.replaceAll(dialect.delimiter, '')),
  );
  if (share(bare, CODE_LINE) > 0.3) return true;
  if (dialect.quotes && /(?:^|[,;|])\s*"/m.test(text)) return false;
  return (
    isPunctuation(text, dialect.delimiter) && (agreement(trial) < 0.9 || share(lines, SENTENCE_END) >= 0.5)
  );
}
