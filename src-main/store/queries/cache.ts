import type { Database } from 'better-sqlite3';

import type { StoreArgs } from '../api.ts';
import { first, perConnection, query } from '../sql.ts';

const statements = perConnection((db) => ({
  put: db.prepare<[string, string, number]>(
    `INSERT INTO cache (key, value, at) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET value = excluded.value, at = excluded.at`,
  ),
}));

export function getCached(db: Database, a: StoreArgs<'cache.get'>): string | null {
  return first(db, query.selectFrom('cache').select('value').where('key', '=', a.key))?.value ?? null;
}

export function putCached(db: Database, a: StoreArgs<'cache.put'>): void {
  statements(db).put.run(a.key, a.value, Date.now());
}
