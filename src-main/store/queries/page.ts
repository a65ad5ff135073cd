import type { Database } from 'better-sqlite3';
import type { RawBuilder } from 'kysely';
import { sql } from 'kysely';

import type { AnswerPage, AnswerQuery } from '../../domain/answer.ts';
import type { StoreArgs, StoreResult } from '../api.ts';
import { itemRange, positionOf } from '../ids.ts';
import { all, first, iterate, query, raw } from '../sql.ts';
import type { Place } from './cursor.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { readListItems } from './list-items.ts';
import { runNotFound } from './owner.ts';
import type { Filter, Source } from './page-filters.ts';
import { filtersOf, SMALL } from './page-filters.ts';
import { matchExpression, textHits, textMembers } from './page-text.ts';
import type { Found } from './page-walk.ts';
import { byIndex, byPosition, bySorting, EVERY_ITEM, listed } from './page-walk.ts';

/** Queries whose rows, one after the other, are the list from a place on; and a test that SQL cannot make cheaply. */
interface Walk {
  readonly parts: readonly RawBuilder<Found>[];
  readonly members: ReadonlySet<number> | null;
}

/** A page of a run's items; keyset paging in every order, so that rows that arrive meanwhile move nothing. */
export function answersPage(db: Database, q: AnswerQuery): AnswerPage {
  requireRun(db, q.runId);
  const found = take(db, planWalk(db, q, readCursor(q)), q.limit + 1);
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
  const count = known ?? take(db, planWalk(db, q, null), a.cap + 1).length;
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

function take(db: Database, walk: Walk, limit: number): Found[] {
  const { parts, members } = walk;
  const found: Found[] = [];
  for (const part of parts) {
    const wanted = limit - found.length;
    if (wanted === 0) return found;
    if (members === null) {
      found.push(...all(db, raw(sql<Found>`${part} LIMIT ${wanted}`)));
      continue;
    }
    for (const row of iterate(db, raw(part))) {
      if (members.has(row.id)) found.push(row);
      if (found.length === limit) return found;
    }
  }
  return found;
}

/**
 * Chooses how to read. The rarest condition decides: when it lets few items through they are read whole (and sorted);
 * when all conditions are common the wanted order is walked and the conditions are tested on the way.
 */
function planWalk(db: Database, q: AnswerQuery, place: Place | null): Walk {
  const filters = filtersOf(db, q);
  if (filters.some((filter) => filter.count === 0)) return { parts: [], members: null };
  const match = matchExpression(q.text);
  const driver = rarest(filters);
  const others = filters.filter((filter) => filter !== driver);
  if (match === null) return withoutText(q, filters, driver, others, place);

  const hits = textHits(db, q.runId, match, SMALL + 1);
  if (hits.length <= SMALL && hits.length <= (driver?.count ?? Infinity)) {
    return fewItems(q, listed(hits), filters, place);
  }
  if (driver?.source && driver.count <= SMALL) {
    const among = new Set(idsOf(db, q.runId, driver.source));
    const both = [...textMembers(db, q.runId, match, among)];
    return fewItems(q, listed(both), others, place);
  }
  if (q.sort === 'position') {
    const source: Source = {
      from: sql`item_text WHERE item_text MATCH ${match}`,
      id: sql<number>`item_text.rowid`,
    };
    return { parts: byPosition(q, source, filters, place), members: null };
  }
  return { parts: byIndex(q, filters, place), members: textMembers(db, q.runId, match, null) };
}

function withoutText(
  q: AnswerQuery,
  filters: readonly Filter[],
  driver: Filter | null,
  others: readonly Filter[],
  place: Place | null,
): Walk {
  if (driver?.source && (q.sort === 'position' || driver.count <= SMALL)) {
    return fewItems(q, driver.source, others, place);
  }
  if (q.sort === 'position') return { parts: byPosition(q, EVERY_ITEM, filters, place), members: null };
  return { parts: byIndex(q, filters, place), members: null };
}

function fewItems(q: AnswerQuery, source: Source, filters: readonly Filter[], place: Place | null): Walk {
  const order = q.sort === 'position' ? byPosition : bySorting;
  return { parts: order(q, source, filters, place), members: null };
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
