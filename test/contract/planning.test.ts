import { readFileSync } from 'node:fs';
import { ORPCError, safe } from '@orpc/client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Workbench } from '../../src-main/contract/client.ts';
import type { Core } from '../../src-main/core/core.ts';
import { errorShare, heldBytes, predictedTotal } from '../../src-main/domain/ledger.ts';
import { type Bench, createBench, ended, importQuestions, launchOf } from '../engine/runs/workbench.ts';
import { LINES, type Caller } from './lines.ts';

const QUESTIONS = 12;
const OPEN_MS = 60_000;
const GIB = 2 ** 30;

const GUIDE_MODELS = ['Llama-3.2-1B', 'Llama-3-8B', 'Llama-2-7b', 'Llama-3.1-70B', 'Llama-2-70b'];

/** What a page may ask for that cannot be. */
const IMPOSSIBLE: readonly [string, (workbench: Workbench) => Promise<unknown>, RegExp][] = [
  [
    'a card nobody knows',
    (w) => w.planning.matrix({ models: ['Llama-3-8B'], boxes: ['RTX 4095'] }),
    /no card called "RTX 4095"/,
  ],
  [
    'a dataset that is not there',
    (w) => w.planning.experiment({ experiment: { dataset: 'gone', generator: 'Llama-3-8B', judges: [] } }),
    /There is no dataset "gone"/,
  ],
  ['a model that is not there', (w) => w.planning.files({ choice: 'gone.gguf' }), /gone\.gguf/],
  ['a guide on a card nobody knows', (w) => w.planning.guide({ boxes: ['RTX 4095'] }), /no card called/],
];

