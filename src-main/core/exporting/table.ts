import { closeSync, openSync } from 'node:fs';
import { fileWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer';
import type { BasicType } from 'hyparquet-writer';
import type { ExportedAnswer } from '../../store/api.ts';
import { ANSWER_COLUMNS, answerCells, type Cell } from './columns.ts';
import { csvLine } from './csv.ts';
import { countedJudgment, type ExportSource } from './source.ts';

/** The long table's columns: one row an answer and judge; an answer without a judgment has one row. */
const COLUMNS: readonly (readonly [string, BasicType])[] = [
  ...ANSWER_COLUMNS,
  ['judge', 'STRING'],
  ['judge_kind', 'STRING'],
  ['verdict', 'STRING'],
  ['correct', 'INT32'],
  ['p_correct', 'DOUBLE'],
  ['label_mass', 'DOUBLE'],
  ['human', 'BOOLEAN'],
];

/** `correct` is 1, 0 or nothing: its mean is the accuracy over scored answers. */
function rowsOf(source: ExportSource, answer: ExportedAnswer): Cell[][] {
  const fixed = answerCells(source, answer);
  const judged = source.judges.flatMap((judge): Cell[][] => {
    const counted = countedJudgment(answer, judge.id);
    if (counted === null) return [];
    const { verdict, pCorrect, labelMass } = counted;
    const correct = verdict === 'correct' ? 1 : verdict === 'incorrect' ? 0 : null;
    return [
      [...fixed, judge.label, judge.kind, verdict, correct, pCorrect, labelMass, judge.kind === 'human'],
    ];
  });
  return judged.length > 0 ? judged : [[...fixed, null, null, null, null, null, null, null]];
}

/** RFC 4180 with a header; text that a spreadsheet would take for a formula has an apostrophe in front. */
export async function* longCsv(source: ExportSource): AsyncGenerator<string> {
  yield csvLine(COLUMNS.map(([name]) => name));
  for await (const page of source.pages(false))
    yield page.flatMap((answer) => rowsOf(source, answer).map(csvLine)).join('');
}

const GROUP = 20_000;

/** The long table as Parquet, in groups of about 20,000 rows. */
export async function writeParquet(source: ExportSource, path: string): Promise<void> {
  const empty = COLUMNS.map(([name, type]) => ({ name, type, nullable: true, data: [] }));
  const schema = schemaFromColumnData({ columnData: empty });
  // The writer opens it again: like every other export, it is its owner's alone.
  closeSync(openSync(path, 'w', 0o600));
  const writer = new ParquetWriter({ writer: fileWriter(path), schema });
  let rows: Cell[][] = [];
  const flush = async (): Promise<void> => {
    if (rows.length === 0) return;
    const columnData = COLUMNS.map(([name, type], at) => ({
      name,
      type,
      nullable: true,
      data: rows.map((row) => row[at] ?? null),
    }));
    await writer.write({ columnData });
    rows = [];
  };
  for await (const page of source.pages(false)) {
    rows.push(...page.flatMap((answer) => rowsOf(source, answer)));
    if (rows.length >= GROUP) await flush();
  }
  await flush();
  await writer.finish();
}
