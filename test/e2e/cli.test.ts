import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { assize, canUnshare, CLI, HAS_MODEL, MODEL } from './terminal.ts';

let root = '';
let dataDir = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'assize-cli-'));
  dataDir = join(root, 'data');
  mkdirSync(dataDir);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const VERBS = ['hardware', 'models', 'fit', 'import', 'run', 'judge', 'list', 'show', 'export', 'serve'];

test.each(VERBS)('assize %s --help says what it does and exits with 0', async (verb) => {
  const { code, stdout } = await assize([verb, '--help'], { dataDir });
  expect(code).toBe(0);
  expect(stdout).toContain(`assize ${verb}`);
});

describe('exit codes', () => {
  test('2 for an unknown verb, an unknown flag and a missing argument', async () => {
    for (const args of [['nonsense'], ['list', '--nonsense'], ['import'], ['run']]) {
      expect((await assize(args, { dataDir })).code, args.join(' ')).toBe(2);
    }
  });

  test('1 with a sentence for what cannot be done', async () => {
    const missing = await assize(['import', join(root, 'not-there.csv')], { dataDir });
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('not-there.csv') });
    const noRun = await assize(['show', '77'], { dataDir });
    expect(noRun).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no run 77') });
    const broken = join(root, 'broken.yaml');
    writeFileSync(broken, 'dataset: x\nnonsense: 1\n');
    expect(await assize(['run', broken], { dataDir })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nonsense'),
    });
  });
});

// Catches: a reader that closes the pipe (`| head`) answered with a stack trace and exit code 1.
test('a reader that has seen enough is no failure', () => {
  const { status, stderr } = spawnSync(
    'sh',
    ['-c', `set -e; { "$0" "$1" --help; echo "ended $?" >&2; } | true`, process.execPath, CLI],
    {
      encoding: 'utf8',
    },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: 'ended 0\n' });
});

// Catches: a sentence said, and then a process that stays for ever and serves nothing.
test('serve ends when its port is taken, and takes no port that there is not', async () => {
  await using taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const address = taken.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  expect(await assize(['serve', '--port', String(port)], { dataDir })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`Port ${port} is in use`),
  });
  expect((await assize(['serve', '--port', '99999'], { dataDir })).code).toBe(2);
});

test('bad files get one sentence and leave nothing behind', async () => {
  writeFileSync(join(root, 'empty.csv'), '');
  writeFileSync(join(root, 'picture.png'), Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'));
  writeFileSync(join(root, 'nothing.csv'), 'a,b\n1,2\n');
  for (const name of ['empty.csv', 'picture.png', 'nothing.csv']) {
    const { code, stderr } = await assize(['import', join(root, name)], { dataDir });
    expect(code, name).toBe(1);
    expect(stderr.trim().split('\n').at(-1), name).toMatch(/[.:].*\w/);
  }
  const { stdout } = await assize(['list', '--json'], { dataDir });
  expect(JSON.parse(stdout)).toMatchObject({ datasets: [], runs: [] });
});

test('a folder is listed, and some or all of its files imported; one that fails does not stop the others', async () => {
  const folder = join(root, 'results');
  mkdirSync(join(folder, 'deep'), { recursive: true });
  writeFileSync(join(folder, 'a.csv'), 'question,answer\nA?,1\n');
  writeFileSync(join(folder, 'deep', 'b.jsonl'), '{"question":"B?","answer":"2"}\n');
  // Recognised by its beginning, but cut off behind it.
  const long = Array.from({ length: 60_000 }, (_, at) => `Q${at} ${Math.sin(at)}?,${Math.cos(at)}\n`).join(
    '',
  );
  writeFileSync(join(folder, 'cut.csv.gz'), gzipSync(`question,answer\n${long}`).subarray(0, -20_000));
  const listed = await assize(['import', folder], { dataDir });
  expect(listed).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/1 {2}a\.csv.*\n.*2 {2}cut\.csv\.gz/),
  });
  const wrong = await assize(['import', folder, '--only', '7'], { dataDir });
  expect(wrong.code).toBe(2);
  const all = await assize(['import', folder, '--all', '--json'], { dataDir });
  expect(all).toMatchObject({ code: 1, stderr: expect.stringContaining('1 of 3 files') });
  expect(JSON.parse(all.stdout)).toMatchObject([{ name: 'a' }, { name: 'b' }]);
  const again = await assize(['import', folder, '--only', '1,3', '--json'], { dataDir });
  expect(JSON.parse(again.stdout)).toMatchObject([{ existed: true }, { existed: true }]);
});

const runJson = z.object({
  run: z.object({ id: z.number(), status: z.string(), answered: z.number() }),
  counts: z.object({
    answers: z.number(),
    judges: z.array(z.object({ correct: z.number(), incorrect: z.number() })),
  }),
});

describe.skipIf(!HAS_MODEL)('with the default model', () => {
  const csv =
    'question,answer\nWhat is the capital of France?,Paris\nWhat is the capital of Japan?,Tokyo\nHow many legs has a cat?,4\n';

  test('answers, judges, shows and exports, then repeats nothing', { timeout: 300_000 }, async () => {
    writeFileSync(join(root, 'three.csv'), csv);
    await assize(['models', '--add', dirname(MODEL)], { dataDir });
    const experiment = join(root, 'experiment.yaml');
    writeFileSync(
      experiment,
      `name: three\ndataset: ${join(root, 'three.csv')}\ngenerator: ${MODEL}\ndecoding: {maxTokens: 12}\njudges: [${MODEL}]\n`,
    );
    const first = await assize(['run', experiment, '--json'], { dataDir });
    expect(first.code, first.stderr).toBe(0);
    const { run, counts } = runJson.parse(JSON.parse(first.stdout));
    expect(run).toMatchObject({ status: 'done', answered: 3 });
    expect(counts.answers).toBe(3);
    // Catches: a run killed with -9 whose number nobody had been told.
    expect(first.stderr).toContain(`assize run --resume ${run.id}`);
    const again = runJson.parse(
      JSON.parse((await assize(['run', experiment, '--continue', '--json'], { dataDir })).stdout),
    );
    expect(again.run.id).toBe(run.id);
    const target = join(root, 'out.csv');
    expect(await assize(['export', String(run.id), '-o', target], { dataDir })).toMatchObject({ code: 0 });
    expect(readFileSync(target, 'utf8').trimEnd().split('\n')).toHaveLength(4);
    expect(
      (await assize(['run', experiment, '--continue', '--min-accuracy', '1', '--json'], { dataDir })).code,
    ).toBe(counts.judges.every((judge) => judge.incorrect === 0 && judge.correct > 0) ? 0 : 100);
  });

  test.skipIf(!canUnshare())('runs and judges without a network', { timeout: 300_000 }, async () => {
    const offline = { dataDir, offline: true };
    const ran = await assize(
      ['run', '--dataset', 'three', '--generator', MODEL, '--max-tokens', '6', '--json'],
      offline,
    );
    expect(ran.code, ran.stderr).toBe(0);
    const { run } = runJson.parse(JSON.parse(ran.stdout));
    const judged = await assize(['judge', String(run.id), '--judge', MODEL, '--json'], offline);
    expect(judged.code, judged.stderr).toBe(0);
  });
});
