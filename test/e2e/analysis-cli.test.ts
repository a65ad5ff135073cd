import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { ensureBuilt } from '../../scripts/lib.mjs';
import { assize } from './terminal.ts';

const QUESTIONS = 24;

/** Answers of two systems with people's verdicts, made so that every count below can be done in the head. */
const row = (i: number) => ({
  question: `Who was number ${i}?`,
  golden_answer: `Person ${i}`,
  // A names the person two times of three, and people say the same.
  answer_a: i % 3 === 0 ? 'Nobody' : `It was Person ${i}`,
  judge_a: i % 3 !== 0,
  // B names the person every other time; people also take its paraphrases, every fourth time.
  answer_b: i % 2 === 0 ? `Person ${i}` : 'The one you think of',
  judge_b: i % 2 === 0 || i % 4 === 1,
  improper: false,
});

const count = (of: (i: number) => boolean): number =>
  Array.from({ length: QUESTIONS }, (_, i) => i).filter((i) => of(i)).length;
const humanA = (i: number): boolean => row(i).judge_a;
const humanB = (i: number): boolean => row(i).judge_b;

let root = '';
let dataDir = '';
let file = '';

beforeAll(async () => {
  await ensureBuilt();
  root = mkdtempSync(join(tmpdir(), 'assize-analysis-cli-'));
  dataDir = join(root, 'data');
  mkdirSync(dataDir);
  file = join(root, 'people.json');
  writeFileSync(file, JSON.stringify(Array.from({ length: QUESTIONS }, (_, i) => row(i))));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function json<T>(schema: z.ZodType<T>, ...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await assize([...args, '--json'], { dataDir });
  expect([code, stderr]).toEqual([0, expect.anything()]);
  return schema.parse(JSON.parse(stdout));
}

const analysisShape = z.object({
  scope: z.object({ options: z.object({ runId: z.number() }), answers: z.number() }),
  judges: z.array(
    z.object({
      judge: z.object({ key: z.string(), kind: z.string() }),
      accuracy: z.object({ scored: z.number(), counts: z.object({ correct: z.number() }) }),
    }),
  ),
  breakdown: z
    .object({
      judges: z.array(
        z.object({
          judge: z.object({ kind: z.string() }),
          breakdown: z.object({ macro: z.object({ value: z.number() }), macroGroups: z.number() }),
        }),
      ),
    })
    .optional(),
});

test('stored answers of a file are analysed, by every judge and by system', async () => {
  const analysis = await json(analysisShape, 'analyse', '--dataset', file, '--by', 'system');
  expect(analysis.scope.answers).toBe(2 * QUESTIONS);
  const human = analysis.judges.find(({ judge }) => judge.kind === 'human');
  expect(human?.accuracy).toEqual({
    scored: 2 * QUESTIONS,
    counts: expect.objectContaining({ correct: count(humanA) + count(humanB) }),
  });
  const contains = analysis.judges.find(({ judge }) => judge.key === 'lexical:contains');
  expect(contains?.accuracy.counts.correct).toBe(count(humanA) + count((i) => i % 2 === 0));
  const byPeople = analysis.breakdown?.judges.find(({ judge }) => judge.kind === 'human')?.breakdown;
  expect(byPeople?.macroGroups).toBe(2);
  expect(byPeople?.macro.value).toBeCloseTo((count(humanA) + count(humanB)) / (2 * QUESTIONS), 12);
});

const comparisonShape = z.object({
  pairs: z.array(
    z.object({
      pairs: z.number(),
      counts: z.object({ onlyFirst: z.number(), onlySecond: z.number() }),
      mcnemar: z.object({ pExact: z.number() }),
    }),
  ),
  flippedTotal: z.number(),
});

test('two systems of one run are compared on the same questions', async () => {
  const { scope } = await json(analysisShape, 'analyse', '--dataset', file);
  const run = String(scope.options.runId);
  const judge = ['--judge', 'humans'];
  const { pairs, flippedTotal } = await json(
    comparisonShape,
    'compare',
    run,
    '--between',
    'system',
    ...judge,
  );
  const onlyA = count((i) => humanA(i) && !humanB(i));
  const onlyB = count((i) => humanB(i) && !humanA(i));
  const [pair] = pairs;
  // Which system comes first is the file's business.
  expect(new Set([pair?.counts.onlyFirst, pair?.counts.onlySecond])).toEqual(new Set([onlyA, onlyB]));
  expect([pair?.pairs, flippedTotal]).toEqual([QUESTIONS, onlyA + onlyB]);
});

const cardShape = z.object({
  entries: z.array(
    z.object({
      judge: z.object({ key: z.string() }),
      quality: z.object({ rows: z.number(), bias: z.number() }),
    }),
  ),
});

test('the card and the report are files as their names say', async () => {
  const csv = join(root, 'card.csv');
  const { entries } = await json(cardShape, 'card', file, '-o', csv);
  const contains = entries.find(({ judge }) => judge.key === 'lexical:contains');
  const missed = count(humanB) - count((i) => i % 2 === 0);
  expect(contains?.quality.bias).toBeCloseTo(-missed / (2 * QUESTIONS), 12);
  const [head = '', ...lines] = readFileSync(csv, 'utf8').trimEnd().split('\n');
  expect(head).toMatch(/^judge,key,kind,/);
  expect(lines).toHaveLength(entries.length);

  const html = join(root, 'report.html');
  const { scope } = await json(analysisShape, 'analyse', '--dataset', file);
  const { code } = await assize(['report', String(scope.options.runId), '-o', html], { dataDir });
  expect(code).toBe(0);
  expect(readFileSync(html, 'utf8')).toContain('<h2>Judges against people</h2>');
});

test('one score in full needs a score, and a judge that is there', async () => {
  const { scope } = await json(analysisShape, 'analyse', '--dataset', file);
  const run = String(scope.options.runId);
  const without = await assize(['analyse', run, '--against', 'humans'], { dataDir });
  expect(without).toMatchObject({ code: 2, stderr: expect.stringContaining('--score') });
  const nobody = await assize(['analyse', run, '--score', 'length', '--against', '999'], { dataDir });
  expect(nobody).toMatchObject({ code: 1, stderr: expect.stringContaining('judge:999') });
  const full = await assize(['analyse', run, '--score', 'length', '--against', 'lexical:contains'], {
    dataDir,
  });
  expect(full).toMatchObject({ code: 0, stdout: expect.stringMatching(/AUROC 0\.\d+ \[.*AURAC.*PRR/) });
});
