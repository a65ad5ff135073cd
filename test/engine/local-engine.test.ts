import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
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
