import type { Database } from 'better-sqlite3';
import { sql } from 'kysely';

import type { AnswerPage, AnswerQuery } from '../../domain/answer.ts';
import type { StoreArgs, StoreResult } from '../api.ts';
import { itemRange, positionOf } from '../ids.ts';
import { all, first, query, raw } from '../sql.ts';
import type { Place } from './cursor.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { readListItems } from './list-items.ts';
import { runNotFound } from './owner.ts';
import type { Filter, Source } from './page-filters.ts';
import { filtersOf, SMALL } from './page-filters.ts';
import { matchExpression, textAmong, textHits } from './page-text.ts';
import type { Found } from './page-walk.ts';
import { byPosition, bySorting, byWalking, EVERY_ITEM, listed } from './page-walk.ts';

/** Texts of at most this many items are looked through one by one rather than asked of the text index. */
const FEW = 4096;

/** A page of a run's items; keyset paging in every order, so that rows that arrive meanwhile move nothing. */
export function answersPage(db: Database, q: AnswerQuery): AnswerPage {
  requireRun(db, q.runId);
  const found = find(db, q, readCursor(q), q.limit + 1);
  const page = found.slice(0, q.limit);
  const last = page.at(-1);
  return {
    items: readListItems(
      db,
      page.map((row) => row.id),
    ),
    nextCursor:
      found.length <= q.limit || last === undefined
        ? null
        : writeCursor(q, { key: last.key, position: positionOf(last.id) }),
  };
}

/** How many items a query finds, counted up to `cap`. */
export function countAnswers(db: Database, a: StoreArgs<'answers.count'>): StoreResult<'answers.count'> {
  const q: AnswerQuery = { ...a.query, sort: 'position', descending: false, cursor: null };
  const total = requireRun(db, q.runId);
  const known = knownCount(db, q, total, a.cap);
  const count = known ?? find(db, q, null, a.cap + 1).length;
  return { count: Math.min(count, a.cap), capped: count > a.cap };
}

/** Without filters, or with one whose count settles it, nothing is walked. */
function knownCount(db: Database, q: AnswerQuery, total: number, cap: number): number | null {
  if (matchExpression(q.text) !== null) return null;
  const [only, ...others] = filtersOf(db, q);
  if (only === undefined) return total;
  return others.length === 0 && (only.count <= SMALL || only.count > cap) ? only.count : null;
}

function requireRun(db: Database, runId: number): number {
  const run = first(db, query.selectFrom('run').select('total').where('id', '=', runId));
  if (run === undefined) throw runNotFound(runId);
  return run.total;
}

/**
 * The items of a query from a place on. The rarest condition decides how they are read: when it lets few items through
 * these are read whole and sorted; when all conditions are common the wanted order is walked and they are tested on the way.
 */
function find(db: Database, q: AnswerQuery, place: Place | null, limit: number): Found[] {
  const filters = filtersOf(db, q);
  if (filters.some((filter) => filter.count === 0)) return [];
  const match = matchExpression(q.text);
  if (match !== null) return findText(db, q, match, filters, place, limit);
  const driver = rarest(filters);
  const others = filters.filter((filter) => filter !== driver);
  if (q.sort === 'position') {
    return driver?.source
      ? all(db, raw(byPosition(q, driver.source, others, place, limit)))
      : all(db, raw(byPosition(q, EVERY_ITEM, filters, place, limit)));
  }
  if (driver?.source && driver.count <= SMALL) {
    return all(db, raw(bySorting(q, driver.source, others, place, limit)));
  }
  return byWalking(db, q, filters, null, place, limit);
}

/** With words to find. The text index streams its hits in run order, once it has put the list of each prefix together. */
function findText(
  db: Database,
  q: AnswerQuery,
  match: string,
  filters: readonly Filter[],
  place: Place | null,
  limit: number,
): Found[] {
  const driver = rarest(filters);
  if (driver?.source && driver.count <= FEW) {
    const source = listed(textAmong(db, idsOf(db, q.runId, driver.source), match));
    const others = filters.filter((filter) => filter !== driver);
    const order = q.sort === 'position' ? byPosition : bySorting;
    return all(db, raw(order(q, source, others, place, limit)));
  }
  if (q.sort === 'position') {
    const source = { from: sql`item_text WHERE item_text MATCH ${match}`, id: sql<number>`item_text.rowid` };
    return all(db, raw(byPosition(q, source, filters, place, limit)));
  }
  const hits = textHits(db, q.runId, match, -1);
  if (hits.length <= SMALL) return all(db, raw(bySorting(q, listed(hits), filters, place, limit)));
  const marks = new Uint8Array(positionOf(hits.at(-1) ?? 0) + 1);
  for (const id of hits) marks[positionOf(id)] = 1;
  return byWalking(db, q, filters, (id) => marks[positionOf(id)] === 1, place, limit);
}

/** Of the filters that an index streams, the one that lets the fewest through. */
function rarest(filters: readonly Filter[]): Filter | null {
  const streamed = filters.filter((filter) => filter.source !== null);
  return streamed.reduce<Filter | null>(
    (best, filter) => (best === null || filter.count < best.count ? filter : best),
    null,
  );
}

function idsOf(db: Database, runId: number, source: Source): number[] {
  const { first: start, last } = itemRange(runId);
  const rows = all(
    db,
    raw(
      sql<{
        id: number;
      }>`SELECT ${source.id} AS id FROM ${source.from} AND ${source.id} BETWEEN ${start} AND ${last}`,
    ),
  );
  return rows.map((row) => row.id);
}
