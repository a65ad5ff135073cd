import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';

const CLI = resolve(import.meta.dirname, '..', '..', 'src-main', 'cli', 'main.ts');

let root = '';
let dataDir = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'assize-scripts-'));
  dataDir = join(root, 'data');
  const file = join(root, 'answers.jsonl');
  const line = (n: number): string => JSON.stringify({ question: `Q${n}?`, answer: ['a'], prediction: 'a' });
  writeFileSync(file, `${Array.from({ length: 400 }, (_, n) => line(n)).join('\n')}\n`);
  expect(assize('import', file).status).toBe(0);
  expect(assize('analyse', '--dataset', 'answers').status).toBe(0);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function assize(...args: string[]) {
  return spawnSync(process.execPath, [CLI, ...args, '--data-dir', dataDir], { encoding: 'utf8' });
}

describe('-o - is the command’s own output', () => {
  // Catches: `-o /dev/stdout >> all.jsonl` put the file in the place of what was there; "400 answers in …" among the answers.
  test.each(['-', '/dev/stdout'])('%s goes behind what is there, and nothing but the file does', (name) => {
    const all = join(root, 'all.jsonl');
    writeFileSync(all, 'before\n');
    const { status } = spawnSync('sh', [
      '-c',
      `"$@" >> '${all}'`,
      'sh',
      process.execPath,
      CLI,
      'export',
      '1',
      '--format',
      'jsonl',
      '-o',
      name,
      '--data-dir',
      dataDir,
    ]);
    const lines = readFileSync(all, 'utf8').trimEnd().split('\n');
    expect({ status, first: lines[0], lines: lines.length }).toEqual({
      status: 0,
      first: 'before',
      lines: 401,
    });
    expect(lines.slice(1).every((line) => line.startsWith('{"schema"'))).toBe(true);
  });

  // Catches: "/dev/stdout could not be written: EPIPE" and exit code 1.
  test('a reader that has seen enough is no failure', () => {
    const command = `{ "$@"; echo "ended $?" >&2; } | head -c 10 > /dev/null`;
    const { stderr } = spawnSync(
      'sh',
      ['-c', command, 'sh', process.execPath, CLI, 'export', '1', '-o', '-', '--data-dir', dataDir],
      { encoding: 'utf8' },
    );
    expect(stderr.trimEnd().split('\n').at(-1)).toBe('ended 0');
  });

  test('a format of several files says how it becomes one', () => {
    const { status, stderr } = assize('export', '1', '--format', 'lm-eval', '-o', '-');
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('add --zip') });
  });
});

// Catches: a workbench under nohup ended with the SSH connection that had started it.
test.skipIf(process.platform === 'win32')('without a terminal a hang-up ends nothing', async () => {
  const child = spawn(process.execPath, [CLI, 'serve', '--port', '0', '--data-dir', dataDir]);
  await once(child.stdout, 'data');
  child.kill('SIGHUP');
  child.kill('SIGTERM');
  expect(await once(child, 'close')).toEqual([0, null]);
});

describe('what would be ignored is refused with 2', () => {
  // Catches: `run experiment.yaml -n 5` answered every question of the file.
  test.each([
    {
      args: ['run', 'paper.yaml', '-n', '5', '--seed', '0'],
      says: '--limit, --seed would be ignored: paper.yaml',
    },
    { args: ['run', '--resume', '1', '--samples', '2'], says: '--samples would be ignored: run 1' },
    { args: ['run', 'paper.yaml', '--resume', '1'], says: 'paper.yaml would be ignored: run 1' },
    { args: ['judge', '1', '--judge', 'm', '--system', 'x'], says: 'leave out the run' },
  ])('$args', ({ args, says }) => {
    const { status, stderr } = assize(...args);
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining(says) });
  });
});

describe('judging nothing', () => {
  // Catches: exit code 0 and "all of it was done before" for a dataset without answers, or a system misspelt.
  test('a dataset that brought no answers, and a system that it does not have, are refused', () => {
    const file = join(root, 'bare.csv');
    writeFileSync(file, 'question,answer\nA?,1\n');
    expect(assize('import', file).status).toBe(0);
    const judge = (...args: string[]) => assize('judge', '--judge', 'none.gguf', ...args);
    expect(judge('--dataset', 'bare')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('bare brought none'),
    });
    expect(judge('--dataset', 'answers', '--system', 'gpt4')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('It has: answers.'),
    });
  });
});

test('what is removed is gone; a name mistyped removes nothing; a dataset with runs stays', () => {
  const file = join(root, 'gone.jsonl');
  writeFileSync(file, '{"question":"Gone?","answer":["a"],"prediction":"a"}\n');
  assize('import', file);
  assize('analyse', '--dataset', 'gone');
  const shown = z.object({ runs: z.array(z.object({ id: z.number(), datasetName: z.string() })) });
  const run = (): string | undefined =>
    shown
      .parse(JSON.parse(assize('list', '--json').stdout))
      .runs.find(({ datasetName }) => datasetName === 'gone')
      ?.id.toString();
  const there = run();
  expect(there).toBeDefined();
  expect(assize('remove', '--run', String(there), '--dataset', 'gnoe').status).toBe(1);
  expect(assize('remove', '--dataset', 'gone').status).toBe(1);
  expect(run()).toBe(there);
  expect(assize('remove', '--run', String(there), '--dataset', 'gone')).toMatchObject({
    status: 0,
    stdout: `Removed: run ${there}, dataset gone.\n`,
  });
  expect(run()).toBeUndefined();
  expect(assize('remove').status).toBe(2);
});

describe('sentences', () => {
  // Catches: "That is not a valid request: Input validation failed", and exit code 1.
  test('a value out of bounds is named with its bound', () => {
    expect(assize('analyse', '1', '--resamples', '100000')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/resamples.*10000/),
    });
    expect(assize('show', '99999999999999999999').stderr).toContain('whole number');
  });

  // Catches: "EISDIR: illegal operation on a directory, read".
  test('a folder of experiments is not one experiment', () => {
    mkdirSync(join(root, 'experiments'));
    for (const verb of ['run', 'plan'])
      expect(assize(verb, join(root, 'experiments'))).toMatchObject({
        status: 2,
        stderr: expect.stringContaining('run each in turn'),
      });
  });

  // Catches: "EACCES: permission denied, mkdir '/nonexistent'", with no word on what to do.
  test('a data folder that cannot be made says where to name another', () => {
    const within = join(root, 'answers.jsonl', 'data');
    const { status, stderr } = spawnSync(process.execPath, [CLI, 'list', '--data-dir', within], {
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('--data-dir') });
  });

  // Catches: "That file is no longer there. Drop it again." for a pipe, in a terminal.
  test.skipIf(process.platform === 'win32')('a pipe is no file', () => {
    expect(assize('import', '/dev/stdin')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('write it to a file first'),
    });
  });

  // Catches: a wrong column seen only in the answers, and "no record could be read as a question" for a name mistyped.
  test('an import says which column is what, and which columns there are', () => {
    const file = join(root, 'fragen.csv');
    writeFileSync(file, '\uFEFFfrage;antwort;thema\nWas?;Das;"a;b"\n');
    expect(assize('import', file, '--question', 'Frage')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('The columns are: frage, antwort, thema.'),
    });
    expect(assize('import', file)).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('question is "frage", gold is "antwort"'),
    });
  });
});
