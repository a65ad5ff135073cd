import Database from 'better-sqlite3';

import type { StoreErrorKind } from './api.ts';
import { StoreError } from './api.ts';

interface Rule {
  readonly codes: readonly string[];
  readonly kind: StoreErrorKind;
  readonly sentence: (path: string) => string;
}

/** Primary codes also match their extended forms: SQLITE_BUSY matches SQLITE_BUSY_SNAPSHOT. First match wins. */
const RULES: readonly Rule[] = [
  {
    codes: ['SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE'],
    kind: 'disk-full',
    sentence: (path) =>
      `The disk with ${path} is full. What was stored before is safe. Free some space, then resume.`,
  },
  {
    codes: ['SQLITE_BUSY', 'SQLITE_LOCKED'],
    kind: 'locked',
    sentence: (path) =>
      `Another program kept ${path} locked. Close what else has it open (another Assize, a database browser), then try again.`,
  },
  {
    codes: ['SQLITE_CORRUPT', 'SQLITE_NOTADB', 'SQLITE_FORMAT'],
    kind: 'corrupt',
    sentence: (path) =>
      `${path} is damaged or not a database. Move it away and start anew, or put back a copy of it.`,
  },
  {
    codes: ['SQLITE_READONLY', 'SQLITE_CANTOPEN', 'SQLITE_PERM', 'SQLITE_AUTH', 'SQLITE_IOERR_ACCESS'],
    kind: 'read-only',
    sentence: (path) =>
      `${path} cannot be written. Check its permissions and those of its folder, or choose another data directory.`,
  },
  {
    codes: ['SQLITE_IOERR'],
    kind: 'internal',
    sentence: (path) =>
      `The disk did not read or write ${path}. What was stored before is safe. Check the disk and its limits, then resume.`,
  },
];

const SYSTEM_RULES: Readonly<Record<string, StoreErrorKind>> = {
  ENOSPC: 'disk-full',
  EDQUOT: 'disk-full',
  EACCES: 'read-only',
  EPERM: 'read-only',
  EROFS: 'read-only',
};

function sentenceOf(kind: StoreErrorKind, path: string): string {
  return RULES.find((rule) => rule.kind === kind)?.sentence(path) ?? `${path} could not be used.`;
}

/** Whatever was thrown as a StoreError: SQLite's and the system's codes become a kind and a sentence. */
export function toStoreError(error: unknown, path: string): StoreError {
  if (error instanceof StoreError) return error;
  if (error instanceof Database.SqliteError) {
    const rule = RULES.find((r) => r.codes.some((c) => error.code === c || error.code.startsWith(`${c}_`)));
    if (rule !== undefined) {
      return new StoreError(rule.kind, `${rule.sentence(path)} (${error.code})`, { cause: error });
    }
    return new StoreError('internal', `The database refused a statement: ${error.message} (${error.code})`, {
      cause: error,
    });
  }
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    const kind = SYSTEM_RULES[error.code];
    if (kind !== undefined) {
      return new StoreError(kind, `${sentenceOf(kind, path)} (${error.code})`, { cause: error });
    }
  }
  const message = error instanceof Error ? error.message : String(error);
  return new StoreError('internal', `The store failed: ${message}`, { cause: error });
}
