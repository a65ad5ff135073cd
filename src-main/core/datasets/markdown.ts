import { recordOf } from '../../domain/datasets/fields.ts';
import { GOLD_NAMES, isNamed, QUESTION_NAMES } from '../../domain/datasets/column-names.ts';
import { columnTitles } from './csv-dialect.ts';
import type { RawItem } from './raw.ts';

/** The line under a table's column names: dashes, with colons where a column is aligned. */
const RULE = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;
const FENCE = /^\s*(?:```|~~~)/;

/** The cells of a line of a table; null where it is none. A bar behind a backslash is text. */
function cellsOf(line: string): string[] | null {
  if (!line.includes('|')) return null;
  const inner = line
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '');
  return inner.split(/(?<!\\)\|/).map((cell) =>
    cell
      .trim()
      .replaceAll('\\|', '|')
      .replaceAll(/<br ?\/?>/gi, '\n'),
  );
}

interface TableReader {
  /** The record of a line, where it is one of the wanted tables. */
  readonly take: (line: string, at: number) => RawItem | null;
  /** Column names of every table met so far. */
  readonly titles: string[][];
}

/** Tables in Markdown by their lines: all, or only those with these column names. */
function createTableReader(wanted: readonly string[] | null): TableReader {
  const titles: string[][] = [];
  const wantedKey = wanted === null ? null : JSON.stringify(wanted);
  let before: string[] | null = null;
  let names: string[] | null = null;
  let fenced = false;
  const take = (line: string, at: number): RawItem | null => {
    if (FENCE.test(line)) fenced = !fenced;
    const cells = fenced ? null : cellsOf(line);
    if (cells === null) {
      before = null;
      names = null;
      return null;
    }
    if (names === null) {
      if (before !== null && RULE.test(line) && cells.length === before.length) {
        names = columnTitles(before, true);
        titles.push(names);
      }
      before = cells;
      return null;
    }
    if (wantedKey !== null && JSON.stringify(names) !== wantedKey) return null;
    return { line: at, value: recordOf(names.map((name, cell) => [name, cells[cell] || null])) };
  };
  return { take, titles };
}

/** A text has tables of many things: a name that may mean anything ("value", "query") needs a gold answer beside it. */
const SURE_NAMES = ['question', 'question_text'];

/**
 * The column names of the table to read out of a text in Markdown: the first that asks something, else the one with which the text
 * begins. Null when there is none.
 */
export function markdownTable(text: string): string[] | null {
  const reader = createTableReader(null);
  for (const [at, line] of text.split('\n').entries()) reader.take(line, at + 1);
  const opening = /^\s*\S.*\|.*\n[ \t|:-]+\n/.test(text) ? reader.titles[0] : undefined;
  const has = (names: readonly string[], known: readonly string[]): boolean =>
    names.some((name) => isNamed(name, known));
  return (
    reader.titles.find(
      (names) => has(names, SURE_NAMES) || (has(names, QUESTION_NAMES) && has(names, GOLD_NAMES)),
    ) ??
    opening ??
    null
  );
}

/** The rows of every table with these column names, what stands around them left out. Missing cells are empty, as on GitHub. */
export async function* markdownRecords(
  source: AsyncIterable<Buffer>,
  titles: readonly string[],
): AsyncGenerator<RawItem[]> {
  const reader = createTableReader(titles);
  const decoder = new TextDecoder();
  let rest = '';
  let line = 0;
  const read = (lines: readonly string[]): RawItem[] =>
    lines.flatMap((text) => {
      line += 1;
      return reader.take(text, line) ?? [];
    });
  for await (const chunk of source) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield read(lines);
  }
  const last = rest + decoder.decode();
  const items = read([last]);
  // Without a line break and with fewer cells than columns it is not a short row but the end of what was copied.
  const isCut = items.length > 0 && (cellsOf(last)?.length ?? 0) < titles.length;
  yield isCut ? [{ line, problem: `The row on line ${line} is cut off: it was left out.` }] : items;
}
