import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Matrix } from '../../src-main/contract/planning.ts';
import { decoderSpec } from '../fixtures/gguf-headers.ts';
import { writeGguf } from '../fixtures/gguf-writer.ts';
import { FAKE_ENTRY } from '../engine/helpers.ts';
import { BOXES, FITS, LOW, PUBLISHED, RECIPES } from '../unit/planning/published.ts';
import { serveRanges } from '../unit/planning/range-server.ts';
import { GUIDE_NAMES } from '../unit/planning/worlds.ts';

const CLI = resolve(import.meta.dirname, '../../src-main/cli/main.ts');
const GIB = 2 ** 30;
/** A few processes one after the other, each of which opens a database, on a machine that does other things too. */
const ENDED_MS = 180_000;

let root = '';

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One verb from the sources, in a process of its own. */
function assize(args: readonly string[], more: Record<string, string> = {}): Promise<Ended> {
  const env = { ...process.env, ASSIZE_DATA_DIR: join(root, 'data'), NO_COLOR: '1', ...more };
  return new Promise((done) => {
    execFile(process.execPath, [CLI, ...args], { env, maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      done({ code, stdout, stderr });
    });
  });
}

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'assize-plan-cli-'));
  mkdirSync(join(root, 'data'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The driver's context, which the published totals leave out, and what the test asks to be kept free. */
const DRIVER_GIB = 0.375;
const RESERVE_GIB = 0.25;
/** Of a card known by its memory alone, a hundredth is the driver's. */
const USABLE = 0.99;

describe('assize fit, for the five models of the guide in three quantizations on its six boxes', () => {
  const asked = [
    'fit',
    ...GUIDE_NAMES,
    ...BOXES.flatMap((box) => ['--gpu', box]),
    '--quant',
    'Q8_0',
    '--quant',
    'Q4_K_M',
    '--reserve',
    '256MiB',
    '--ctx',
    '4096',
  ];

  // Catches: a figure that is not the published one anywhere between the header and the terminal.
  test('the figures are the published ones', { timeout: ENDED_MS }, async () => {
    const { code, stdout, stderr } = await assize([...asked, '--json']);
    expect(code, stderr).toBe(0);
    const matrix: Matrix = JSON.parse(stdout);
    expect(matrix.rows).toHaveLength(15);
    for (const [index, row] of matrix.rows.entries()) {
      const model = GUIDE_NAMES[Math.floor(index / 3)] ?? 'Llama-3-8B';
      const recipe = RECIPES.find((step) => step === row.recipe);
      expect(row.modelName).toBe(`${model} F16`);
      const published = PUBLISHED[model][4096]?.[recipe === undefined ? 0 : RECIPES.indexOf(recipe)] ?? 0;
      for (const [at, box] of BOXES.entries()) {
        const cell = row.cells[at];
        const where = `${model} ${recipe} on ${box}`;
        expect(cell?.verdict !== 'no', where).toBe(FITS[model][box].includes(row.recipe));
        if (box.startsWith('2x')) continue;
        // One card: what is spare is what the published total leaves of it.
        const spare = Number.parseInt(box, 10) * USABLE - published - DRIVER_GIB - RESERVE_GIB;
        const margin = (cell?.marginBytes ?? 0) / GIB;
        expect(margin, where).toBeLessThan(spare + 0.02);
        expect(margin, where).toBeGreaterThan(spare - 0.03 - (LOW[model] ?? 0));
      }
    }
  });

  // Catches: a table that is cut, has a box too few, or says yes where the figures say no.
  test('the table says the same in words', { timeout: ENDED_MS }, async () => {
    const { code, stdout } = await assize(asked);
    expect(code).toBe(0);
    console.log(stdout);
    const lines = stdout.split('\n').filter((line) => line.startsWith('Llama-'));
    expect(lines).toHaveLength(15);
    for (const [index, line] of lines.entries()) {
      const model = GUIDE_NAMES[Math.floor(index / 3)] ?? 'Llama-3-8B';
      const recipe = RECIPES.find((step) => line.includes(` ${step} `)) ?? '';
      const words = line.match(/\b(yes|tight|no), [\d,]+ MiB (spare|missing)/g) ?? [];
      expect(words, line).toHaveLength(BOXES.length);
      expect(
        BOXES.filter((_, at) => !words[at]?.startsWith('no')),
        line,
      ).toEqual(BOXES.filter((box) => FITS[model][box].includes(recipe)));
    }
  });
});

// Catches: an address that makes the terminal download the model, or say something else than of the file itself.
test('assize fit of an address reads the header alone', { timeout: ENDED_MS }, async () => {
  await using server = await serveRanges();
  const shape = {
    architecture: 'llama',
    layers: 8,
    embedding: 1024,
    heads: 16,
    headsKv: 4,
    feedForward: 2816,
  };
  const spec = decoderSpec({ ...shape, vocabulary: 32000, context: 4096 }, 'F16');
  writeGguf(join(root, 'far.gguf'), spec);
  const body = readFileSync(join(root, 'far.gguf'));
  server.files.set('/models/far.gguf', { body });
  const url = `${server.origin}/models/far.gguf`;
  const { code, stdout, stderr } = await assize(['fit', url, '--gpu', '8GB', '--json']);
  expect(code, stderr).toBe(0);
  const matrix: Matrix = JSON.parse(stdout);
  expect(matrix.rows).toMatchObject([{ modelName: 'far', fileBytes: body.length }]);
  expect(server.sent()).toBeLessThan(body.length / 50);
  const gone = await assize(['fit', `${server.origin}/models/gone.gguf`, '--gpu', '8GB']);
  expect(gone.code).toBe(1);
  expect(gone.stderr).toMatch(/has no \/models\/gone\.gguf \(404\)/);
});

describe('assize plan', () => {
  const planned = z.object({
    box: z.string(),
    overview: z.object({ schedule: z.string(), plan: z.object({ verdict: z.string() }) }),
  });

  // Catches: an experiment file that runs but cannot be planned; a plan without its tables; a box that is not the one asked for.
  test(
    'of an experiment file: memory of each phase, schedules, ways out; on any box',
    { timeout: ENDED_MS },
    async () => {
      const csv = join(root, 'capitals.csv');
      writeFileSync(
        csv,
        'question,answer\nWhat is the capital of France?,Paris\nWhat is the capital of Japan?,Tokyo\n',
      );
      const yaml = join(root, 'experiment.yaml');
      writeFileSync(
        yaml,
        `name: pair\ndataset: ${csv}\ngenerator: Llama-3.2-1B:F16\ndecoding: {maxTokens: 64}\njudges: [Llama-3.1-70B:Q8_0]\n`,
      );
      const env = { ASSIZE_ENGINE_ENTRY: FAKE_ENTRY };
      const text = await assize(['plan', yaml, '--gpu', '80GB', '--ram', '128GB'], env);
      expect(text.code, text.stderr).toBe(0);
      for (const part of [
        'capitals',
        '80 GB card',
        'Prompts',
        'Memory, MiB',
        'Schedules',
        'models together',
      ]) {
        expect(text.stdout).toContain(part);
      }
      expect(text.stdout).toMatch(/Judge with Llama-3\.1-70B Q8_0: 81 of 81 layers on cuda/);
      const json = await assize(['plan', yaml, '--gpu', '2x40GB', '--schedule', 'together', '--json'], env);
      const value = planned.parse(JSON.parse(json.stdout));
      expect(value).toMatchObject({ box: '2× 40 GB card', overview: { schedule: 'together' } });
      expect(value.overview.plan.verdict).not.toBe('no');
      const small = await assize(['plan', yaml, '--gpu', '24GB'], env);
      expect(small.stdout).toMatch(/Ways out, cheapest first/);
      const wrong = await assize(['plan', yaml, '--gpu', 'RTX 4095'], env);
      expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('no card called "RTX 4095"') });
    },
  );
});

// Catches: one of the three forms missing, empty, or of another guide than the others.
test('assize guide writes Markdown, HTML and JSON of the same guide', { timeout: ENDED_MS }, async () => {
  const files = ['guide.md', 'guide.html', 'guide.json'].map((name) => join(root, name));
  for (const file of files) {
    const { code, stderr } = await assize(['guide', '-o', file]);
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/claims \d+ are right, \d+ partly, \d+ wrong/);
  }
  const [markdown = '', html = '', json = ''] = files.map((file) => readFileSync(file, 'utf8'));
  const guide: { sections: { title: string }[] } = JSON.parse(json);
  expect(guide.sections.length).toBeGreaterThan(8);
  for (const { title } of guide.sections) {
    expect(markdown).toContain(`## ${title}`);
    expect(html).toContain(title.replaceAll('&', '&amp;'));
  }
  expect(html).toMatch(/^<!doctype html>/i);
  expect(await assize(['guide', '-o', join(root, 'guide.pdf')])).toMatchObject({ code: 2 });
});
