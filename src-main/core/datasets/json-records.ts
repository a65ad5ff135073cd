import { isUtf8 } from 'node:buffer';
import { isRecord, recordOf } from '../../domain/datasets/fields.ts';
import type { FileRecord } from '../../domain/datasets/fields.ts';
import type { RecordLayout } from './json-outline.ts';
import { createJsonSplitter } from './json-split.ts';
import type { JsonPiece } from './json-split.ts';
import { parseJson } from './json-text.ts';
import type { RawItem } from './raw.ts';
import { tooLong } from './raw.ts';
import { DatasetFileError } from './types.ts';

function itemOf(piece: JsonPiece, named: boolean): RawItem {
  const { line, endLine, bytes, broken } = piece;
  const where = endLine > line ? `lines ${line} to ${endLine}` : `line ${line}`;
  if (bytes === null) return tooLong(line);
  if (!isUtf8(bytes))
    return { line, problem: `The record on ${where} is not valid UTF-8. Save the file as UTF-8.` };
  const parsed = parseJson(bytes.toString('utf8'));
  if (!parsed.ok)
    return { line, problem: `The record on ${where} was left out: ${broken ?? parsed.reason}.` };
  if (broken !== null) return { line, problem: `The record on ${where} was left out: ${broken}.` };
  const { value } = parsed;
  if (isRecord(value)) return { line, value: named ? withId(value, piece.key) : value };
  if (typeof value === 'string') return { line, value: named ? { id: piece.key, value } : { value } };
  if (Array.isArray(value))
    return { line, value: recordOf(value.map((item, at) => [`column ${at + 1}`, item])) };
  return { line, problem: `The record on ${where} was left out: it is no object with fields.` };
}

function withId(value: FileRecord, key: string | null): FileRecord {
  return Object.hasOwn(value, 'id') || key === null ? value : { id: key, ...value };
}

/** Whether the document's list of records lies at or below this path. */
function leadsTo(path: string, target: string): boolean {
  return path === '' || path === target || target.startsWith(`${path}.`);
}

function descent(layout: RecordLayout): (path: string, kind: 'object' | 'array') => boolean {
  if (layout.kind === 'members') return (path) => path === '';
  const target = layout.kind === 'list' ? layout.path : '';
  return (path, kind) => (kind === 'array' ? path === target : path !== target && leadsTo(path, target));
}

function isRecordPiece(piece: JsonPiece, layout: RecordLayout): boolean {
  if (layout.kind === 'members') return piece.parent === '' && piece.key !== null;
  if (layout.kind === 'list') return piece.path === `${layout.path}[]`;
  return piece.path === '';
}

/**
 * Reads the records of a JSON document of any size, one record in memory at a time. A broken record is a problem that
 * names its lines; what is wrong with the document around them is one too.
 */
export async function* jsonRecords(
  source: AsyncIterable<Buffer>,
  layout: RecordLayout,
): AsyncGenerator<RawItem[]> {
  if (layout.kind === 'columns') {
    yield await columnRecords(source);
    return;
  }
  let items: RawItem[] = [];
  const splitter = createJsonSplitter({
    descend: descent(layout),
    many: layout.kind === 'single',
    onPiece: (piece) => {
      if (isRecordPiece(piece, layout)) items.push(itemOf(piece, layout.kind === 'members'));
      else if (piece.broken !== null) {
        items.push({
          line: piece.line,
          problem: `"${piece.path}" on line ${piece.line} was left out: ${piece.broken}.`,
        });
      }
    },
    onFault: ({ line, problem, kept }) => {
      items.push({ line, problem: `Line ${line}: ${problem}`, ...(kept ? { kept } : {}) });
    },
  });
  for await (const chunk of source) {
    splitter.push(chunk);
    if (items.length > 0) yield items;
    items = [];
  }
  splitter.end();
  if (items.length > 0) yield items;
}

/** A file of columns has to be held as a whole: rows lie across it. */
const MAX_COLUMNS_BYTES = 256 * 1024 * 1024;

async function wholeText(source: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of source) {
    parts.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_COLUMNS_BYTES) {
      throw new DatasetFileError(
        'The file holds one list a column and is larger than 256 MiB. Save it as JSON Lines (pandas: orient="records", lines=True).',
      );
    }
  }
  return Buffer.concat(parts).toString('utf8');
}

/** Transposes {"question": […], "answer": […]} or pandas' {"question": {"0": …}, …}. */
async function columnRecords(source: AsyncIterable<Buffer>): Promise<RawItem[]> {
  const parsed = parseJson(await wholeText(source));
  if (!parsed.ok || !isRecord(parsed.value)) {
    return [{ line: 1, problem: `The file was left out: ${parsed.ok ? 'it is no object' : parsed.reason}.` }];
  }
  const columns = Object.entries(parsed.value).map(
    ([name, column]) =>
      [name, new Map(isRecord(column) || Array.isArray(column) ? Object.entries(column) : [])] as const,
  );
  const rows = new Set(columns.flatMap(([, column]) => [...column.keys()]));
  return [...rows].map((row, at): RawItem => {
    const lacking = columns.filter(([, column]) => !column.has(row)).map(([name]) => name);
    const line = at + 1;
    if (lacking.length > 0)
      return { line, problem: `Record ${line} was left out: "${lacking.join('", "')}" ends before it.` };
    return { line, value: recordOf(columns.map(([name, column]) => [name, column.get(row)])) };
  });
}
