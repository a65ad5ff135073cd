import { isUtf8 } from 'node:buffer';
import { recordOf } from '../../domain/datasets/fields.ts';
import { columnTitles, csvFields, isSeparatorLine } from './csv-dialect.ts';
import { scanRecord } from './csv-scan.ts';
import type { CsvDialect, CsvSpan } from './csv-scan.ts';
import type { RawItem } from './raw.ts';

/** Text handed to the parser at once: enough that its start-up vanishes, little enough to stay in the cache. */
const BATCH_BYTES = 256 * 1024;

interface Located {
  readonly span: CsvSpan;
  readonly line: number;
}

function rowOf(fields: readonly string[], titles: readonly string[], line: number): RawItem {
  const extra = fields.slice(titles.length);
  if (fields.length < titles.length || extra.some((cell) => cell !== '')) {
    const problem = `The record on line ${line} has ${fields.length} columns and the header has ${titles.length}: it was left out.`;
    return { line, problem };
  }
  // A cell without text holds nothing: CSV cannot tell an empty answer from a missing one.
  return { line, value: recordOf(titles.map((title, at) => [title, fields[at] === '' ? null : fields[at]])) };
}

/** Reads one record on its own: where the parser disagrees with the scan, or a character is no UTF-8. */
function single(buffer: Buffer, { span, line }: Located, dialect: CsvDialect): string[] | RawItem {
  const bytes = buffer.subarray(span.start, span.end);
  if (!isUtf8(bytes)) {
    return {
      line,
      problem: `The record on line ${line} is not valid UTF-8: it was left out. Save the file as UTF-8.`,
    };
  }
  const problem = `The record on line ${line} cannot be read as one row: it was left out.`;
  try {
    const [fields, ...more] = csvFields(bytes, dialect);
    return fields === undefined || more.length > 0 ? { line, problem } : fields;
  } catch {
    return { line, problem };
  }
}

/** The fields of records that lie one after another; each alone where they do not come out as that many. */
function fieldsOf(buffer: Buffer, found: readonly Located[], dialect: CsvDialect): (string[] | RawItem)[] {
  const [first] = found;
  const last = found.at(-1);
  if (first === undefined || last === undefined) return [];
  const bytes = buffer.subarray(first.span.start, last.span.end);
  if (isUtf8(bytes)) {
    try {
      const rows = csvFields(bytes, dialect);
      if (rows.length === found.length) return rows;
    } catch {
      // One of them is not what the scan took it for: told apart below.
    }
  }
  return found.map((located) => single(buffer, located, dialect));
}

/** Reads delimited records as they arrive: keeps the header, the line count and what is left of an unfinished record. */
function createCsvReader(dialect: CsvDialect): {
  read: (chunk: Buffer, final: boolean) => RawItem[];
} {
  let rest = Buffer.alloc(0);
  let line = 1;
  let titles: string[] | null = null;
  /** In the rest of a line that was given up as too long. */
  let skipping = false;

  const toItem = (fields: string[] | RawItem, at: number): RawItem[] => {
    if (!Array.isArray(fields)) return [fields];
    if (titles === null) {
      if (isSeparatorLine(fields)) return [];
      titles = columnTitles(fields, dialect.header);
      if (dialect.header) return [];
    }
    return [rowOf(fields, titles, at)];
  };

  /** Where the next line begins; the end of the buffer when it is not in it. */
  const behindLine = (buffer: Buffer): number => {
    const end = buffer.indexOf(dialect.newline === 'cr' ? 0x0d : 0x0a);
    if (end === -1) return buffer.length;
    skipping = false;
    line += 1;
    return end + 1;
  };

  function read(chunk: Buffer, final: boolean): RawItem[] {
    const buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const items: RawItem[] = [];
    let batch: Located[] = [];
    const flush = (): void => {
      const fields = fieldsOf(buffer, batch, dialect);
      for (const [at, { line: on }] of batch.entries()) {
        const row = fields[at];
        if (row !== undefined) items.push(...toItem(row, on));
      }
      batch = [];
    };
    let at = skipping ? behindLine(buffer) : 0;
    while (at < buffer.length) {
      const span = scanRecord(buffer, at, dialect, final);
      if (span === null) break;
      if (span.broken !== null) {
        flush();
        items.push({ line, problem: `The record on line ${line} was left out: ${span.broken}.` });
        skipping = span.lines === 0;
      } else if (span.end > span.start) {
        batch.push({ span, line });
        if (span.next - (batch[0]?.span.start ?? 0) > BATCH_BYTES) flush();
      }
      line += span.lines;
      at = span.next;
    }
    flush();
    rest = Buffer.from(buffer.subarray(at));
    return items;
  }

  return { read };
}

/**
 * Reads CSV or TSV in UTF-8. A record with broken quotes or another number of columns is a problem that names its line,
 * and the others are kept. Line numbers count every line break, those in quoted fields as well.
 */
export async function* csvRecords(
  source: AsyncIterable<Buffer>,
  dialect: CsvDialect,
): AsyncGenerator<RawItem[]> {
  const reader = createCsvReader(dialect);
  for await (const chunk of source) {
    const items = reader.read(chunk, false);
    if (items.length > 0) yield items;
  }
  const items = reader.read(Buffer.alloc(0), true);
  if (items.length > 0) yield items;
}