describe.each(LINES)('planning over a $name', ({ open }) => {
  let bench: Bench;
  let core: Core;
  let caller: Caller;
  let dataset = '';

  beforeAll(async () => {
    bench = await createBench(QUESTIONS);
    core = await bench.open({ answerDelayMs: 5 });
    dataset = await importQuestions(core, bench);
  }, OPEN_MS);
  afterAll(async () => {
    await core.close();
    bench.remove();
  });
  beforeEach(async () => {
    caller = await open(core.router, core.log, core.grants);
  });
  afterEach(() => caller[Symbol.asyncDispose]());

  // Catches: tables that do not survive the wire, cards or prices without a source and a date.
  test('tables: cards and prices with their sources, steps of the ladder, the guide’s models', async () => {
    const tables = await caller.workbench.planning.tables();
    expect(tables.cards.length).toBeGreaterThanOrEqual(40);
    expect(tables.prices.length).toBeGreaterThan(10);
    for (const price of tables.prices) {
      expect(price.date).toMatch(/^20\d\d-\d\d(-\d\d)?$/);
      expect(price.source.length).toBeGreaterThan(5);
    }
    expect(
      tables.pricesFrom.date >=
        (tables.prices
          .map(({ date }) => date)
          .toSorted()
          .at(-1) ?? ''),
    ).toBe(true);
    expect(tables.catalogue.map(({ name }) => name)).toEqual(GUIDE_MODELS);
    expect(tables.recipes.slice(0, 2)).toEqual(['F16', 'Q8_0']);
    expect(tables.notes).toEqual([]);
  });

  // Catches: one model that cannot be read spoiling the answer on the others; a header that lost its tensors on the way.
  test('models: a file, a name of the catalogue with a quantization, and a sentence for what is neither', async () => {
    const answers = await caller.workbench.planning.models({
      choices: ['generator.gguf', 'Llama-3-8B:Q8_0', 'no-such-model'],
    });
    expect(answers.map(({ model }) => model?.source ?? null)).toEqual(['disk', 'catalogue', null]);
    expect(answers[1]?.model).toMatchObject({ recipe: 'Q8_0', header: { fileBytes: 8_540_770_880 } });
    expect(answers[0]?.model?.header.tensors.length).toBeGreaterThan(10);
    expect(answers[2]?.problem).toMatch(/no-such-model/);
    const files = await caller.workbench.planning.files({ choice: 'generator.gguf' });
    expect(files.map(({ recipe }) => recipe)).toEqual(['F16']);
  });

  // Catches: counts that are not of this dataset, of the wrong number of prompts, or of another model's tokenizer in silence.
  test('counts: every question for every model, with the tokenizer where there is a file', async () => {
    const [generator, judge, unknown] = await caller.workbench.planning.counts({
      experiment: {
        dataset,
        generator: 'generator.gguf',
        judges: ['judge.gguf', 'Llama-3-8B:Q8_0'],
        samples: 2,
      },
    });
    expect(generator).toMatchObject({
      role: 'generate',
      how: 'tokenizer',
      counted: QUESTIONS,
      of: QUESTIONS,
    });
    expect(generator?.counts.count).toBe(2 * QUESTIONS);
    expect(judge).toMatchObject({ role: 'judge', how: 'tokenizer' });
    expect(unknown).toMatchObject({ how: 'estimate' });
    for (const { counts } of [generator, judge, unknown].flatMap((c) => c ?? [])) {
      expect(counts.p50).toBeGreaterThan(0);
      expect(counts.p99).toBeGreaterThanOrEqual(counts.p50);
      expect(counts.max).toBeGreaterThanOrEqual(counts.p99);
    }
  });

  // Catches: a plan for another box than the one that was asked for; schedules missing; a cost without the price's date.
  test('experiment: planned on a box that is not here, with schedules, times, costs and ways out', async () => {
    const planned = await caller.workbench.planning.experiment({
      experiment: { dataset, generator: 'Llama-3.2-1B:F16', judges: ['Llama-3.1-70B:Q8_0'] },
      box: '2x A100 40GB',
      ramBytes: 256 * GIB,
    });
    expect(planned.box).toBe('2× A100 40GB');
    const { plan, comparison, shortages } = planned.overview;
    expect(plan.verdict).not.toBe('no');
    expect(plan.phases.map(({ role }) => role)).toEqual(['generate', 'judge']);
    expect(plan.phases.every(({ settings, totalLayers }) => settings.gpuLayers === totalLayers)).toBe(true);
    expect(comparison.options.map(({ schedule }) => schedule)).toEqual(['sequential', 'together', 'split']);
    expect(shortages).toEqual([]);
    expect(planned.prompts).toHaveLength(2);
    expect(planned.pricesFrom.date).toMatch(/^20/);
    const small = await caller.workbench.planning.experiment({
      experiment: { dataset, generator: 'Llama-3.2-1B:F16', judges: ['Llama-3.1-70B:Q8_0'] },
      box: 'RTX 4060',
    });
    expect(small.overview.shortages.map(({ component }) => component)).toContain('weights');
    expect(small.overview.fixes.length).toBeGreaterThan(0);
  });

  // Catches: a row for the wrong file or box, a model that cannot be read dropped in silence.
  test('matrix: models, quantizations and boxes, and what could not be read', async () => {
    const matrix = await caller.workbench.planning.matrix({
      models: ['Llama-3-8B', 'gone.gguf'],
      boxes: ['8GB', null],
      recipes: ['Q4_K_M'],
      context: 2048,
    });
    expect(matrix.boxes[0]).toBe('8 GB card');
    expect(matrix.boxes[1]).toMatch(/^this machine/);
    expect(matrix.rows.map(({ recipe, cells }) => [recipe, cells[0]?.verdict])).toEqual([
      ['F16', 'no'],
      ['Q4_K_M', 'yes'],
    ]);
    expect(matrix.problems).toHaveLength(1);
    expect(matrix.problems[0]).toMatch(/gone\.gguf/);
  });

  // Catches: the guide of the old models without its claims, or of new models with them; a dataset that is not looked at.
  test('guide: the old one with every claim judged; a new one for models and a dataset that were chosen', async () => {
    const old = await caller.workbench.planning.guide({});
    expect(old.claims.length).toBeGreaterThan(90);
    expect(Object.values(old.counts).reduce((a, b) => a + b, 0)).toBe(old.claims.length);
    const own = await caller.workbench.planning.guide({
      models: ['generator.gguf'],
      dataset,
      boxes: ['24GB'],
    });
    expect(own.claims).toEqual([]);
    expect(JSON.stringify(own.sections)).toContain(`questions: ${QUESTIONS} questions of`);
    expect(JSON.stringify(own.sections)).toContain('24GB');
  });

  test.each(IMPOSSIBLE)('%s is an expected failure with a sentence', async (_, ask, sentence) => {
    const { error } = await safe(ask(caller.workbench));
    expect(error).toBeInstanceOf(ORPCError);
    if (!(error instanceof ORPCError)) return;
    expect(error.defined, `${error.code}: ${error.message}`).toBe(true);
    expect(error.message).toMatch(sentence);
  });

  // Catches: a user's prices that are lost, mixed with ours, or cannot be undone.
  test('prices that a user writes are taken instead of ours, and given up again', async () => {
    const ours = await caller.workbench.planning.tables();
    const mine = {
      provider: 'The institute',
      card: 'RTX 4090',
      count: 1,
      usdPerHour: 0.05,
      date: '2026-11-24',
      source: 'our own bill',
    };
    const changed = await caller.workbench.planning.setPrices({ prices: [mine] });
    expect(changed.prices).toEqual([mine]);
    expect(changed.pricesFrom).toMatchObject({ date: '2026-11-24' });
    expect(readFileSync(changed.pricesFrom.path ?? '', 'utf8')).toContain('our own bill');
    expect((await caller.workbench.planning.tables()).prices).toEqual([mine]);
    expect((await caller.workbench.planning.setPrices({ prices: null })).prices).toEqual(ours.prices);
    const { error } = await safe(
      caller.workbench.planning.setPrices({ prices: [{ ...mine, date: 'lately' }] }),
    );
    expect(error).toBeInstanceOf(ORPCError);
  });
});

