import { basename } from 'node:path';
import type { ColumnMapping, ImportedRow, RowProblem } from '../../domain/dataset.ts';
import { columnNames, isMissing, isRecord, lookup, recordOf, textOf } from '../../domain/datasets/fields.ts';
import type { FileRecord } from '../../domain/datasets/fields.ts';
import { otherShapes, shapeLabel } from '../../domain/datasets/recognise.ts';
import { mappingForShape } from '../../domain/datasets/shape-mapping.ts';
import { sha256Of } from '../hash.ts';
import { openDataset } from './open-dataset.ts';
import type { NotADataset, OpenedDataset } from './opened.ts';
import { adaptedSample, prepare, refusalOf } from './prepare.ts';
import type { Prepared } from './prepare.ts';
import { parquetMemory } from './parquet.ts';
import { isProblem, readProblem } from './raw.ts';
import { createRowReader } from './rows.ts';
import type { ColumnFacts, FileInspection, InspectOptions } from './types.ts';

const PREVIEW_ROWS = 10;
const EXAMPLES = 3;
const EXAMPLE_LENGTH = 200;
/** Texts of the preview that go to a window are cut here. */
const PREVIEW_TEXT = 20_000;
const COLUMNS_SHOWN = 300;

function cut(value: unknown): unknown {
  if (typeof value === 'string')
    return value.length > PREVIEW_TEXT ? `${value.slice(0, PREVIEW_TEXT)}…` : value;
  if (Array.isArray(value)) return value.slice(0, 1000).map(cut);
  if (typeof value !== 'object' || value === null) return value;
  return recordOf(Object.entries(value).map(([name, inner]) => [name, cut(inner)]));
}

function cutRecord(record: FileRecord): FileRecord {
  return recordOf(Object.entries(record).map(([name, value]) => [name, cut(value)]));
}

function columnFacts(records: readonly FileRecord[]): ColumnFacts[] {
  return columnNames(records)
    .slice(0, COLUMNS_SHOWN)
    .map((name) => {
      const values = records.map((record) => lookup(record, name)).filter((value) => !isMissing(value));
      const texts = new Set<string>();
      for (const value of values) {
        if (texts.size >= EXAMPLES) break;
        texts.add(textOf(value).slice(0, EXAMPLE_LENGTH));
      }
      return { name, examples: [...texts], filled: values.length };
    });
}

const CONTAINER_NAMES = {
  csv: 'CSV',
  tsv: 'TSV',
  json: 'JSON',
  jsonl: 'JSON Lines',
  parquet: 'Parquet',
  markdown: 'a table in Markdown',
  zip: 'ZIP',
  bundle: 'a bundle',
};

function whySentence(dataset: OpenedDataset, { shape, by }: Prepared): string {
  const packed = dataset.compression === null ? '' : `, packed with ${dataset.compression}`;
  return `${shapeLabel(shape)} in ${CONTAINER_NAMES[dataset.container]}${packed}: told by ${by}.`;
}

/** Columns of our own long and wide tables (core/exporting). */
const OWN_TABLE = ['run_id', 'row_id', 'position', 'sample', 'question', 'gold', 'answer', 'model', 'f1'];

function notices(
  dataset: OpenedDataset,
  prepared: Prepared,
  mapping: ColumnMapping,
  records: readonly FileRecord[],
): string[] {
  const found: string[] = [];
  const { encoding } = dataset;
  if (encoding === 'Windows-1252') {
    found.push(
      'The text is no UTF-8 and was read as Windows-1252 (Latin-1): check accented letters in the preview.',
    );
  } else if (encoding?.startsWith('UTF-16') === true)
    found.push(`The text is ${encoding} and was converted.`);
  if (dataset.dialect?.header === false)
    found.push('The first line reads like data: the columns were numbered.');
  if (mapping.question === null) found.push('No column is known to hold the question: choose one.');
  else if (mapping.gold === null)
    found.push(
      'No column with gold answers was found: answers can be generated, but judged only without a gold answer.',
    );
  const [first, ...rest] = prepared.filters;
  if (first !== undefined && rest.length > 0) {
    found.push(
      `Each question is there once per filter: "${first}" is read; the others are "${rest.join('", "')}".`,
    );
  }
  if (records.length > 0 && OWN_TABLE.every((name) => Object.hasOwn(records[0] ?? {}, name)))
    found.push(
      'This is a table that Assize wrote for pandas and R, in which a question comes several times: to get a run back, import its JSON Lines or bundle.',
    );
  if (prepared.shape === 'fastchat' || prepared.shape === 'fastchat-judgments')
    found.push('The first turn and its answer are read: later turns depend on the model.');
  const judgments = Object.keys(recordsAt(prepared.context.header, 'judgments')).length;
  if (prepared.shape === 'fastchat' && judgments > 0)
    found.push('The judgments in model_judgment come along; a rating of 1 to 10 is a score, not a verdict.');
  const golds =
    mapping.gold === null ? [] : records.filter((record) => goldIsMissing(record, mapping.gold ?? ''));
  if (golds.length > 0)
    found.push(
      `${golds.length} of the first ${records.length} records ${golds.length === 1 ? 'has' : 'have'} no gold answer.`,
    );
  return found;
}

