import Database from 'better-sqlite3';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

import { openStore } from '../../src-main/store/client.ts';
import { openWriter } from '../../src-main/store/connection.ts';
import { initial } from '../../src-main/store/migrations/001-initial.ts';
import { migrate, MIGRATIONS } from '../../src-main/store/migrations/index.ts';
import { assertSound } from './audit.ts';
import { addQuestions, answerAll, open, startRun, tempDir, WORKER_ENTRY } from './helpers.ts';

function makeDatabase(file: string): void {
  openWriter(file).close();
}

test('the data directory is the owner’s alone, and so is every file in it', async () => {
  using dir = tempDir();
  await using store = await open(dir.file);
  await addQuestions(store, 1);
  const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
  expect(mode(dirname(dir.file))).toBe('700');
  for (const name of readdirSync(dirname(dir.file))) {
    expect([name, mode(join(dirname(dir.file), name))]).toEqual([name, '600']);
  }
});

test('closing folds the log into the one file, with all that was written', async () => {
  using dir = tempDir();
  const store = await open(dir.file, 2);
  await addQuestions(store, 3);
  await store[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
  expect(readdirSync(dirname(dir.file))).toEqual(['assize.sqlite']);
  await expect(store.call('datasets.list')).rejects.toMatchObject({ kind: 'internal' });
  await using again = await open(dir.file);
  expect(await again.call('datasets.list')).toHaveLength(1);
});

test('calls made before the close are answered', async () => {
  using dir = tempDir();
  const store = await open(dir.file, 1);
  const made = addQuestions(store, 5);
  await made;
  const asked = [store.call('datasets.list'), store.call('cache.put', { key: 'k', value: 'v' })];
  await store[Symbol.asyncDispose]();
  expect((await Promise.allSettled(asked)).map((result) => result.status)).toEqual([
    'fulfilled',
    'fulfilled',
  ]);
});

test('a database of a newer version is refused with a sentence, and not touched', async () => {
  using dir = tempDir();
  makeDatabase(dir.file);
  const db = new Database(dir.file);
  db.pragma('user_version = 999');
  db.close();
  const before = readFileSync(dir.file);
  await expect(open(dir.file)).rejects.toMatchObject({
    kind: 'from-the-future',
    message: expect.stringContaining('newer version') as unknown,
  });
  expect(readFileSync(dir.file).equals(before)).toBe(true);
  expect(readdirSync(dirname(dir.file))).toEqual(['assize.sqlite']);
});

test('another program’s database is refused, and not touched', async () => {
  using dir = tempDir();
  mkdirSync(dirname(dir.file));
  const db = new Database(dir.file);
  db.exec('CREATE TABLE bookmarks (id INTEGER)');
  db.close();
  const before = readFileSync(dir.file);
  await expect(open(dir.file)).rejects.toMatchObject({ kind: 'corrupt' });
  expect(readFileSync(dir.file).equals(before)).toBe(true);
});

test('a file that is no database, and one that is torn, are refused with a sentence', async () => {
  using dir = tempDir();
  mkdirSync(dirname(dir.file));
  writeFileSync(dir.file, 'id,question,gold\n1,Why?,Because\n'.repeat(100));
  await expect(open(dir.file)).rejects.toMatchObject({
    kind: 'corrupt',
    message: expect.stringContaining('not a database') as unknown,
  });
  rmSync(dir.file);
  const store = await open(dir.file);
  await addQuestions(store, 500);
  await store[Symbol.asyncDispose]();
  truncateSync(dir.file, Math.floor(statSync(dir.file).size / 2 / 4096) * 4096);
  await using torn = await open(dir.file).catch(() => null);
  const read = torn?.call('datasets.rows', { datasetId: 1, after: null, limit: 1000, text: null });
  await expect(read ?? open(dir.file)).rejects.toMatchObject({ kind: 'corrupt' });
});

test('a directory in the place of the file is refused with a sentence', async () => {
  using dir = tempDir();
  mkdirSync(dir.file, { recursive: true });
  await expect(open(dir.file)).rejects.toMatchObject({ name: 'StoreError' });
});

// Root may write anywhere: permissions are tested as another user, in a child.
const asNobody = process.getuid?.() === 0;
test.runIf(asNobody)('a file that may not be written is refused with a sentence', () => {
  using dir = tempDir();
  makeDatabase(dir.file);
  chmodSync(dir.path, 0o755);
  chmodSync(dirname(dir.file), 0o755);
  chmodSync(dir.file, 0o444);
  const client = JSON.stringify(join(import.meta.dirname, '../../src-main/store/connection.ts'));
  const errors = JSON.stringify(join(import.meta.dirname, '../../src-main/store/errors.ts'));
  const script = `
    const { openWriter } = await import(${client});
    const { toStoreError } = await import(${errors});
    process.setgid(65534); process.setuid(65534);
    try { openWriter(${JSON.stringify(dir.file)}); console.log('opened'); }
    catch (error) { const e = toStoreError(error, 'F'); console.log(e.kind + ': ' + e.message); }`;
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(child.stdout).toMatch(/^read-only: F cannot be written\./u);
});

test('a database that another program keeps locked is reported as that, and works again afterwards', async () => {
  using dir = tempDir();
  makeDatabase(dir.file);
  const db = openWriter(dir.file);
  const other = new Database(dir.file);
  try {
    other.exec('BEGIN IMMEDIATE');
    db.pragma('busy_timeout = 20');
    const { handle } = await import('../../src-main/store/handlers.ts');
    const { toStoreError } = await import('../../src-main/store/errors.ts');
    const put = () => handle(db, { id: 1, method: 'cache.put', args: { key: 'k', value: 'v' } });
    let thrown: unknown = null;
    try {
      put();
    } catch (error) {
      thrown = toStoreError(error, dir.file);
    }
    expect(thrown).toMatchObject({ kind: 'locked', message: expect.stringContaining('locked') as unknown });
    other.exec('COMMIT');
    put();
    expect(handle(db, { id: 2, method: 'cache.get', args: { key: 'k' } })).toBe('v');
  } finally {
    other.close();
    db.close();
  }
});

/** A file system of 6 MiB, where this user may make one. */
function smallDisk(path: string): boolean {
  mkdirSync(path, { recursive: true });
  return spawnSync('sh', ['-c', 'mount -t tmpfs -o size=6m tmpfs "$1"', 'sh', path]).status === 0;
}

test('on a full disk the write is refused with a sentence, what was stored stays, and it goes on once there is space', async (context) => {
  using dir = tempDir();
  const disk = join(dir.path, 'disk');
  context.skip(!smallDisk(disk), 'no file system can be mounted here');
  try {
    const filler = join(disk, 'filler');
    writeFileSync(filler, Buffer.alloc(3 * 2 ** 20));
    const store = await openStore({
      path: join(disk, 'data', 'assize.sqlite'),
      workerEntry: WORKER_ENTRY,
      readers: 0,
    });
    let stored = 0;
    let refused: unknown = null;
    while (refused === null && stored < 100_000) {
      await store.call('cache.put', { key: `key ${stored}`, value: 'v'.repeat(2000) }).then(
        () => {
          stored += 1;
        },
        (error: unknown) => {
          refused = error;
        },
      );
    }
    expect(refused).toMatchObject({ kind: 'disk-full', message: expect.stringContaining('full') as unknown });
    expect(stored).toBeGreaterThan(0);
    expect(await store.call('cache.get', { key: `key ${stored - 1}` })).toHaveLength(2000);
    rmSync(filler);
    await store.call('cache.put', { key: 'afterwards', value: 'stored' });
    await store[Symbol.asyncDispose]();
    await using again = await open(join(disk, 'data', 'assize.sqlite'));
    expect(await again.call('cache.get', { key: 'afterwards' })).toBe('stored');
    expect(await again.call('cache.get', { key: 'key 0' })).toHaveLength(2000);
  } finally {
    spawnSync('sh', ['-c', 'umount "$1"', 'sh', disk]);
  }
});

test('an older file is copied, then brought up to date; a step that fails changes nothing', async () => {
  using dir = tempDir();
  const store = await open(dir.file);
  const run = await startRun(store, await addQuestions(store, 3));
  await answerAll(store, run);
  await store[Symbol.asyncDispose]();
  assertSound(dir.file);
  const version = MIGRATIONS.at(-1)?.version ?? 0;
  const next = {
    version: version + 1,
    name: 'next',
    up: (db: Database.Database) => void db.exec('CREATE TABLE added (id INTEGER) STRICT'),
  };
  const failing = {
    version: version + 2,
    name: 'failing',
    up: (db: Database.Database) => void db.exec('CREATE TABLE answer (id INTEGER)'),
  };
  const db = new Database(dir.file);
  const tables = () => db.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'added'").pluck().get();
  expect(() => migrate(db, [...MIGRATIONS, next, failing])).toThrow('already exists');
  expect([db.pragma('user_version', { simple: true }), tables()]).toEqual([version, 0]);
  migrate(db, [...MIGRATIONS, next]);
  expect([db.pragma('user_version', { simple: true }), tables()]).toEqual([version + 1, 1]);
  migrate(db, [...MIGRATIONS, next]);
  db.close();
  const copy = new Database(`${dir.file}.v${version}.backup`);
  expect(copy.pragma('user_version', { simple: true })).toBe(version);
  expect(copy.prepare('SELECT count(*) FROM answer').pluck().get()).toBe(3);
  copy.close();
});

/** Above the largest number that a system gives to a process. */
const DEAD_PID = 2 ** 30;

// Catches: two workbenches that open an old file at once, of which one removed the other's copy, or could not be opened for it.
test('an older file that several open at once is copied as it was, and opened by all', async () => {
  for (let round = 0; round < 3; round += 1) {
    using dir = tempDir();
    mkdirSync(dirname(dir.file));
    const old = new Database(dir.file);
    old.pragma('journal_mode = WAL');
    migrate(old, [initial]);
    const fill = old.prepare('INSERT INTO cache (key, value, at) VALUES (?, ?, 0)');
    old.transaction(() => {
      for (let n = 0; n < 10_000; n += 1) fill.run(`key ${n}`, JSON.stringify('x'.repeat(4000)));
    })();
    old.close();
    const left = `${dir.file}.v1.backup.${DEAD_PID}-1.part`;
    writeFileSync(left, 'half a copy');
    const opened = await Promise.allSettled([open(dir.file), open(dir.file), open(dir.file)]);
    for (const one of opened) if (one.status === 'fulfilled') await one.value[Symbol.asyncDispose]();
    expect(opened.map((one) => (one.status === 'fulfilled' ? 'open' : String(one.reason)))).toEqual(
      Array(3).fill('open'),
    );
    const copy = new Database(`${dir.file}.v1.backup`, { readonly: true });
    expect(copy.pragma('user_version', { simple: true })).toBe(1);
    expect(copy.prepare('SELECT count(*) FROM cache').pluck().get()).toBe(10_000);
    copy.close();
    expect(readdirSync(dirname(dir.file)).toSorted()).toEqual(['assize.sqlite', 'assize.sqlite.v1.backup']);
  }
}, 60_000);

test('migrations are numbered from 1 without gaps, and the file carries the newest number', () => {
  using dir = tempDir();
  expect(MIGRATIONS.map((migration) => migration.version)).toEqual(MIGRATIONS.map((_, i) => i + 1));
  expect(MIGRATIONS[0]).toBe(initial);
  makeDatabase(dir.file);
  const db = new Database(dir.file, { readonly: true });
  expect(db.pragma('user_version', { simple: true })).toBe(MIGRATIONS.length);
  const loose = db
    .prepare(
      `SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND NOT strict
         AND name NOT LIKE 'sqlite_%'`,
    )
    .all();
  expect(loose).toEqual([]);
  db.close();
});

test('arguments that cannot be sent are refused, and the store goes on', async () => {
  using dir = tempDir();
  await using store = await open(dir.file, 1);
  const unsendable = { key: 'k', value: 'v', more: () => undefined };
  await expect(store.call('cache.put', unsendable)).rejects.toMatchObject({ kind: 'internal' });
  await store.call('cache.put', { key: 'k', value: 'v' });
  expect(await store.call('cache.get', { key: 'k' })).toBe('v');
  await store.call('cache.put', { key: 'k', value: 'w' });
  expect(await store.call('cache.get', { key: 'k' })).toBe('w');
  expect(await store.call('cache.get', { key: 'absent' })).toBeNull();
});

test('a worker entry that is not there is an error, not a wait', async () => {
  using dir = tempDir();
  await expect(
    openStore({ path: dir.file, workerEntry: join(dir.path, 'nothing.js') }),
  ).rejects.toMatchObject({ kind: 'internal' });
});
