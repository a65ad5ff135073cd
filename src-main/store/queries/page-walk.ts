import type { Database } from 'better-sqlite3';
import type { RawBuilder } from 'kysely';
import { sql } from 'kysely';

import type { AnswerQuery, AnswerSort } from '../../domain/answer.ts';
import { VERDICTS } from '../../domain/verdict.ts';
import { StoreError } from '../api.ts';
import { itemId, itemRange, positionOf } from '../ids.ts';
import { all, raw } from '../sql.ts';
import type { Place } from './cursor.ts';
import type { Filter, Source } from './page-filters.ts';

/** An item in the list: its id and the key it is sorted by, null where it has none or the order is the run's own. */
export interface Found {
  readonly id: number;
  readonly key: number | null;
}

type Rows = RawBuilder<Found>;

/** All items of a run. */
export const EVERY_ITEM: Source = { from: sql`run_item WHERE true`, id: sql<number>`run_item.id` };

/** The items with these ids. */
export function listed(ids: readonly number[]): Source {
  return { from: sql`json_each(${JSON.stringify(ids)}) AS f WHERE true`, id: sql<number>`f.value` };
}

const COLUMNS: Readonly<Record<AnswerSort, string | null>> = {
  position: null,
  pCorrect: null,
  nllMean: 'nll_mean',
  nllSum: 'nll_sum',
  tokens: 'tokens',
  f1: 'f1',
};

function probes(filters: readonly Filter[], id: RawBuilder<number>): RawBuilder<unknown> {
  if (filters.length === 0) return sql``;
  return sql` AND ${sql.join(
    filters.map((filter) => filter.probe(id)),
    sql` AND `,
  )}`;
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
  limit: number,
): Rows {
  const { id, from } = source;
  return sql`SELECT ${id} AS id, NULL AS key FROM ${from}
    AND ${idsBeyond(q, place?.position ?? null, id)}${probes(filters, id)}
    ORDER BY ${id} ${direction(q).dir} LIMIT ${limit}`;
}

/** A source of few items, read whole and sorted; items without a key come last, in run order. */
export function bySorting(
  q: AnswerQuery,
  source: Source,
  filters: readonly Filter[],
  place: Place | null,
  limit: number,
): Rows {
  const { dir } = direction(q);
  const column = COLUMNS[q.sort];
  const key = column === null ? sql`k.p_correct` : sql.ref(`i.${column}`);
  const joined =
    column === null
      ? sql`LEFT JOIN item_verdict AS k ON k.item_id = i.id AND k.judge_id = ${sortJudge(q)}`
      : sql``;
  return sql`SELECT i.id AS id, ${key} AS key
    FROM (SELECT ${source.id} AS id FROM ${source.from} AND ${idsBeyond(q, null, source.id)}) AS s
    CROSS JOIN run_item AS i ON i.id = s.id ${joined}
    WHERE ${afterPlace(q, place, key, sql`i.id`)}${probes(filters, sql`i.id`)}
    ORDER BY key IS NULL, key ${dir}, i.id ${dir} LIMIT ${limit}`;
}

function afterPlace(
  q: AnswerQuery,
  place: Place | null,
  key: RawBuilder<unknown>,
  id: RawBuilder<unknown>,
): RawBuilder<unknown> {
  if (place === null) return sql`true`;
  const { beyond } = direction(q);
  const at = itemId(q.runId, place.position);
  if (place.key === null) return sql`${key} IS NULL AND ${id} ${beyond} ${at}`;
  return sql`(${key} ${beyond} ${place.key} OR (${key} = ${place.key} AND ${id} ${beyond} ${at}) OR ${key} IS NULL)`;
}

