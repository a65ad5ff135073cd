import { isRecord } from '../../domain/datasets/fields.ts';
import { detectDialect } from './csv-dialect.ts';
import { utf8Converter } from './encoding.ts';
import { outlineJson } from './json-outline.ts';
import { parseJson } from './json-text.ts';
import { READABLE } from './magic.ts';
import { markdownTable } from './markdown.ts';
import type { Opened, OpenedDataset, Refuse } from './opened.ts';
import { isProse } from './prose.ts';
import { textOf } from './records.ts';
import type { Encoding } from './types.ts';

export interface TextSample {
  readonly head: Buffer;
  readonly complete: boolean;
  readonly encoding: Encoding;
}

/** The sample as UTF-8, up to its last whole line where the file goes on. */
function sampleText({ head, complete, encoding }: TextSample): string {
  const convert = utf8Converter(encoding);
  const text = Buffer.concat([convert(head), convert(null)]).toString('utf8');
  return complete ? text : text.slice(0, Math.max(text.lastIndexOf('\n') + 1, 0) || text.length);
}

/** Lines looked at to tell one object a line from one document over many lines. */
const LINES_TO_TELL = 20;

/**
 * JSON Lines: most of the first lines are objects of their own. Of a text in one line, which may as well be a document
 * around a list of records, the name decides.
 */
function isJsonLines(text: string, named: boolean): boolean {
  const lines = text.split('\n', LINES_TO_TELL + 1).filter((line) => line.trim() !== '');
  const objects = lines.filter((line) => {
    const parsed = parseJson(line);
    return parsed.ok && isRecord(parsed.value);
  });
  return lines.length > 1 || named ? objects.length * 2 >= lines.length && objects.length > 0 : false;
}

/** What a JSON document can begin with; a column's name may begin with a bracket as well. */
const JSON_START = /^\s*(?:\{\s*["}]|\[\s*(?:[{["\d\]-]|true\b|false\b|null\b|NaN\b))/;
const JSON_LINE = /^\s*(?:"[^"]*"\s*:|[{}[\]]+,?\s*$)/;

/** Members and brackets line by line, but no bracket to begin with: the beginning of a document was lost. */
function isHeadlessJson(text: string): boolean {
  const lines = text.split('\n', 50).filter((line) => line.trim() !== '');
  return lines.length > 2 && lines.filter((line) => JSON_LINE.test(line)).length > 0.7 * lines.length;
}

const NO_TABLE = `This is text, but neither JSON nor a table: no comma, tab or semicolon divides its lines into columns. ${READABLE}`;
const PROSE = `This is a text to read, not a table: its commas, semicolons and bars are punctuation. ${READABLE} A table in it can be saved as CSV.`;
const NO_LIST = `This JSON holds no list of records at its top or one level below. ${READABLE}`;
const HEADLESS = 'This looks like JSON whose beginning is damaged or missing: a bracket should come first.';

/** Tells how a text holds its records: an object a line, a JSON document around a list, or a table. */
export async function openText(
  base: Omit<OpenedDataset, 'container'>,
  sample: TextSample,
  signal: AbortSignal | undefined,
  refuse: Refuse,
): Promise<Opened> {
  const { path } = base;
  const text = sampleText(sample);
  if (text.trim() === '') {
    return refuse('The file is empty.', 'The file is empty: it holds nothing but spaces and line breaks.');
  }
  const named = /\.(?:jsonl|ndjson)(?:\.gz)?$/i.test(path);
  // Of a first line longer than the sample nothing can be parsed: the name and its beginning decide.
  const longLine = named && !sample.complete && !text.trimEnd().includes('\n') && /^\s*\{\s*"/.test(text);
  if (longLine || isJsonLines(text, named)) return { ok: true, dataset: { ...base, container: 'jsonl' } };
  const outline = JSON_START.test(text) ? await outlineJson(textOf(base, { signal })) : null;
  if (outline !== null && outline.layout !== null) {
    const { layout, header } = outline;
    return { ok: true, dataset: { ...base, container: 'json', layout, header } };
  }
  if (isHeadlessJson(text)) return refuse('This looks like damaged JSON.', HEADLESS);
  const tsv = /\.(?:tsv|tab)(?:\.gz)?$/i.test(path);
  const dialect = detectDialect(Buffer.from(text, 'utf8'), sample.complete, tsv);
  const prose = dialect === null || isProse(text, dialect, sample.complete);
  const table = prose || dialect.delimiter === '|' ? markdownTable(text) : null;
  if (table !== null) return { ok: true, dataset: { ...base, container: 'markdown', table } };
  if (dialect !== null && prose && outline === null) return refuse('This is text without columns.', PROSE);
  if (dialect !== null) {
    const container = dialect.delimiter === '\t' ? 'tsv' : 'csv';
    return { ok: true, dataset: { ...base, container, dialect } };
  }
  return outline === null
    ? refuse('This is text without columns.', NO_TABLE)
    : refuse('This is JSON, but no list of records was found in it.', NO_LIST);
}
