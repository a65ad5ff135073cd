import type { Database } from 'better-sqlite3';
import { sql } from 'kysely';

import type { AnswerListItem, VerdictCell } from '../../domain/answer.ts';
import type { StoreArgs } from '../api.ts';
import { itemId, unflag } from '../ids.ts';
import { fromJson, SHAPES } from '../json.ts';
import { all, query } from '../sql.ts';

/** Characters of question and answer that a list shows; the detail has them whole. */
export const LIST_TEXT_LIMIT = 400;

function listItems() {
  return query
    .selectFrom('run_item')
    .innerJoin('dataset_row', 'dataset_row.id', 'run_item.row_id')
    .leftJoin('answer', 'answer.id', 'run_item.answer_id')
    .leftJoin('system', 'system.id', 'answer.system_id')
    .select([
      'run_item.id',
      'run_item.answer_id',
      'run_item.row_id',
      'run_item.position',
      'dataset_row.external_id',
      'dataset_row.gold',
      'system.name as system',
      'run_item.finish_reason',
      'run_item.tokens',
      'run_item.nll_sum',
      'run_item.nll_mean',
      'run_item.f1',
      'answer.exact_match',
      'answer.contains',
    ])
    .select((eb) => [
      eb.fn.coalesce('answer.sample_index', 'run_item.sample_index').as('sample_index'),
      sql<string>`substr(dataset_row.question, 1, ${LIST_TEXT_LIMIT})`.as('question'),
      sql<string | null>`substr(answer.text, 1, ${LIST_TEXT_LIMIT})`.as('answer'),
      eb
        .selectFrom('failure')
        .select('failure.reason')
        .whereRef('failure.item_id', '=', 'run_item.id')
        .orderBy('failure.seq')
        .limit(1)
        .as('failure'),
    ]);
}

/** List items at positions of a run. */
export function answersAt(db: Database, a: StoreArgs<'answers.at'>): AnswerListItem[] {
  return readListItems(
    db,
    a.positions.map((position) => itemId(a.runId, position)),
  );
}

/** List items in the order of their ids in `ids`. */
export function readListItems(db: Database, ids: readonly number[]): AnswerListItem[] {
  if (ids.length === 0) return [];
  const wanted = sql<number>`(SELECT value FROM json_each(${JSON.stringify(ids)}))`;
  const cells = cellsOf(db, ids);
  const items = new Map(
    all(db, listItems().where('run_item.id', 'in', wanted)).map((row): [number, AnswerListItem] => [
      row.id,
      {
        answerId: row.answer_id,
        rowId: row.row_id,
        position: row.position,
        sampleIndex: row.sample_index,
        externalId: row.external_id,
        question: row.question,
        gold: fromJson(SHAPES.strings, row.gold),
        answer: row.answer,
        system: row.system,
        finishReason: row.finish_reason,
        tokens: row.tokens,
        nllSum: row.nll_sum,
        nllMean: row.nll_mean,
        exactMatch: unflag(row.exact_match),
        f1: row.f1,
        contains: unflag(row.contains),
        verdicts: cells.get(row.id) ?? [],
        failure: row.failure,
      },
    ]),
  );
  return ids.flatMap((id) => items.get(id) ?? []);
}

function cellsOf(db: Database, ids: readonly number[]): Map<number, VerdictCell[]> {
  const wanted = sql<number>`(SELECT value FROM json_each(${JSON.stringify(ids)}))`;
  const rows = all(
    db,
    query
      .selectFrom('item_verdict')
      .select(['item_id', 'judge_id', 'verdict', 'p_correct', 'label_mass'])
      .where('item_id', 'in', wanted)
      .orderBy('item_id')
      .orderBy('judge_id'),
  );
  const cells = new Map<number, VerdictCell[]>();
  for (const row of rows) {
    const list = cells.get(row.item_id) ?? [];
    list.push({
      judgeId: row.judge_id,
      verdict: row.verdict,
      pCorrect: row.p_correct,
      labelMass: row.label_mass,
    });
    cells.set(row.item_id, list);
  }
  return cells;
}
