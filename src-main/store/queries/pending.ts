import type { Database } from 'better-sqlite3';
import { type RawBuilder, sql, type SqlBool } from 'kysely';

import type { PendingAnswer, PendingJudgment, StoreArgs } from '../api.ts';
import { itemId, itemRange } from '../ids.ts';
import { all, first, query } from '../sql.ts';
import { IMPORTED_DECODING } from './names.ts';
import { ROW_COLUMNS, toRow } from './row-columns.ts';

/** Items without an answer, in run order after a position (-1 for the first). */
export function pendingAnswers(db: Database, a: StoreArgs<'runs.pendingAnswers'>): PendingAnswer[] {
  const { last } = itemRange(a.runId);
  const rows = all(
    db,
    query
      .selectFrom('run_item')
      .innerJoin('dataset_row', 'dataset_row.id', 'run_item.row_id')
      .select(['run_item.position', 'run_item.sample_index', ...ROW_COLUMNS])
      .where('run_item.id', '>', itemId(a.runId, a.after))
      .where('run_item.id', '<=', last)
      .where('run_item.answer_id', 'is', null)
      .orderBy('run_item.id')
      .limit(a.limit),
  );
  return rows.map((row) => ({
    position: row.position,
    sampleIndex: row.sample_index,
    row: toRow(row),
  }));
}

function repeatOf(db: Database, runId: number, judgeId: number): number {
  const phase = first(
    db,
    query
      .selectFrom('run_phase')
      .select(({ fn }) => fn.max('repeat').as('repeat'))
      .where('run_id', '=', runId)
      .where('judge_id', '=', judgeId),
  );
  return phase?.repeat ?? 0;
}

/** Answers of a run that a judge has not judged in the repeat of the run's phase, in run order after a position. */
export function pendingJudgments(db: Database, a: StoreArgs<'runs.pendingJudgments'>): PendingJudgment[] {
  const { last } = itemRange(a.runId);
  const repeat = a.repeat ?? repeatOf(db, a.runId, a.judgeId);
  const rows = all(
    db,
    query
      .selectFrom('run_item')
      .innerJoin('answer', 'answer.id', 'run_item.answer_id')
      .innerJoin('dataset_row', 'dataset_row.id', 'run_item.row_id')
      .select([
        'run_item.position',
        'answer.id as answer_id',
        'answer.text',
        'answer.decoding_id',
        ...ROW_COLUMNS,
      ])
      .where('run_item.id', '>', itemId(a.runId, a.after))
      .where('run_item.id', '<=', last)
      .where((eb) =>
        eb.not(
          eb.exists(
            query
              .selectFrom('judgment')
              .select('judgment.id')
              .where('judgment.answer_id', '=', sql.ref<number>('run_item.answer_id'))
              .where('judgment.judge_id', '=', a.judgeId)
              .where('judgment.repeat', '=', repeat),
          ),
        ),
      )
      .where(unsettled(a.unsettledBy ?? []))
      .orderBy('run_item.id')
      .limit(a.limit),
  );
  return rows.map((row) => ({
    position: row.position,
    answerId: row.answer_id,
    row: toRow(row),
    answer: row.text,
    imported: row.decoding_id === IMPORTED_DECODING,
  }));
}

/** True where the judges do not all have one verdict, or have one that nobody could read. */
function unsettled(judgeIds: readonly number[]): RawBuilder<SqlBool> {
  if (judgeIds.length === 0) return sql<SqlBool>`1`;
  return sql<SqlBool>`NOT EXISTS (
    SELECT 1 FROM item_verdict AS v
    WHERE v.item_id = run_item.id AND v.judge_id IN (${sql.join(judgeIds)}) AND v.verdict NOT IN ('unparsed', 'error')
    GROUP BY v.verdict HAVING count(*) = ${new Set(judgeIds).size})`;
}
