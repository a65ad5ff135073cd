import type { Database } from 'better-sqlite3';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openWriter } from '../../src-main/store/connection.ts';
import { filtersOf } from '../../src-main/store/queries/page-filters.ts';
import type { Source } from '../../src-main/store/queries/page-filters.ts';
import { byPosition, EVERY_ITEM } from '../../src-main/store/queries/page-walk.ts';
import { raw } from '../../src-main/store/sql.ts';
import type { TempDir } from './helpers.ts';
import { pageQuery, tempDir } from './helpers.ts';

// What a page reads must not grow with the run: a plan that scans a table or sorts would be right, and slow only for
// somebody who has a million answers.

let dir: TempDir;
let db: Database;

beforeAll(() => {
  dir = tempDir();
  db = openWriter(dir.file);
});

afterAll(() => {
  db.close();
  dir[Symbol.dispose]();
});

const QUERY = pageQuery(1, {
  verdicts: [
    { judgeId: 1, verdict: 'correct' },
    { judgeId: 2, verdict: 'missing' },
  ],
  disagreement: true,
});

function planOf(source: Source, descending: boolean): string[] {
  const filters = filtersOf(db, QUERY).filter((filter) => filter.source !== source);
  const q = { ...QUERY, descending };
  const { sql: text, parameters } = raw(
    byPosition(q, source, filters, { key: null, position: 7 }, 51),
  ).compile();
  const rows = db.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${text}`).all(...parameters);
  return rows.map((row) => row.detail);
}

for (const descending of [false, true]) {
  test(`pages read a range of one index and probe the rest (${descending ? 'backwards' : 'forwards'})`, () => {
    const sources: Source[] = [
      EVERY_ITEM,
      ...filtersOf(db, QUERY).flatMap((filter) => filter.source ?? []),
      { from: sql`item_text WHERE item_text MATCH ${'"a" *'}`, id: sql<number>`item_text.rowid` },
    ];
    expect(sources).toHaveLength(4);
    for (const source of sources) {
      const plan = planOf(source, descending);
      expect(plan.filter((line) => /TEMP B-TREE|^SCAN (?!item_text VIRTUAL)/u.test(line))).toEqual([]);
      expect(plan[0]).toMatch(/^SEARCH (?:run_item|f) USING|^SCAN item_text VIRTUAL TABLE INDEX \d+:.*M/u);
    }
  });
}