/** The next items of the whole run in the wanted order: one pass over its narrow rows, which keeps the best. */
function next(db: Database, q: AnswerQuery, place: Place | null, limit: number): Found[] {
  const { dir } = direction(q);
  const column = COLUMNS[q.sort];
  if (column === null) return nextByProbability(db, q, place, limit);
  const key = sql.ref(column);
  return all(
    db,
    raw(
      sql<Found>`SELECT id, ${key} AS key FROM run_item
        WHERE ${idsBeyond(q, null, EVERY_ITEM.id)} AND ${afterPlace(q, place, key, sql`id`)}
        ORDER BY key IS NULL, key ${dir}, id ${dir} LIMIT ${limit}`,
    ),
  );
}

function nextByProbability(db: Database, q: AnswerQuery, place: Place | null, limit: number): Found[] {
  const { dir } = direction(q);
  const judge = sortJudge(q);
  const found: Found[] = [];
  if (place === null || place.key !== null) {
    const key = sql`p_correct`;
    // The index holds the probability too; without all verdicts named it could not be used from its beginning.
    const verdicts = sql.join(VERDICTS.map((verdict) => sql`${verdict}`));
    const { first, last } = itemRange(q.runId);
    found.push(
      ...all(
        db,
        raw(
          sql<Found>`SELECT item_id AS id, ${key} AS key FROM item_verdict INDEXED BY item_verdict_verdict
            WHERE judge_id = ${judge} AND verdict IN (${verdicts}) AND item_id BETWEEN ${first} AND ${last}
              AND ${key} IS NOT NULL AND ${afterPlace(q, place, key, sql`item_id`)}
            ORDER BY key ${dir}, item_id ${dir} LIMIT ${limit}`,
        ),
      ),
    );
  }
  if (found.length === limit) return found;
  const rest = sql<Found>`SELECT id, NULL AS key FROM run_item
    WHERE ${idsBeyond(q, place?.key === null ? place.position : null, EVERY_ITEM.id)} AND NOT EXISTS (
      SELECT 1 FROM item_verdict AS k
      WHERE k.item_id = run_item.id AND k.judge_id = ${judge} AND k.p_correct IS NOT NULL)
    ORDER BY id ${dir} LIMIT ${limit - found.length}`;
  return found.concat(all(db, raw(rest)));
}

/** How many items are taken in order before the conditions are tested on them; more each time they let too few through. */
const FIRST_CHUNK = 4096;
const CHUNK_GROWTH = 4;

/** The wanted order walked from its beginning, with conditions that let many items through tested on the way. */
export function byWalking(
  db: Database,
  q: AnswerQuery,
  filters: readonly Filter[],
  members: ((id: number) => boolean) | null,
  from: Place | null,
  limit: number,
): Found[] {
  const found: Found[] = [];
  const free = filters.length === 0 && members === null;
  let place = from;
  for (let size = free ? limit : FIRST_CHUNK; ; size *= CHUNK_GROWTH) {
    const chunk = next(db, q, place, size);
    const passed = passing(db, chunk, filters);
    for (const row of chunk) {
      if (passed !== null && !passed.has(row.id)) continue;
      if (members !== null && !members(row.id)) continue;
      found.push(row);
      if (found.length === limit) return found;
    }
    const last = chunk.at(-1);
    if (chunk.length < size || last === undefined) return found;
    place = { key: last.key, position: positionOf(last.id) };
  }
}

/** Those of the items that all filters let through; null when there are no filters. */
function passing(db: Database, chunk: readonly Found[], filters: readonly Filter[]): Set<number> | null {
  if (filters.length === 0) return null;
  const { from, id } = listed(chunk.map((row) => row.id));
  const rows = all(db, raw(sql<{ id: number }>`SELECT ${id} AS id FROM ${from}${probes(filters, id)}`));
  return new Set(rows.map((row) => row.id));
}

function sortJudge(q: AnswerQuery): number {
  if (q.sortJudgeId === null) {
    throw new StoreError('not-found', 'Sorting by P(correct) needs a judge. Choose one.');
  }
  return q.sortJudgeId;
}