describe('the ledger', () => {
  let bench: Bench;
  let core: Core;
  let dataset = '';

  beforeAll(async () => {
    bench = await createBench(QUESTIONS);
    core = await bench.open({ answerDelayMs: 20 });
    dataset = await importQuestions(core, bench);
  }, OPEN_MS);
  afterAll(async () => {
    await core.close();
    bench.remove();
  });

  const page = (before: number | null = null, limit = 10) => core.client.planning.ledger({ before, limit });
  const processOf = async (): Promise<{ basis?: string; bytes?: number }> => {
    const planned = await core.client.planning.experiment({
      experiment: { dataset, generator: 'generator.gguf', judges: [] },
    });
    const host = planned.overview.plan.phases[0]?.devices.find(({ deviceId }) => deviceId === 'host');
    return host?.components.find(({ name }) => name === 'process') ?? {};
  };

  // Catches: loads that are not written, written without what was measured, or that the next plan does not learn from.
  test('a load is written with what it took, and the next plan is calibrated by it', async () => {
    expect(await page()).toEqual([]);
    const guessed = await processOf();
    expect(guessed.basis).toBe('guessed');
    const { runId } = await core.client.runs.start(launchOf(dataset));
    const run = await ended(core, runId);
    expect(run.status).toBe('done');
    const entries = await page();
    expect(entries.map(({ role, outcome, runId: id }) => [role, outcome, id])).toEqual([
      ['judge', 'loaded', runId],
      ['generate', 'loaded', runId],
    ]);
    const [, generated] = entries;
    expect(generated).toMatchObject({ backend: 'cpu', driver: null, reason: null, modelName: 'generator' });
    expect(generated?.modelSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(generated?.versions['node']).toBe(process.version);
    const host = generated?.devices.find(({ deviceId }) => deviceId === 'host');
    if (host === undefined) throw new Error('nothing was measured of RAM');
    // What the scripted engine says of its buffers, beside what was planned.
    expect(host.measured).toEqual({ weightsBytes: 1024, kvBytes: 512, computeBytes: 256 });
    expect(host.predicted).toEqual(
      run.phases[0]?.plan?.devices.find((d) => d.deviceId === 'host')?.components,
    );
    const held = heldBytes(host);
    expect(held).toBeGreaterThan(20 * 2 ** 20);
    expect(errorShare(predictedTotal(host), held)).not.toBeNull();
    // The ledger is read anew at once after a load of this process.
    const learnt = await processOf();
    expect(learnt.basis).toBe('calibrated');
    const seen = entries.map(({ devices }) => (devices[0]?.processPeakBytes ?? 0) - 1024 - 512 - 256);
    expect(learnt.bytes).toBe(Math.max(...seen));
    expect((await core.client.planning.tables()).memory.process?.source).toMatch(/in 2 loads here/);
  });

  // Catches: pages that repeat or skip loads.
  test('the history is read in pages, newest first', async () => {
    const [newest] = await page(null, 1);
    const [older] = await page(newest?.id ?? null, 1);
    expect([newest?.role, older?.role]).toEqual(['judge', 'generate']);
    expect(await page(older?.id ?? null)).toEqual([]);
  });

  // Catches: a load that failed for memory lost, or counted as one that went well.
  test('a load refused for memory is written with its reason, and its process is not learnt from', async () => {
    const before = await processOf();
    await core.close();
    core = await bench.open({
      refuse: { kind: 'out-of-memory', message: 'There was no memory left for this model.' },
    });
    const { runId } = await core.client.runs.start({ ...launchOf(dataset, { judges: [] }), again: true });
    expect((await ended(core, runId)).status).toBe('failed');
    const [entry] = await page(null, 1);
    expect(entry).toMatchObject({ runId, outcome: 'out-of-memory', role: 'generate', loadMs: null });
    expect(entry?.reason).toMatch(/no memory left/);
    expect(entry?.devices.map(({ measured }) => measured)).toEqual([null]);
    expect(await processOf()).toEqual(before);
  });
});
