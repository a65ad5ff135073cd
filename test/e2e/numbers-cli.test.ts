import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { ensureBuilt } from '../../scripts/lib.mjs';
import { assize } from './terminal.ts';

const QUESTIONS = 12;

let root = '';
let dataDir = '';
let file = '';

beforeAll(async () => {
  await ensureBuilt();
  root = mkdtempSync(join(tmpdir(), 'assize-numbers-cli-'));
  dataDir = join(root, 'data');
  mkdirSync(dataDir);
  file = join(root, 'people.json');
  const rows = Array.from({ length: QUESTIONS }, (_, i) => ({
    question: `Who was number ${i + 1}?`,
    golden_answer: `Person ${i + 1}`,
    answer_a: `It was Person ${i + 1}`,
    judge_a: true,
    // Wrong on the third question alone.
    answer_b: i === 2 ? 'Nobody' : `Person ${i + 1}`,
    judge_b: i !== 2,
    improper: false,
  }));
  writeFileSync(file, JSON.stringify(rows));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const ran = async (...args: string[]): Promise<{ stdout: string; stderr: string }> => {
  const { code, stdout, stderr } = await assize(args, { dataDir });
  expect([code, stderr]).toEqual([0, expect.anything()]);
  return { stdout, stderr };
};

test('a card of a dataset says that it adds a run, the first time alone', async () => {
  const first = await ran('card', file);
  expect(first.stderr).toContain('Run 1 was added to the list of runs');
  const again = await ran('card', 'people');
  expect(again.stderr).toContain('Run 1 has these answers already');
  expect(again.stderr).not.toContain('added');
});

test('answers are counted from 1: what compare lists is what show shows, and JSON keeps positions from 0', async () => {
  await ran('card', file);
  const { stdout: compared } = await ran(
    'compare',
    '1',
    '--between',
    'system',
    '--judge',
    'lexical:contains',
  );
  const flipped = compared.slice(compared.indexOf('Flipped between'));
  const [, headings = '', line = ''] = flipped.split('\n');
  expect(headings).toMatch(/^row {2}row of B/);
  const [rowA = '', rowB = ''] = line.trim().split(/\s+/);
  const { stdout: a } = await ran('show', '1', rowA);
  expect(a).toContain(`Number    ${rowA}\nQuestion  Who was number 3?`);
  expect(a).toContain('Answer    It was Person 3');
  expect((await ran('show', '1', rowB)).stdout).toContain('Answer    Nobody');
  const { stdout: json } = await ran('show', '1', rowA, '--json');
  expect(z.object({ position: z.number() }).parse(JSON.parse(json)).position).toBe(Number(rowA) - 1);
  // 12 questions are few, and that is said.
  expect(compared).toMatch(/A − B rests on few: 12 pairs were scored on both sides, 1 flipped/);
  const none = await assize(['show', '1', '0'], { dataDir });
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('whole number above 0')]);
  const beyond = await assize(['show', '1', '25'], { dataDir });
  expect([beyond.code, beyond.stderr]).toEqual([
    1,
    expect.stringContaining('Run 1 has no answer 25: its answers are numbered from 1 to 24.'),
  ]);
});

test('prompts are listed with where they are from, and one is shown in full', async () => {
  mkdirSync(join(dataDir, 'prompts'), { recursive: true });
  writeFileSync(
    join(dataDir, 'prompts', 'by-hand.yaml'),
    'id: by-hand\ntitle: By hand\nclosing: "By hand:"\nuser: "{question} {gold} {answer}"\n',
  );
  writeFileSync(join(dataDir, 'prompts', 'broken.yaml'), 'id: broken\nuser: nothing of an answer');
  const listed = await ran('prompts');
  expect(listed.stdout).toMatch(/^by-hand +By hand +you +1/m);
  expect(listed.stdout).toMatch(/^strict +\S.* Assize +\d/m);
  expect(listed.stderr).toMatch(/broken: .*\{answer\}/);
  const shape = z.array(z.object({ id: z.string(), builtIn: z.boolean(), problem: z.string().nullable() }));
  const prompts = shape.parse(JSON.parse((await ran('prompts', '--json')).stdout));
  expect(
    prompts
      .filter(({ builtIn }) => !builtIn)
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual(['broken', 'by-hand']);
  expect((await ran('prompts', 'by-hand')).stdout).toContain('── Last line, for a label\nBy hand:');
  const unknown = await assize(['prompts', 'nobody'], { dataDir });
  expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('nobody')]);
});
