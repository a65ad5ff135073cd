import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
