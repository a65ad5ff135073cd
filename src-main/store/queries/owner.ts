import type { Database } from 'better-sqlite3';

import { StoreError } from '../api.ts';
import { perConnection } from '../sql.ts';

const statements = perConnection((db) => ({
  token: db.prepare<[number], { claim_token: number; owned: number }>(
    'SELECT claim_token, owner IS NOT NULL AS owned FROM run WHERE id = ?',
  ),
}));

export function runNotFound(runId: number): StoreError {
  return new StoreError('not-found', `There is no run ${runId}: it was removed. Reload the list of runs.`);
}

/**
 * Lets a write to a run through when the token is that of its present owner.
 * @throws StoreError 'not-owner' when the run has changed hands or was released, 'not-found' when it is gone.
 */
export function requireOwner(db: Database, runId: number, token: number): void {
  const run = statements(db).token.get(runId);
  if (run === undefined) throw runNotFound(runId);
  if (run.claim_token === token && run.owned === 1) return;
  throw new StoreError(
    'not-owner',
    `Run ${runId} has changed hands: another process continues it, or it was ended. Nothing more is written from here.`,
  );
}
