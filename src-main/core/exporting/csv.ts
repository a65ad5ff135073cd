import type { AnswerDetail, Judgment } from '../../domain/answer.ts';
import type { JudgeInfo, Run } from '../../domain/run.ts';

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

/** A wide table, one row an answer: three columns a judge after the fixed ones. Ends with a line feed. */
export function csvHeader(judges: readonly JudgeInfo[]): string {
  const perJudge = judges.flatMap((judge) => [
    `verdict: ${judge.name}`,
    `p_correct: ${judge.name}`,
    `label_mass: ${judge.name}`,
  ]);
  return line([...COLUMNS, ...perJudge]);
}

export function csvRow(run: Run, judges: readonly JudgeInfo[], answer: AnswerDetail): string {
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
  const perJudge = judges.flatMap((judge) => {
    const judgment = newestOf(answer.judgments, judge.id);
    return [judgment?.verdict ?? null, judgment?.pCorrect ?? null, judgment?.labelMass ?? null];
  });
  return line([...fixed, ...perJudge]);
}

function newestOf(judgments: readonly Judgment[], judgeId: number): Judgment | undefined {
  return judgments
    .filter((judgment) => judgment.judge.id === judgeId)
    .reduce<Judgment | undefined>((a, b) => (a === undefined || b.repeat > a.repeat ? b : a), undefined);
}

function line(cells: readonly (string | number | boolean | null)[]): string {
  return `${cells.map(csvCell).join(',')}\n`;
}

/**
 * One cell by RFC 4180. Text that a spreadsheet would take for a formula gets an apostrophe in front; numbers keep their
 * minus sign.
 */
export function csvCell(value: string | number | boolean | null): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
