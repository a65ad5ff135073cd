import { parse } from 'csv-parse/sync';
import {
  ANSWER_NAMES,
  CHOICE_GOLD_NAMES,
  CONTEXT_NAMES,
  GOLD_NAMES,
  ID_NAMES,
  plainName,
  QUESTION_NAMES,
} from '../../domain/datasets/column-names.ts';
import { scanRecord } from './csv-scan.ts';
import type { CsvDialect } from './csv-scan.ts';

const DELIMITERS = [',', '\t', ';', '|'];
const SAMPLE_RECORDS = 200;

/** The fields of text that holds whole, well-formed records. */
export function csvFields(text: Buffer | string, dialect: CsvDialect): string[][] {
  return parse(text, {
    delimiter: dialect.delimiter,
    // Quotes inside an unquoted field are characters; what is wrong with the others was found before.
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: true,
    ltrim: dialect.skipSpace,
    rtrim: dialect.skipSpace,
    record_delimiter: dialect.newline === 'cr' ? ['\r'] : ['\r\n', '\n'],
    ...(dialect.quotes ? {} : { quote: null }),
  });
}

function fieldsOrNull(record: Buffer, dialect: CsvDialect): string[][] | null {
  try {
    return csvFields(record, dialect);
  } catch {
    return null;
  }
}

/** The first records of a text as a dialect splits them. */
export interface Trial {
  readonly dialect: CsvDialect;
  readonly rows: readonly (readonly string[])[];
  readonly broken: number;
}

/** Reads the first records of a file as if it were written so. `complete` says that `head` is the whole file. */
export function tryDialect(head: Buffer, complete: boolean, dialect: CsvDialect): Trial {
  const rows: string[][] = [];
  let broken = 0;
  for (let at = 0; at < head.length && rows.length + broken < SAMPLE_RECORDS;) {
    const span = scanRecord(head, at, dialect, complete);
    if (span === null) break;
    const fields = span.broken === null ? fieldsOrNull(head.subarray(span.start, span.end), dialect) : null;
    if (fields === null) broken++;
    else rows.push(...fields);
    at = span.next;
  }
  return { dialect, rows, broken };
}

/** How well the rows agree on a number of columns greater than one: 0 for a text without columns, at most 1. */
export function agreement(trial: Trial): number {
  const width = usualWidth(trial);
  const same = trial.rows.filter((row) => row.length === width).length;
  return width > 1 ? same / (trial.rows.length + trial.broken) : 0;
}

/** The number of columns that most rows have. */
export function usualWidth({ rows }: Trial): number {
  const counts = new Map<number, number>();
  for (const row of rows) counts.set(row.length, (counts.get(row.length) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? 1;
}

const KNOWN_NAMES: ReadonlySet<string> = new Set(
  [
    ...ID_NAMES,
    ...QUESTION_NAMES,
    ...CONTEXT_NAMES,
    ...GOLD_NAMES,
    ...ANSWER_NAMES,
    ...CHOICE_GOLD_NAMES,
  ].map(plainName),
);

/** Whether a cell of a first line tells what its column is. */
export function isKnownName(cell: string): boolean {
  return KNOWN_NAMES.has(plainName(cell));
}

/**
 * Whether the first row names the columns. It does, unless none of its cells is a known name and it reads like data: a
 * cell that asks or goes on for long, or an empty or repeated one.
 */
function isHeader(rows: readonly (readonly string[])[]): boolean {
  const first = rows[0] ?? [];
  if (rows.length < 2 || first.some(isKnownName)) return true;
  const readsLikeData = first.some((cell) => cell.trim().endsWith('?') || cell.length > 60);
  return !readsLikeData;
}

/**
 * Finds the delimiter (comma, tab, semicolon, bar), whether quotes mean anything, what ends a record and whether there
 * is a header, from the beginning of a text. Null when no delimiter gives columns and the first line is no known
 * name of a column either.
 */
export function detectDialect(head: Buffer, complete: boolean, tsvName: boolean): CsvDialect | null {
  const newline = head.includes(0x0a) || !head.includes(0x0d) ? 'lf' : 'cr';
  const delimiters = tsvName ? ['\t', ...DELIMITERS.filter((delimiter) => delimiter !== '\t')] : DELIMITERS;
  const dialects = delimiters.flatMap((delimiter) => {
    const plain: CsvDialect = { delimiter, quotes: true, newline, skipSpace: false, header: true };
    const spaced: CsvDialect = { delimiter, quotes: true, newline, skipSpace: true, header: true };
    const bare: CsvDialect = { delimiter, quotes: false, newline, skipSpace: false, header: true };
    return delimiter === '\t' ? [plain, spaced, bare] : [plain, spaced];
  });
  let best: Trial | null = null;
  for (const dialect of dialects) {
    const trial = tryDialect(head, complete, dialect);
    // Earlier ones are plainer: a later one has to be clearly better.
    if (agreement(trial) > (best === null ? 0 : agreement(best) + 0.02)) best = trial;
  }
  if (best !== null && hasSpacedQuotes(best)) {
    const spaced = tryDialect(head, complete, { ...best.dialect, skipSpace: true });
    if (agreement(spaced) >= agreement(best)) best = spaced;
  }
  if (best !== null && agreement(best) >= 0.5) {
    const [first = [], ...others] = best.rows;
    return { ...best.dialect, header: isHeader(isSeparatorLine(first) ? others : best.rows) };
  }
  return singleColumn(
    tryDialect(head, complete, { delimiter: ',', quotes: true, newline, skipSpace: false, header: true }),
  );
}

/** Excel's first line "sep=;", split at what it names. */
export function isSeparatorLine(fields: readonly string[]): boolean {
  return fields.length === 2 && fields[0] === 'sep=' && fields[1] === '';
}

/** Cells that are quoted behind a space (`1, "a"`): read plainly they would keep their quotes. */
function hasSpacedQuotes({ rows, dialect }: Trial): boolean {
  return dialect.quotes && rows.some((row) => row.some((cell) => /^ +".*"$/s.test(cell)));
}

/** A list of questions under one known name is a table of one column. */
function singleColumn({ dialect, rows }: Trial): CsvDialect | null {
  const first = rows[0]?.[0] ?? '';
  return rows.length > 1 && rows[0]?.length === 1 && isKnownName(first) ? dialect : null;
}

/** Names for the columns: the header's, numbered where it has none or one twice. */
export function columnTitles(first: readonly string[], header: boolean): string[] {
  const own = new Set(header ? first.map((cell) => cell.trim()) : []);
  const taken = new Set<string>();
  return first.map((cell, at) => {
    const given = header ? cell.trim() : '';
    const name = given === '' ? `column ${at + 1}` : given;
    // A name made here must not be one that another column has of its own.
    const isFree = (title: string): boolean => !taken.has(title) && (title === given || !own.has(title));
    let title = name;
    for (let count = 2; !isFree(title); count++) title = `${name} (${count})`;
    taken.add(title);
    return title;
  });
}
