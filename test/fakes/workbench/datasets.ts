import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type {
  ColumnMapping,
  DatasetInfo,
  DatasetRow,
  ImportedRow,
  RowProblem,
} from '../../../src-main/domain/dataset.ts';
import type { FilePreview } from '../../../src-main/domain/import.ts';
import { digest } from './text.ts';

type Rec = Readonly<Record<string, unknown>>;

const CITIES = ['Paris', 'Lima', 'Oslo', 'Accra', 'Hanoi', 'Quito', 'Sofia', 'Tunis', 'Dakar', 'Riga'];

/** Rows that look like open question answering, as many as asked for. */
export function madeRows(count: number): DatasetRow[] {
  return Array.from({ length: count }, (_, index) => {
    const city = CITIES[index % CITIES.length] ?? 'Paris';
    return {
      rowId: index + 1,
      position: index,
      rowSha256: digest(`row ${index}`),
      occurrence: 0,
      question: {
        externalId: `q-${index + 1}`,
        question: `which city was the seat of the ${index + 1}${index % 7 === 3 ? 'th world congress of comparative law when it first met outside its founding country' : 'th congress'}?`,
        context: index % 5 === 0 ? `The ${index + 1}th congress met in ${city}.` : null,
        gold:
          index % 40 === 9 ? [] : index % 3 === 0 ? [city, `${city} city`, `the city of ${city}`] : [city],
        choices: null,
        metadata: { difficulty: index % 3, source: 'made' },
      },
    };
  });
}

export function datasetInfo(
  id: number,
  name: string,
  rows: readonly DatasetRow[],
  more: Partial<DatasetInfo> = {},
): DatasetInfo {
  return {
    id,
    sha256: digest(name),
    fileSha256: digest(`file ${name}`),
    name,
    kind: 'questions',
    sourceName: `${name}.jsonl`,
    rows: rows.length,
    withoutGold: rows.filter(({ question }) => question.gold.length === 0).length,
    problems: [],
    problemCount: 0,
    importedAt: Date.now() - id * 3_600_000,
    mapping: null,
    systems: [],
    ...more,
  };
}

interface Parsed {
  readonly kind: string;
  readonly records: readonly { line: number; record: Rec }[];
  readonly problems: readonly RowProblem[];
}

/** Enough of CSV and JSONL for the pages: no quoting rules, no encodings. */
function parse(text: string, name: string): Parsed {
  const lines = text.split(/\r?\n/);
  const problems: RowProblem[] = [];
  const records: { line: number; record: Rec }[] = [];
  if (name.endsWith('.jsonl')) {
    lines.forEach((line, index) => {
      if (line.trim() === '') return;
      try {
        records.push({ line: index + 1, record: JSON.parse(line) });
      } catch {
        problems.push({ line: index + 1, problem: 'This line is not JSON.' });
      }
    });
    return { kind: 'questions', records, problems };
  }
  const header = (lines[0] ?? '').split(',');
  lines.slice(1).forEach((line, index) => {
    if (line === '') return;
    const cells = line.split(',');
    if (cells.length === header.length)
      records.push({
        line: index + 2,
        record: Object.fromEntries(header.map((key, at) => [key, cells[at]])),
      });
    else
      problems.push({
        line: index + 2,
        problem: `This line has ${cells.length} columns; the header has ${header.length}.`,
      });
  });
  return { kind: 'questions', records, problems };
}

function text(value: unknown): string {
  if (Array.isArray(value)) return value.map((item) => text(item)).join('; ');
  return typeof value === 'string' ? value : JSON.stringify(value ?? '');
}

function guess(columns: readonly string[]): ColumnMapping {
  const find = (...names: string[]): string | null =>
    columns.find((column) => names.includes(column.toLowerCase())) ?? null;
  return {
    id: find('id', 'qid'),
    question: find('question', 'q', 'prompt'),
    context: find('context', 'passage'),
    gold: find('answer', 'answers', 'gold', 'golden_answer'),
    choices: find('choices'),
    goldSeparator: null,
    goldForm: 'text',
    answers: columns
      .filter((column) => column.startsWith('answer_'))
      .map((answer) => ({
        system: answer.slice(7),
        answer,
        verdict: find(`judge_${answer.slice(7)}`),
        judge: 'human',
        human: true,
      })),
  };
}

function mapRow(
  { line, record }: { line: number; record: Rec },
  mapping: ColumnMapping,
): ImportedRow | RowProblem {
  const at = (column: string | null): unknown => (column === null ? null : record[column]);
  const question = text(at(mapping.question));
  if (question === '') return { line, problem: 'There is no question in this row.' };
  const gold = at(mapping.gold);
  const whole = Array.isArray(gold)
    ? gold.map(String)
    : gold === null || gold === undefined || gold === ''
      ? []
      : [text(gold)];
  return {
    line,
    record,
    question: {
      externalId: mapping.id === null ? null : text(at(mapping.id)),
      question,
      context: mapping.context === null ? null : text(at(mapping.context)),
      gold:
        mapping.goldSeparator === null
          ? whole
          : whole.flatMap((part) => part.split(mapping.goldSeparator ?? '')),
      choices: null,
      metadata: {},
    },
    answers: mapping.answers.map((columns) => ({
      system: columns.system,
      text: text(at(columns.answer)),
      sampleIndex: 0,
      prompt: null,
      tokenLogprobs: null,
      verdicts: [],
    })),
  };
}

export async function preview(
  path: string,
  file: string,
  wanted: ColumnMapping | null,
): Promise<FilePreview> {
  const name = basename(path);
  const bytes = (await stat(path)).size;
  const empty = {
    file,
    name,
    bytes,
    encoding: null,
    columns: [],
    mapping: null,
    otherKinds: [],
    rows: [],
    files: [],
    notices: [],
  };
  if (bytes === 0)
    return {
      ...empty,
      kind: null,
      why: 'The file is empty.',
      problem: `${name} is empty. There is nothing to import.`,
    };
  if (!/\.(csv|jsonl)$/.test(name))
    return {
      ...empty,
      kind: null,
      why: 'Neither its name nor its first bytes are of a dataset.',
      problem: `${name} is not a dataset that Assize reads. Save it as CSV or JSONL.`,
    };
  const { kind, records, problems } = parse(await readFile(path, 'utf8'), name);
  const columns = Object.keys(records[0]?.record ?? {});
  const mapping = wanted ?? guess(columns);
  return {
    ...empty,
    kind,
    why: `${name.endsWith('.csv') ? 'CSV with a header line' : 'One JSON record a line'}; the columns look like questions.`,
    problem: null,
    encoding: 'UTF-8',
    columns: columns.map((column) => ({
      name: column,
      examples: records.slice(0, 3).map(({ record }) => text(record[column])),
    })),
    mapping,
    otherKinds: ['questions', 'multiple-choice', 'gsm8k'],
    rows: [...records.slice(0, 10).map((record) => mapRow(record, mapping)), ...problems.slice(0, 3)],
  };
}

export async function importFile(
  path: string,
  wanted: ColumnMapping | null,
): Promise<{ rows: ImportedRow[]; problems: RowProblem[]; mapping: ColumnMapping }> {
  const { records, problems } = parse(await readFile(path, 'utf8'), basename(path));
  const mapping = wanted ?? guess(Object.keys(records[0]?.record ?? {}));
  const mapped = records.map((record) => mapRow(record, mapping));
  const rows = mapped.filter((row): row is ImportedRow => 'question' in row);
  return {
    rows,
    problems: [...problems, ...mapped.filter((row): row is RowProblem => 'problem' in row)],
    mapping,
  };
}
