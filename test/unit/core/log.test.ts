import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const LOG = pathToFileURL(resolve(import.meta.dirname, '../../../src-main/core/log.ts')).href;

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'assize-log-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A program that logs to this file and then has nothing more to do. */
function logTo(file: string): { status: number | null; stdout: string; stderr: string } {
  const program = `
    const { createLog } = await import(${JSON.stringify(LOG)});
    const log = createLog(${JSON.stringify(file)});
    for (let n = 0; n < 50; n++) log.warn('something to note', { n });
    setTimeout(() => console.log('worked on'), 50);`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    timeout: 20_000,
  });
}

test('lines are kept in order, also those of the last moment', () => {
  const file = join(root, 'deep', 'assize.log');
  expect(logTo(file).status).toBe(0);
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  expect(lines).toHaveLength(50);
  expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject(
    Array.from({ length: 50 }, (_, n) => ({ n, msg: 'something to note' })),
  );
});

// Catches: a log that cannot be opened ended the program, and with it a run of days.
test('a log that cannot be written ends nothing', () => {
  expect(logTo(root)).toMatchObject({ status: 0, stdout: 'worked on\n', stderr: '' });
});

// Catches: on a full disk the program waited for room for its last lines for ever.
test.skipIf(!existsSync('/dev/full'))('a full disk keeps no program from ending', () => {
  expect(logTo('/dev/full')).toMatchObject({ status: 0, stdout: 'worked on\n', stderr: '' });
});
