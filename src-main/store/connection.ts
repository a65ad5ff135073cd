import Database from 'better-sqlite3';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

import { checkVersion, migrate } from './migrations/index.ts';

/** Longest wait for another process's write: its largest single transaction is the making of a run of a million. */
const BUSY_TIMEOUT_MS = 15_000;

/** 64 MiB: the inner pages of all indexes of a million answers. */
const CACHE_KIB = 65_536;

/** 16 MiB of log between checkpoints: pages that many commits touch are copied into the file once. */
const CHECKPOINT_PAGES = 4096;

/** A log that one large transaction blew up is cut back to this after it is folded in. */
const LOG_KEPT_BYTES = 64 * 2 ** 20;

function setPragmas(db: Database.Database): void {
  db.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
  // WAL: readers and the writer do not wait for one another, nor do processes.
  db.pragma('journal_mode = WAL');
  // NORMAL: a commit is in the file system before it is acknowledged, so that no kill of any process loses it, and
  // a power cut can only take the newest commits, whose rows a resume then makes again. FULL would wait for the
  // disk at each of twenty commits a second for that one case.
  db.pragma('synchronous = NORMAL');
  db.pragma('foreign_keys = ON');
  db.pragma('trusted_schema = OFF');
  db.pragma('cell_size_check = ON');
  db.pragma('temp_store = MEMORY');
  db.pragma(`cache_size = -${CACHE_KIB}`);
  db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  db.pragma(`journal_size_limit = ${LOG_KEPT_BYTES}`);
}

/**
 * Opens the writing connection: makes the directory (0700) and the file (0600) when they are not there, checks and
 * migrates the schema. An existing directory keeps the permissions that its owner gave it.
 */
export function openWriter(path: string): Database.Database {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600));
  const db = new Database(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    checkVersion(db);
    setPragmas(db);
    migrate(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Opens a connection that only reads. The writer has made and migrated the file before. */
export function openReader(path: string): Database.Database {
  const db = new Database(path, { timeout: BUSY_TIMEOUT_MS, fileMustExist: true });
  try {
    checkVersion(db);
    setPragmas(db);
    // Not opened with the read-only flag: the first reader of a WAL file may have to make its shared memory.
    db.pragma('query_only = ON');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
