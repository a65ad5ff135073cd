import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { ScoreJob } from '../../src-main/engine/engine.ts';
import { startEngine } from '../../src-main/engine/host/start-engine.ts';
import { writeTinyModel } from '../fixtures/tiny-gguf.ts';
import { collect, from, localOptions, question, SETTINGS } from './helpers.ts';
import { engineSuite } from './suite.ts';

const folder = mkdtempSync(join(tmpdir(), 'assize-engine-'));
const modelPath = join(folder, 'tiny.gguf');
writeTinyModel(modelPath);
afterAll(() => rmSync(folder, { recursive: true }));

engineSuite('The local engine', () => startEngine(localOptions(modelPath)));

test.each([1, 2, 3, 8])('loads and answers with %i sequences, a multiple of 8 or not', async (sequences) => {
  await using engine = await startEngine(localOptions(modelPath, { settings: { ...SETTINGS, sequences } }));
  const jobs = Array.from({ length: 5 }, (_, i) => question(String(i), `number ${i}`));
  const results = await collect(engine.generate(from(jobs), new AbortController().signal));
  expect(results.map((result) => result.error)).toEqual(jobs.map(() => null));
});

test('says that a model gives no numbers, and makes neither an answer nor a verdict of it', async () => {
  const damaged = join(folder, 'damaged.gguf');
  writeTinyModel(damaged, { type: 'F32' });
  const bytes = readFileSync(damaged);
  const ones = Buffer.from(new Float32Array(64).fill(1).buffer);
  const norm = bytes.indexOf(ones);
  expect(norm).toBeGreaterThan(0);
  bytes.writeFloatLE(Number.NaN, norm);
  writeFileSync(damaged, bytes);
  await using engine = await startEngine(localOptions(damaged));
  const never = new AbortController().signal;
  const [answer] = await collect(engine.generate(from([question('a', 'which river?')]), never));
  expect(answer?.error).toMatch(/no numbers \(NaN\).*Try another backend/);
  expect(answer?.answer).toBe('');
  const among = question('c', 'which river?', { choices: ['A', 'B'] });
  const [choice] = await collect(engine.generate(from([among]), never));
  expect(choice?.error).toMatch(/no numbers/);
  const job: ScoreJob = { id: 'b', prompt: { kind: 'text', text: 'which river?' }, labels: ['A', 'B'] };
  const [score] = await collect(engine.score(from([job]), never));
  expect(score?.error).toMatch(/no numbers/);
});
