import type { Database } from 'better-sqlite3';
import type { RawBuilder } from 'kysely';
import { sql } from 'kysely';

import type { AnswerQuery } from '../../domain/answer.ts';
import { itemRange } from '../ids.ts';
import { all, first, query, raw } from '../sql.ts';

/**
 * Filters with at most this many rows are read whole and sorted in any order; more frequent ones are found soon by
 * walking the wanted order (one row in fifty of a million), so that both ways read some ten thousand rows at most.
 */
export const SMALL = 20_000;

/** `table WHERE condition`, to which more conditions can be added, and the expression of an item's id in it. */
export interface Source {
  readonly from: RawBuilder<unknown>;
  readonly id: RawBuilder<number>;
}

/** A condition on items, in both forms it can be used in. */
export interface Filter {
  /** How many items it lets through, exact up to SMALL + 1 at least. */
  readonly count: number;
  /** What streams the items it lets through in run order; null when no index does. */
  readonly source: Source | null;
  /** The condition on an item whose id is this expression. */
  readonly probe: (id: RawBuilder<number>) => RawBuilder<boolean>;
}

export function filtersOf(db: Database, q: AnswerQuery): Filter[] {
  const filters: Filter[] = q.verdicts.map(({ judgeId, verdict }) =>
    verdict === 'missing'
      ? missingFilter(db, q.runId, judgeId)
      : verdictFilter(db, q.runId, judgeId, verdict),
  );
  if (q.disagreement) filters.push(columnFilter(db, q.runId, sql`run_item.disagree = 1`));
  if (q.finishReason !== null) {
    filters.push(columnFilter(db, q.runId, sql`run_item.finish_reason = ${q.finishReason}`));
  }
  return filters;
}

function verdictFilter(db: Database, runId: number, judgeId: number, verdict: string): Filter {
  const counted = all(
    db,
    query
      .selectFrom('run_judge')
      .select(['verdict', 'answers'])
      .where('run_id', '=', runId)
      .where('judge_id', '=', judgeId),
  );
  return {
    count: counted.find((row) => row.verdict === verdict)?.answers ?? 0,
    source: {
      from: sql`item_verdict AS f WHERE f.judge_id = ${judgeId} AND f.verdict = ${verdict}`,
      id: sql<number>`f.item_id`,
    },
    probe: (id) =>
      sql`EXISTS (SELECT 1 FROM item_verdict AS p
        WHERE p.item_id = ${id} AND p.judge_id = ${judgeId} AND p.verdict = ${verdict})`,
  };
}

function missingFilter(db: Database, runId: number, judgeId: number): Filter {
  const answers = first(db, query.selectFrom('run_tally').select('answers').where('run_id', '=', runId));
  const judged = first(
    db,
    query
      .selectFrom('run_judge')
      .select(({ fn }) => fn.sum<number | null>('answers').as('n'))
      .where('run_id', '=', runId)
      .where('judge_id', '=', judgeId),
  );
  return {
    count: (answers?.answers ?? 0) - (judged?.n ?? 0),
    source: null,
    probe: (id) =>
      sql`EXISTS (SELECT 1 FROM run_item AS p WHERE p.id = ${id} AND p.answer_id IS NOT NULL)
        AND NOT EXISTS (SELECT 1 FROM item_verdict AS p WHERE p.item_id = ${id} AND p.judge_id = ${judgeId})`,
  };
}

/** An equality on an indexed column of run_item. */
function columnFilter(db: Database, runId: number, condition: RawBuilder<unknown>): Filter {
  const { first: start, last } = itemRange(runId);
  const counted = first(
    db,
    raw(sql<{ n: number }>`SELECT count(*) AS n FROM (
      SELECT 1 FROM run_item WHERE ${condition} AND id BETWEEN ${start} AND ${last} LIMIT ${SMALL + 1})`),
  );
  return {
    count: counted?.n ?? 0,
    source: { from: sql`run_item WHERE ${condition}`, id: sql<number>`run_item.id` },
    probe: (id) => sql`EXISTS (SELECT 1 FROM run_item WHERE run_item.id = ${id} AND ${condition})`,
  };
}