/** What a computer of a few gigabytes can spare without a word. */
const MUCH_MEMORY = 1e9;

async function memoryNotice({ container, path }: OpenedDataset): Promise<string[]> {
  const needed = container === 'parquet' ? await parquetMemory(path) : null;
  if (needed === null || needed.bytes < MUCH_MEMORY) return [];
  const gigabytes = (needed.bytes / 1e9).toFixed(1);
  return [
    `Reading takes about ${gigabytes} GB of memory: ${needed.rows.toLocaleString('en')} rows with lists are in one row group and can only be decoded together. Written anew with smaller groups or an index of its pages (pyarrow: row_group_size=20000, or write_page_index=True) it takes a third of a gigabyte.`,
  ];
}

function recordsAt(header: FileRecord | null, part: string): FileRecord {
  const found = header?.[part];
  return isRecord(found) ? found : {};
}

/** FastChat's files are read with those that lie about them: with others the same file is another dataset. */
function besideOf({ shape, context }: Prepared): string | null {
  return shape === 'fastchat' || shape === 'fastchat-judgments' ? sha256Of(context.header) : null;
}

function goldIsMissing(record: FileRecord, gold: string): boolean {
  return gold.split('|').every((column) => {
    const value = lookup(record, column);
    return isMissing(value) || (Array.isArray(value) && value.length === 0);
  });
}

function notADataset({ path, bytes, kind, what, problem }: NotADataset): FileInspection {
  return {
    path,
    name: basename(path),
    bytes,
    kind,
    container: null,
    compression: null,
    encoding: null,
    why: what,
    problem,
    notices: [],
    columns: [],
    mapping: null,
    system: null,
    filters: [],
    besideSha256: null,
    otherKinds: [],
    preview: [],
    sample: [],
  };
}

function previewRows(prepared: Prepared, mapping: ColumnMapping): (ImportedRow | RowProblem)[] {
  const reader = createRowReader(prepared.shape, mapping, prepared.context);
  const rows: (ImportedRow | RowProblem)[] = [];
  for (const item of prepared.sample) {
    rows.push(...reader.take(item));
    if (rows.length >= PREVIEW_ROWS) break;
  }
  return rows
    .slice(0, PREVIEW_ROWS)
    .map((row) => (isProblem(row) ? row : Object.assign(row, { record: cutRecord(row.record) })));
}

/**
 * Says what a path is: what it was taken for and why, its columns, the guessed mapping, the first ten rows as they would
 * be imported, or a sentence on why it is no dataset. Goes by content, never by name (but .tsv decides between equally
 * good delimiters). Reads the beginning only. Throws the signal's reason when cancelled.
 */
export async function inspectFile(path: string, options: InspectOptions = {}): Promise<FileInspection> {
  const { signal } = options;
  const opened = await openDataset(path, signal);
  if (!opened.ok) return notADataset(opened.other);
  const { dataset } = opened;
  let prepared;
  try {
    prepared = await prepare(dataset, options.kind, signal);
  } catch (error) {
    signal?.throwIfAborted();
    const problem = readProblem(error);
    if (problem === null) throw error;
    const what = `This is a ${CONTAINER_NAMES[dataset.container]} file that cannot be read.`;
    return notADataset({ path, bytes: dataset.bytes, kind: null, what, problem });
  }
  const raw = prepared.sample.flatMap((item) => (isProblem(item) ? [] : [item.value]));
  const adapted = adaptedSample(prepared);
  const records = adapted.map(({ row }) => row.record);
  const mapping = mappingForShape(prepared.shape, records, prepared.context.system);
  const problem = refusalOf(prepared);
  const why = whySentence(dataset, prepared);
  return {
    path,
    name: basename(path),
    bytes: dataset.bytes,
    kind: problem === null ? prepared.shape : null,
    container: dataset.container,
    compression: dataset.compression,
    encoding: dataset.encoding,
    why,
    problem,
    notices: [...(await memoryNotice(dataset)), ...notices(dataset, prepared, mapping, records)],
    columns: columnFacts(records),
    mapping,
    system: prepared.context.system,
    filters: prepared.filters,
    besideSha256: besideOf(prepared),
    otherKinds: otherShapes(raw, prepared.shape),
    preview: problem === null ? previewRows(prepared, mapping) : [],
    sample: adapted.slice(0, PREVIEW_ROWS).map(({ line, row }) => ({
      line,
      record: cutRecord(row.record),
    })),
  };
}
