import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const CLI = resolve(import.meta.dirname, '..', '..', 'src-main', 'cli', 'main.ts');

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'assize-interrupts-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

// Catches: "This operation was aborted" and exit code 1, as if something had gone wrong.
test('Ctrl-C during an import ends it with 130 and a sentence, and leaves nothing', async () => {
  const file = join(root, 'large.csv');
  const line = 'What is the number of this line? '.repeat(30);
  writeFileSync(
    file,
    `question,answer\n${Array.from({ length: 40_000 }, (_, n) => `${line}${n},${n}\n`).join('')}`,
  );
  const dataDir = join(root, 'data');
  const child = spawn(process.execPath, [CLI, 'import', file, '--data-dir', dataDir]);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (said === '') child.kill('SIGINT');
    said += text;
  });
  const [code] = await once(child, 'close');
  expect({ code, last: said.trimEnd().split('\n').at(-1) }).toEqual({
    code: 130,
    last: 'Stopped. What was finished before is kept; nothing is left half done.',
  });
  const list = spawnSync(process.execPath, [CLI, 'list', '--json', '--data-dir', dataDir], {
    encoding: 'utf8',
  });
  expect(JSON.parse(list.stdout)).toEqual({ datasets: [], runs: [] });
});

// Catches: a stack trace, and a run that ended in its middle, when its log was on a full disk.
test.skipIf(!existsSync('/dev/full'))(
  'a full disk behind stdout is a failure in a sentence, behind stderr none',
  () => {
    const full = openSync('/dev/full', 'w');
    try {
      const file = join(root, 'one.csv');
      writeFileSync(file, 'question,answer\nA?,1\n');
      const noted = spawnSync(process.execPath, [CLI, 'import', file, '--data-dir', join(root, 'full')], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', full],
      });
      expect(noted).toMatchObject({ status: 0, stdout: 'Imported 1 question as "one".\n' });
      const printed = spawnSync(process.execPath, [CLI, 'list', '--data-dir', join(root, 'full')], {
        encoding: 'utf8',
        stdio: ['ignore', full, 'pipe'],
      });
      expect(printed).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(/^What was printed could not be written: ENOSPC[^\n]*\.\n$/) as unknown,
      });
    } finally {
      closeSync(full);
    }
  },
);
