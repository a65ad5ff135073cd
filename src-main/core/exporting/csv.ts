import type { ExportedAnswer } from '../../store/api.ts';
import { countedJudgment, type ExportSource } from './source.ts';

const COLUMNS = [
  'run_id',
  'row_id',
  'position',
  'sample',
  'question_id',
  'question',
  'gold',
  'answer',
  'model',
  'prompt_style',
  'finish_reason',
  'n_tokens',
  'nll_sum',
  'nll_mean',
  'exact_match',
  'f1',
  'contains',
] as const;

/** A wide table, one row an answer: three columns a judge after the fixed ones. */
export async function* wideCsv(source: ExportSource): AsyncGenerator<string> {
  const perJudge = source.judges.flatMap(({ label }) => [
    `verdict: ${label}`,
    `p_correct: ${label}`,
    `label_mass: ${label}`,
  ]);
  yield csvLine([...COLUMNS, ...perJudge]);
  for await (const page of source.pages(false)) yield page.map((answer) => csvRow(source, answer)).join('');
}

function csvRow(source: ExportSource, answer: ExportedAnswer): string {
  const { run } = source;
  const fixed = [
    run.id,
    answer.rowSha256,
    answer.position,
    answer.sampleIndex,
    answer.externalId,
    answer.question,
    answer.gold.join(' | '),
    answer.answer,
    answer.system,
    run.experiment.prompt.style,
    answer.finishReason,
    answer.tokens,
    answer.nllSum,
    answer.nllMean,
    answer.exactMatch,
    answer.f1,
    answer.contains,
  ];
  const perJudge = source.judges.flatMap(({ id }) => {
    const judgment = countedJudgment(answer, id);
    return [judgment?.verdict ?? null, judgment?.pCorrect ?? null, judgment?.labelMass ?? null];
  });
  return csvLine([...fixed, ...perJudge]);
}

/** A record by RFC 4180, ending with a line feed. */
export function csvLine(cells: readonly (string | number | boolean | null)[]): string {
  return `${cells.map(csvCell).join(',')}\n`;
}

/**
 * One cell by RFC 4180. Text that a spreadsheet would take for a formula gets an apostrophe in front; numbers keep their
 * minus sign.
 */
function csvCell(value: string | number | boolean | null): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
