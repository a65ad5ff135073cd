import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { moveTo } from '../../../src-main/cli/export.ts';

let root = '';
let written = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'assize-move-'));
  written = join(root, 'run1.csv');
  writeFileSync(written, 'position\n0\n');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('a file is put in its place, over one that is there', async () => {
  const to = join(root, 'answers.csv');
  writeFileSync(to, 'old');
  expect(await moveTo(written, to)).toBe(to);
  expect(readFileSync(to, 'utf8')).toBe('position\n0\n');
  expect(existsSync(written)).toBe(false);
});

// Catches: `-o /dev/null` or `-o /dev/stdout`, by root, put a file where the device was.
test.skipIf(process.platform === 'win32')('a pipe is written into and stays one', async () => {
  const to = join(root, 'pipe');
  expect(spawnSync('mkfifo', [to]).status).toBe(0);
  const [read] = await Promise.all([readFile(to, 'utf8'), moveTo(written, to)]);
  expect(read).toBe('position\n0\n');
  expect(lstatSync(to).isFIFO()).toBe(true);
});

test('a link stays, and what it points to is replaced', async () => {
  const real = join(root, 'real.csv');
  const to = join(root, 'link.csv');
  writeFileSync(real, 'old');
  symlinkSync(real, to);
  await moveTo(written, to);
  expect(lstatSync(to).isSymbolicLink()).toBe(true);
  expect(readFileSync(real, 'utf8')).toBe('position\n0\n');
});

// Catches: "EISDIR: illegal operation on a directory, rename …", and a folder of someone's files that is written over.
test('a folder that is there is refused with a sentence, and what was written stays', async () => {
  const to = join(root, 'mine');
  mkdirSync(to);
  await expect(moveTo(written, to)).rejects.toThrow(`is a folder: name a file in it`);
  const set = join(root, 'run1.lm-eval');
  mkdirSync(set);
  writeFileSync(join(set, 'results.json'), '{}');
  expect(await moveTo(set, to)).toBe(to);
  expect(readdirSync(to)).toEqual(['results.json']);
  mkdirSync(set);
  await expect(moveTo(set, to)).rejects.toThrow(`What was written stays in ${set}`);
  await expect(moveTo(written, join(root, 'no', 'where.csv'))).rejects.toThrow('There is no folder');
  expect(existsSync(written)).toBe(true);
});
