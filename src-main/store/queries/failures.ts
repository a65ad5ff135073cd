import type { Database } from 'better-sqlite3';

import type { StoreArgs } from '../api.ts';
import { itemId, itemRange } from '../ids.ts';
import { perConnection } from '../sql.ts';
import { requireOwner } from './owner.ts';

const statements = perConnection((db) => ({
  known: db.prepare<[number, number], number>('SELECT 1 FROM failure WHERE item_id = ? AND seq = ?').pluck(),
  put: db.prepare<[number, number, string, number]>(
    `INSERT INTO failure (item_id, seq, reason, at) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET reason = excluded.reason, at = excluded.at`,
  ),
  count: db.prepare<[number, number, number]>(
    'UPDATE run_phase SET failed = failed + ? WHERE run_id = ? AND seq = ?',
  ),
  failed: db
    .prepare<[number, number], number>('SELECT failed FROM run_phase WHERE run_id = ? AND seq = ?')
    .pluck(),
  clearItems: db.prepare<[number, string]>(
    'DELETE FROM failure WHERE seq = ? AND item_id IN (SELECT value FROM json_each(?))',
  ),
  clearAnswers: db.prepare<[number, string, number, number]>(
    `DELETE FROM failure WHERE seq = ? AND item_id IN (
       SELECT id FROM run_item
       WHERE answer_id IN (SELECT value FROM json_each(?)) AND id BETWEEN ? AND ?)`,
  ),
}));

/** Notes rows that could not be done. A row that fails again keeps the newest reason and counts once. */
export function putFailures(db: Database, a: StoreArgs<'runs.putFailures'>): void {
  requireOwner(db, a.runId, a.token);
  const s = statements(db);
  const at = Date.now();
  let added = 0;
  for (const failure of a.failures) {
    const id = itemId(a.runId, failure.position);
    if (s.known.get(id, a.seq) === undefined) added += 1;
    s.put.run(id, a.seq, failure.reason, at);
  }
  if (added > 0) s.count.run(added, a.runId, a.seq);
}

/** Rows that were done after all, by item or by answer. */
export function clearFailures(
  db: Database,
  runId: number,
  seq: number,
  done: { itemIds: readonly number[] } | { answerIds: readonly number[] },
): void {
  const s = statements(db);
  if ((s.failed.get(runId, seq) ?? 0) === 0) return;
  const range = itemRange(runId);
  const cleared =
    'itemIds' in done
      ? s.clearItems.run(seq, JSON.stringify(done.itemIds))
      : s.clearAnswers.run(seq, JSON.stringify(done.answerIds), range.first, range.last);
  if (cleared.changes > 0) s.count.run(-cleared.changes, runId, seq);
}
