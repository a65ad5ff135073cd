import BetterSqlite, { type Database } from 'better-sqlite3';
import { readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { threadId } from 'node:worker_threads';

import { StoreError } from '../api.ts';
import { initial } from './001-initial.ts';
import { labels } from './002-labels.ts';
import { ledger } from './003-ledger.ts';
import { rowSource } from './004-row-source.ts';
import { tokenRelevance } from './005-token-relevance.ts';
import { workedItems } from './006-worked-items.ts';
import type { Migration } from './migration.ts';

export const MIGRATIONS: readonly Migration[] = [
  initial,
  labels,
  ledger,
  rowSource,
  tokenRelevance,
  workedItems,
];

/** "Assi" in ASCII: tells our files from other programs' databases before anything is written to them. */
export const APPLICATION_ID = 0x41737369;

function pragmaNumber(db: Database, name: string): number {
  const value = db.pragma(name, { simple: true });
  if (typeof value !== 'number') throw new StoreError('internal', `PRAGMA ${name} gave no number.`);
  return value;
}

function isEmpty(db: Database): boolean {
  return db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
}

/**
 * Says whether this file may be opened, before anything is written to it.
 * @returns the file's version, 0 for a new file.
 * @throws StoreError 'from-the-future' for a newer version's file, 'corrupt' for another program's database.
 */
export function checkVersion(db: Database, migrations: readonly Migration[] = MIGRATIONS): number {
  const version = pragmaNumber(db, 'user_version');
  const ours = pragmaNumber(db, 'application_id') === APPLICATION_ID;
  if (!ours && !isEmpty(db)) {
    throw new StoreError(
      'corrupt',
      `${db.name} is a database of another program. Choose another data directory, or move that file away.`,
    );
  }
  const newest = migrations.at(-1)?.version ?? 0;
  if (version > newest) {
    throw new StoreError(
      'from-the-future',
      `${db.name} was written by a newer version of Assize (schema ${version}; this one knows ${newest}). ` +
        'Update Assize, or choose another data directory.',
    );
  }
  return version;
}

/**
 * Brings the file to the newest version, all outstanding steps in one transaction. An existing file is copied
 * first with VACUUM INTO (a live WAL database must not be copied as a file) to `<path>.v<version>.backup`, one
 * per version. Two processes that open an old file at once migrate it once: the version is read again inside.
 * @throws StoreError as checkVersion; SQLite's own errors when a step or the copy fails, the file then unchanged.
 */
export function migrate(db: Database, migrations: readonly Migration[] = MIGRATIONS): void {
  const before = checkVersion(db, migrations);
  const newest = migrations.at(-1)?.version ?? 0;
  if (before === newest) return;
  if (before > 0) backup(db, before);
  db.transaction(() => {
    const version = checkVersion(db, migrations);
    for (const migration of migrations) if (migration.version > version) migration.up(db);
    db.pragma(`application_id = ${APPLICATION_ID}`);
    db.pragma(`user_version = ${newest}`);
  }).immediate();
}

/**
 * The copy is made under a name of this process's own and renamed when it is whole: of two processes that open an old file at once
 * neither takes away the other's, and a killed one leaves no half a copy under the copy's name.
 */
function backup(db: Database, version: number): void {
  const target = `${db.name}.v${version}.backup`;
  removeParts(target);
  const part = `${target}.${process.pid}-${threadId}.part`;
  try {
    db.prepare('VACUUM INTO ?').run(part);
    // Another process may have migrated the file meanwhile; what was copied then is no copy of the old one.
    if (versionOfCopy(part) === version) renameSync(part, target);
  } finally {
    rmSync(part, { force: true });
  }
}

function versionOfCopy(path: string): number {
  const copy = new BetterSqlite(path, { readonly: true });
  try {
    return pragmaNumber(copy, 'user_version');
  } finally {
    copy.close();
  }
}

/** Copies that a killed process did not finish. */
function removeParts(target: string): void {
  const folder = dirname(target);
  for (const name of readdirSync(folder)) {
    const pid = /\.(\d+)-\d+\.part(?:-journal)?$/.exec(name)?.[1];
    if (pid === undefined || !name.startsWith(`${basename(target)}.`)) continue;
    if (Number(pid) !== process.pid && !isAlive(Number(pid))) rmSync(join(folder, name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
