import type { Database } from 'better-sqlite3';

import { sameOwner } from '../../domain/run.ts';
import type { StoreArgs, StoreResult } from '../api.ts';
import { StoreError } from '../api.ts';
import { itemRange } from '../ids.ts';
import { perConnection } from '../sql.ts';
import { requireOwner, runNotFound } from './owner.ts';
import { ownerOf } from './runs.ts';

const statements = perConnection((db) => ({
  claim: db
    .prepare<[string, number, number], number>(
      `UPDATE run SET owner = ?, claim_token = claim_token + 1, heartbeat_at = ?, live = NULL, status = 'queued',
         ended_at = NULL, error = NULL
       WHERE id = ? RETURNING claim_token`,
    )
    .pluck(),
  heartbeat: db.prepare<[number, string, number]>('UPDATE run SET heartbeat_at = ?, live = ? WHERE id = ?'),
  cancelAsked: db.prepare<[number], number>('SELECT 1 FROM run_request WHERE run_id = ?').pluck(),
  askCancel: db.prepare<[number, number]>(
    `INSERT INTO run_request (run_id, cancel_at) VALUES (?, ?)
     ON CONFLICT DO UPDATE SET cancel_at = excluded.cancel_at`,
  ),
  forgetRequest: db.prepare<[number]>('DELETE FROM run_request WHERE run_id = ?'),
  cancelling: db.prepare<[number]>(
    `UPDATE run SET status = 'cancelling' WHERE id = ? AND status IN ('queued', 'running')`,
  ),
  cancelWaiting: db.prepare<[number, number]>(
    `UPDATE run SET status = 'cancelled', ended_at = ? WHERE id = ? AND status = 'queued'`,
  ),
  // A cancel that was asked for while the run waited is still to be seen when it begins.
  setStatus: db.prepare<[Record<string, string | number>]>(
    `UPDATE run SET
       status = CASE WHEN status = 'cancelling' AND @status IN ('queued', 'running') THEN status ELSE @status END,
       started_at = CASE WHEN @status = 'running' THEN coalesce(started_at, @at) ELSE started_at END
     WHERE id = @runId`,
  ),
  release: db.prepare<[string, string | null, number, number]>(
    `UPDATE run SET status = ?, error = ?, ended_at = ?, owner = NULL, live = NULL WHERE id = ?`,
  ),
  // Their processes are gone with the owner; a resume takes them up again.
  restPhases: db.prepare<[number]>(
    `UPDATE run_phase SET state = 'waiting' WHERE run_id = ? AND state IN ('loading', 'running', 'unloading')`,
  ),
}));

/** Takes a run that nobody has, or that `expected` still has. Exactly one of several at once succeeds. */
export function claimRun(db: Database, a: StoreArgs<'runs.claim'>): StoreResult<'runs.claim'> {
  const present = ownerOf(db, a.runId);
  if (present === undefined) throw runNotFound(a.runId);
  if (present !== null && (a.expected === null || !sameOwner(present, a.expected))) return null;
  const s = statements(db);
  if (present !== null) s.forgetRequest.run(a.runId);
  const token = s.claim.get(JSON.stringify(a.owner), Date.now(), a.runId);
  if (token === undefined) throw runNotFound(a.runId);
  return { token };
}

export function heartbeat(db: Database, a: StoreArgs<'runs.heartbeat'>): StoreResult<'runs.heartbeat'> {
  requireOwner(db, a.runId, a.token);
  const s = statements(db);
  s.heartbeat.run(Date.now(), JSON.stringify(a.live), a.runId);
  return { cancelRequested: s.cancelAsked.get(a.runId) !== undefined };
}

/** Tells the owner at its next heartbeat. A run that waits without an owner is cancelled at once. */
export function requestCancel(db: Database, a: StoreArgs<'runs.requestCancel'>): void {
  const present = ownerOf(db, a.runId);
  if (present === undefined) throw runNotFound(a.runId);
  const s = statements(db);
  const at = Date.now();
  if (present === null) {
    s.cancelWaiting.run(at, a.runId);
    return;
  }
  s.askCancel.run(a.runId, at);
  s.cancelling.run(a.runId);
}

export function setStatus(db: Database, a: StoreArgs<'runs.setStatus'>): void {
  requireOwner(db, a.runId, a.token);
  statements(db).setStatus.run({ runId: a.runId, status: a.status, at: Date.now() });
}

export function releaseRun(db: Database, a: StoreArgs<'runs.release'>): void {
  requireOwner(db, a.runId, a.token);
  end(db, a.runId, a.status, a.error);
}

export function markInterrupted(db: Database, a: StoreArgs<'runs.markInterrupted'>): boolean {
  const present = ownerOf(db, a.runId);
  if (present === undefined || present === null || !sameOwner(present, a.expected)) return false;
  end(db, a.runId, 'interrupted', null);
  return true;
}

function end(db: Database, runId: number, status: string, error: string | null): void {
  const s = statements(db);
  s.release.run(status, error, Date.now(), runId);
  s.forgetRequest.run(runId);
  s.restPhases.run(runId);
}

const removal = perConnection((db) => ({
  text: db.prepare<[number, number]>(
    `INSERT INTO item_text (item_text, rowid, question, gold, answer)
     SELECT 'delete', id, question, gold, answer FROM item_text_source WHERE id BETWEEN ? AND ?`,
  ),
  remember: db.prepare<[number, number]>(
    `INSERT INTO gone SELECT DISTINCT answer_id FROM run_item WHERE answer_id IS NOT NULL AND id BETWEEN ? AND ?`,
  ),
  items: db.prepare<[number, number]>('DELETE FROM run_item WHERE id BETWEEN ? AND ?'),
  run: db.prepare<[number]>('DELETE FROM run WHERE id = ?'),
  answers: db.prepare<[]>(
    `DELETE FROM answer WHERE id IN gone AND decoding_id <> 0
       AND NOT EXISTS (SELECT 1 FROM run_item WHERE run_item.answer_id = answer.id)`,
  ),
}));

/**
 * Removes a run and the answers that only it has; those that came with a dataset, or that another run has too, stay.
 * @throws StoreError 'in-use' while somebody has the run.
 */
export function removeRun(db: Database, a: StoreArgs<'runs.remove'>): void {
  const present = ownerOf(db, a.runId);
  if (present === undefined) return;
  if (present !== null) {
    throw new StoreError(
      'in-use',
      `Run ${a.runId} is being worked on (${present.door}, process ${present.pid}). Cancel it first.`,
    );
  }
  db.exec('CREATE TEMP TABLE IF NOT EXISTS gone (id INTEGER PRIMARY KEY); DELETE FROM gone');
  const { first, last } = itemRange(a.runId);
  const s = removal(db);
  s.text.run(first, last);
  s.remember.run(first, last);
  s.items.run(first, last);
  s.run.run(a.runId);
  s.answers.run();
}
