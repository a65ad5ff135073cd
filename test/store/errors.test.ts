import Database from 'better-sqlite3';
import { expect, test } from 'vitest';

import { StoreError } from '../../src-main/store/api.ts';
import { toStoreError } from '../../src-main/store/errors.ts';

const PATH = '/data/assize.sqlite';

// Codes as SQLite names them, extended ones included: an extended code that falls through becomes "internal", and the
// person is told of a bug where there is a full disk.
test.each([
  ['SQLITE_FULL', 'disk-full'],
  ['SQLITE_IOERR_SHMSIZE', 'disk-full'],
  ['SQLITE_BUSY', 'locked'],
  ['SQLITE_BUSY_SNAPSHOT', 'locked'],
  ['SQLITE_LOCKED_SHAREDCACHE', 'locked'],
  ['SQLITE_CORRUPT', 'corrupt'],
  ['SQLITE_CORRUPT_VTAB', 'corrupt'],
  ['SQLITE_NOTADB', 'corrupt'],
  ['SQLITE_READONLY', 'read-only'],
  ['SQLITE_READONLY_DIRECTORY', 'read-only'],
  ['SQLITE_CANTOPEN', 'read-only'],
  ['SQLITE_CANTOPEN_ISDIR', 'read-only'],
  ['SQLITE_IOERR_WRITE', 'internal'],
  ['SQLITE_CONSTRAINT_UNIQUE', 'internal'],
])('%s is a failure of kind %s, with the code at its end', (code, kind) => {
  const cause = new Database.SqliteError('as SQLite says it', code);
  const error = toStoreError(cause, PATH);
  expect(error).toMatchObject({ name: 'StoreError', kind, cause });
  expect(error.message.endsWith(`(${code})`)).toBe(true);
});

test.each([
  ['ENOSPC', 'disk-full'],
  ['EDQUOT', 'disk-full'],
  ['EACCES', 'read-only'],
  ['EROFS', 'read-only'],
  ['EMFILE', 'internal'],
])('the system’s %s is a failure of kind %s', (code, kind) => {
  expect(toStoreError(Object.assign(new Error('no'), { code }), PATH)).toMatchObject({ kind });
});

test('what is a StoreError already stays itself, and what is no error at all becomes one', () => {
  const error = new StoreError('in-use', 'Remove its runs first.');
  expect(toStoreError(error, PATH)).toBe(error);
  expect(toStoreError('text', PATH)).toMatchObject({ kind: 'internal', message: 'The store failed: text' });
});
