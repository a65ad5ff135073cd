import type { Migration } from './migration.ts';

const LEDGER = `
-- One row for every real load: what was planned and what it took. Runs may be removed; what was learnt from them stays.
CREATE TABLE ledger (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  run_id INTEGER,
  role TEXT NOT NULL CHECK (role IN ('generate', 'judge')),
  model_name TEXT NOT NULL,
  model_sha256 TEXT,
  backend TEXT NOT NULL,
  driver TEXT,
  settings TEXT NOT NULL, -- JSON LoadSettings
  total_layers INTEGER NOT NULL,
  versions TEXT NOT NULL, -- JSON
  outcome TEXT NOT NULL CHECK (outcome IN ('loaded', 'out-of-memory', 'failed')),
  reason TEXT,
  load_ms REAL,
  devices TEXT NOT NULL   -- JSON LedgerDevice[]
) STRICT;
CREATE INDEX ledger_backend ON ledger(backend, driver, at);
`;

/** Predicted against measured memory of every load. */
export const ledger: Migration = {
  version: 3,
  name: 'ledger',
  up: (db) => {
    db.exec(LEDGER);
  },
};
