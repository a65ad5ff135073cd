import { csvRecord } from '../../domain/csv.ts';
import type { ExportedAnswer } from '../../store/api.ts';
import { ANSWER_COLUMNS, answerCells, type Cell } from './columns.ts';
import { countedJudgment, type ExportSource } from './source.ts';

/** A wide table, one row an answer: three columns a judge after the fixed ones. */
export async function* wideCsv(source: ExportSource): AsyncGenerator<string> {
  const perJudge = source.judges.flatMap(({ label }) => [
    `verdict: ${label}`,
    `p_correct: ${label}`,
    `label_mass: ${label}`,
  ]);
  yield csvLine([...ANSWER_COLUMNS.map(([name]) => name), ...perJudge]);
  for await (const page of source.pages(false)) yield page.map((answer) => csvRow(source, answer)).join('');
}

function csvRow(source: ExportSource, answer: ExportedAnswer): string {
  const perJudge = source.judges.flatMap(({ id }) => {
    const judgment = countedJudgment(answer, id);
    return [judgment?.verdict ?? null, judgment?.pCorrect ?? null, judgment?.labelMass ?? null];
  });
  return csvLine([...answerCells(source, answer), ...perJudge]);
}

/** A record by RFC 4180, ending with a line feed. */
export function csvLine(cells: readonly Cell[]): string {
  return `${csvRecord(cells)}\n`;
}
