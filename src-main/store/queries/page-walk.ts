import type { RawBuilder } from 'kysely';
import { sql } from 'kysely';

import type { AnswerQuery, AnswerSort } from '../../domain/answer.ts';
import { StoreError } from '../api.ts';
import { itemId, itemRange } from '../ids.ts';
import type { Place } from './cursor.ts';
import type { Filter, Source } from './page-filters.ts';

export interface Found {
  readonly id: number;
  readonly key: number | null;
}

type Part = RawBuilder<Found>;

/** All items of a run. */
export const EVERY_ITEM: Source = { from: sql`run_item WHERE true`, id: sql<number>`run_item.id` };

/** The items with these ids. */
export function listed(ids: readonly number[]): Source {
  return { from: sql`json_each(${JSON.stringify(ids)}) AS f WHERE true`, id: sql<number>`f.value` };
}

const COLUMNS: Readonly<
  Record<Exclude<AnswerSort, 'position' | 'pCorrect'>, { column: string; index: string }>
> = {
  nllMean: { column: 'nll_mean', index: 'run_item_nll_mean' },
  nllSum: { column: 'nll_sum', index: 'run_item_nll_sum' },
  tokens: { column: 'tokens', index: 'run_item_tokens' },
  f1: { column: 'f1', index: 'run_item_f1' },
};

function and(conditions: readonly RawBuilder<unknown>[]): RawBuilder<unknown> {
  return conditions.length === 0 ? sql`` : sql` AND ${sql.join(conditions, sql` AND `)}`;
}

function probes(filters: readonly Filter[], id: RawBuilder<number>): RawBuilder<unknown> {
  return and(filters.map((filter) => filter.probe(id)));
}

function direction(q: AnswerQuery): { dir: RawBuilder<unknown>; beyond: RawBuilder<unknown> } {
  return q.descending ? { dir: sql`DESC`, beyond: sql`<` } : { dir: sql`ASC`, beyond: sql`>` };
}

/** Bounds of ids in run order beyond a position. */
function idsBeyond(q: AnswerQuery, position: number | null, id: RawBuilder<number>): RawBuilder<unknown> {
  const { first, last } = itemRange(q.runId);
  if (position === null) return sql`${id} BETWEEN ${first} AND ${last}`;
  const at = itemId(q.runId, position);
  return q.descending ? sql`${id} BETWEEN ${first} AND ${at - 1}` : sql`${id} BETWEEN ${at + 1} AND ${last}`;
}

/** A source in run order. */
export function byPosition(
  q: AnswerQuery,
  source: Source,
  filters: readonly Filter[],
  place: Place | null,
): Part[] {
  const { id, from } = source;
  return [
    sql`SELECT ${id} AS id, NULL AS key FROM ${from}
      AND ${idsBeyond(q, place?.position ?? null, id)}${probes(filters, id)} ORDER BY ${id} ${direction(q).dir}`,
  ];
}

/** A source of few items, read whole and sorted by the wanted key; items without a key come last. */
export function bySorting(
  q: AnswerQuery,
  source: Source,
  filters: readonly Filter[],
  place: Place | null,
): Part[] {
  const { dir, beyond } = direction(q);
  const key = q.sort === 'pCorrect' ? sql`k.p_correct` : sql.ref(`i.${columnOf(q.sort).column}`);
  const joined =
    q.sort === 'pCorrect'
      ? sql`LEFT JOIN item_verdict AS k ON k.item_id = i.id AND k.judge_id = ${sortJudge(q)}`
      : sql``;
  return [
    sql`SELECT i.id AS id, ${key} AS key
      FROM (SELECT ${source.id} AS id FROM ${source.from} AND ${idsBeyond(q, null, source.id)}) AS s
      CROSS JOIN run_item AS i ON i.id = s.id ${joined}
      WHERE ${place === null ? sql`true` : afterPlace(q, place, key, beyond)}${probes(filters, sql`i.id`)}
      ORDER BY key IS NULL, key ${dir}, i.id ${dir}`,
  ];
}

function afterPlace(
  q: AnswerQuery,
  place: Place,
  key: RawBuilder<unknown>,
  beyond: RawBuilder<unknown>,
): RawBuilder<unknown> {
  const id = itemId(q.runId, place.position);
  if (place.key === null) return sql`${key} IS NULL AND i.id ${beyond} ${id}`;
  return sql`(${key} ${beyond} ${place.key} OR (${key} = ${place.key} AND i.id ${beyond} ${id}) OR ${key} IS NULL)`;
}

/**
 * All items along the index of the wanted key, then those without a key in run order. From a place on these are up to
 * three queries, because only an equality lets the index continue at an id: the rest of the same key, what
 * lies beyond it, and the items without one.
 */
export function byIndex(q: AnswerQuery, filters: readonly Filter[], place: Place | null): Part[] {
  const { dir, beyond } = direction(q);
  const { from, key, id, keyless } = q.sort === 'pCorrect' ? probabilityOrder(q) : columnOrder(q);
  const along = (condition: RawBuilder<unknown>): Part =>
    sql`SELECT ${id} AS id, ${key} AS key FROM ${from}
      AND ${condition}${probes(filters, id)} ORDER BY ${key} ${dir}, ${id} ${dir}`;
  const rest = (position: number | null): Part =>
    sql`SELECT run_item.id AS id, NULL AS key FROM run_item
      WHERE ${idsBeyond(q, position, EVERY_ITEM.id)} AND ${keyless}${probes(filters, EVERY_ITEM.id)}
      ORDER BY run_item.id ${dir}`;
  if (place === null) return [along(sql`${key} IS NOT NULL`), rest(null)];
  if (place.key === null) return [rest(place.position)];
  const at = itemId(q.runId, place.position);
  return [
    along(sql`${key} = ${place.key} AND ${id} ${beyond} ${at}`),
    along(sql`${key} ${beyond} ${place.key}`),
    rest(null),
  ];
}

interface Order {
  readonly from: RawBuilder<unknown>;
  readonly key: RawBuilder<unknown>;
  readonly id: RawBuilder<number>;
  readonly keyless: RawBuilder<unknown>;
}

function columnOrder(q: AnswerQuery): Order {
  const { column, index } = columnOf(q.sort);
  const key = sql.ref(`run_item.${column}`);
  return {
    from: sql`run_item INDEXED BY ${sql.id(index)} WHERE run_item.run_id = ${q.runId}`,
    key,
    id: EVERY_ITEM.id,
    keyless: sql`${key} IS NULL`,
  };
}

function probabilityOrder(q: AnswerQuery): Order {
  const judge = sortJudge(q);
  return {
    from: sql`item_verdict AS k INDEXED BY item_verdict_p WHERE k.judge_id = ${judge} AND k.run_id = ${q.runId}`,
    key: sql`k.p_correct`,
    id: sql<number>`k.item_id`,
    keyless: sql`NOT EXISTS (SELECT 1 FROM item_verdict AS k
      WHERE k.item_id = run_item.id AND k.judge_id = ${judge} AND k.p_correct IS NOT NULL)`,
  };
}

function columnOf(sort: AnswerSort): { column: string; index: string } {
  if (sort === 'position' || sort === 'pCorrect') throw new StoreError('internal', `${sort} is no column.`);
  return COLUMNS[sort];
}

function sortJudge(q: AnswerQuery): number {
  if (q.sortJudgeId === null) {
    throw new StoreError('not-found', 'Sorting by P(correct) needs a judge. Choose one.');
  }
  return q.sortJudgeId;
}
