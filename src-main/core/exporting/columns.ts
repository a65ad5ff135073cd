import type { BasicType } from 'hyparquet-writer';
import type { ExportedAnswer } from '../../store/api.ts';
import { type ExportSource, systemOf } from './source.ts';

export type Cell = string | number | boolean | null;

/** What both tables, the wide and the long, say of an answer before its verdicts. */
export const ANSWER_COLUMNS: readonly (readonly [string, BasicType])[] = [
  ['run_id', 'INT32'],
  ['row_id', 'STRING'],
  ['position', 'INT32'],
  ['sample', 'INT32'],
  ['question_id', 'STRING'],
  ['question', 'STRING'],
  ['gold', 'STRING'],
  ['answer', 'STRING'],
  ['model', 'STRING'],
  ['prompt_style', 'STRING'],
  ['finish_reason', 'STRING'],
  ['n_tokens', 'INT32'],
  ['nll_sum', 'DOUBLE'],
  ['nll_mean', 'DOUBLE'],
  ['exact_match', 'BOOLEAN'],
  ['f1', 'DOUBLE'],
  ['contains', 'BOOLEAN'],
];

/** An answer under ANSWER_COLUMNS. How it was asked is known only of answers that were made here. */
export function answerCells(source: ExportSource, answer: ExportedAnswer): Cell[] {
  const { run } = source;
  return [
    run.id,
    answer.rowSha256,
    answer.position,
    answer.sampleIndex,
    answer.externalId,
    answer.question,
    answer.gold.join(' | '),
    answer.answer,
    systemOf(source, answer),
    answer.decodingSha256 === null ? null : run.experiment.prompt.style,
    answer.finishReason,
    answer.tokens,
    answer.nllSum,
    answer.nllMean,
    answer.exactMatch,
    answer.f1,
    answer.contains,
  ];
}
