import type { DatasetRow, Question } from '../../domain/dataset.ts';
import { fromJson, fromJsonOrNull, SHAPES } from '../json.ts';
import type { Schema } from '../schema.ts';

/** A row's question, as toQuestion takes it. */
export const QUESTION_COLUMNS = [
  'dataset_row.external_id',
  'dataset_row.question',
  'dataset_row.gold',
  'dataset_row.choices',
  'dataset_row.context',
  'dataset_row.metadata',
] as const;

export const ROW_COLUMNS = [
  'dataset_row.id as row_id',
  'dataset_row.position as row_position',
  'dataset_row.row_sha256',
  'dataset_row.occurrence',
  ...QUESTION_COLUMNS,
] as const;

export type QuestionColumns = Pick<
  Schema['dataset_row'],
  'external_id' | 'question' | 'gold' | 'choices' | 'context' | 'metadata'
>;

type RowRecord = QuestionColumns &
  Pick<Schema['dataset_row'], 'row_sha256' | 'occurrence'> & {
    row_id: number;
    row_position: number;
  };

export function toQuestion(row: QuestionColumns): Question {
  return {
    externalId: row.external_id,
    question: row.question,
    context: row.context,
    gold: fromJson(SHAPES.strings, row.gold),
    choices: fromJsonOrNull(SHAPES.strings, row.choices),
    metadata: fromJson(SHAPES.record, row.metadata),
  };
}

export function toRow(row: RowRecord): DatasetRow {
  return {
    rowId: row.row_id,
    position: row.row_position,
    rowSha256: row.row_sha256.toString('hex'),
    occurrence: row.occurrence,
    question: toQuestion(row),
  };
}
