import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createGrants } from '../../../src-main/core/grants.ts';

let root: string;
let file: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'assize-grants-'));
  file = join(root, 'qa.csv');
  await writeFile(file, 'a');
});
afterEach(() => rm(root, { recursive: true, force: true }));

test('an id tells nothing of the path, and is the same for every way to the file', async () => {
  const grants = createGrants();
  const id = grants.grantPath(file);
  expect(id).toMatch(/^[\w-]{22}$/);
  await symlink(file, join(root, 'link.csv'));
  expect(grants.grantPath(join(root, 'link.csv'))).toBe(id);
  expect(grants.grantPath(join(root, 'x', '..', 'qa.csv'))).toBe(id);
  expect(createGrants().grantPath(file)).not.toBe(id);
});

test('a path is no id, and neither is anything else that was not given out', () => {
  const grants = createGrants();
  grants.grantPath(file);
  for (const id of [file, '', '__proto__', 'constructor']) expect(grants.resolve(id)).toBeNull();
});

test('a file that became a link to elsewhere, or went away, is not resolved', async () => {
  const grants = createGrants();
  const id = grants.grantPath(file);
  await rename(file, join(root, 'kept'));
  expect(grants.resolve(id)).toBeNull();
  await symlink('/etc/passwd', file);
  expect(grants.resolve(id)).toBeNull();
});

test('what is not there is not granted', () => {
  expect(() => createGrants().grantPath(join(root, 'gone'))).toThrow('ENOENT');
});

test('a revoked grant is gone, and the oldest goes when there are too many', async () => {
  const grants = createGrants(2);
  const first = grants.grantPath(file);
  grants.revoke(first);
  expect(grants.resolve(first)).toBeNull();
  const ids: string[] = [];
  for (const name of ['1', '2', '3']) {
    await writeFile(join(root, name), name);
    ids.push(grants.grantPath(join(root, name)));
  }
  expect(ids.map((id) => grants.resolve(id) !== null)).toEqual([false, true, true]);
});
