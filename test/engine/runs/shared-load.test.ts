import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Core } from '../../../src-main/core/core.ts';
import { locate } from '../../../src-main/core/locations.ts';
import type { Run, RunPhase } from '../../../src-main/domain/run.ts';
import { writeTinyModel } from '../../fixtures/tiny-gguf.ts';
import {
  type Bench,
  createBench,
  ended,
  engines,
  ENTRY_DIR,
  importQuestions,
  launchOf,
  openCore,
  rowsOf,
  type Script,
  waitFor,
} from './workbench.ts';

const BOTH_ORDERS = { model: 'judge.gguf', swap: true };

let bench: Bench;
const cores: Core[] = [];

async function open(script: Script = {}): Promise<Core> {
  const core = await bench.open(script);
  cores.push(core);
  return core;
}

async function start(core: Core, more = {}): Promise<number> {
  const dataset = await importQuestions(core, bench);
  const { runId } = await core.client.runs.start(launchOf(dataset, more));
  return runId;
}

/** Models that were loaded, in order, by the ledger, which has one row a real load. */
async function loadsOf(core: Core, runId: number): Promise<string[]> {
  const entries = await core.client.planning.ledger({ before: null, limit: 100 });
  const own = entries.filter((entry) => entry.runId === runId && entry.outcome === 'loaded');
  return own.toSorted((a, b) => a.at - b.at).map(({ modelName }) => modelName);
}

async function eventsOf(core: Core, runId: number): Promise<string[]> {
  const events = await core.client.runs.events({ runId, afterSeq: 0, limit: 1000 });
  return events.map(({ text }) => text);
}

const judgesOf = (run: Run): RunPhase[] => run.phases.filter(({ role }) => role === 'judge');

afterEach(async () => {
  for (const core of cores.splice(0)) await core.close();
  bench.remove();
});

test('a judge asked in both orders is loaded once, and each phase says what is true of it', async () => {
  bench = await createBench(60);
  const core = await open({ loadDelayMs: 50, answerDelayMs: 20 });
  const runId = await start(core, { judges: [BOTH_ORDERS] });
  const run = await ended(core, runId);
  expect(run).toMatchObject({ status: 'done', answered: 60, error: null });
  expect(await loadsOf(core, runId)).toEqual(['generator', 'judge']);
  const [generate, first, second] = run.phases;
  expect(first?.loadMs).toBeGreaterThanOrEqual(50);
  expect(second).toMatchObject({
    state: 'done',
    done: 60,
    loadMs: 0,
    plan: { settings: first?.plan?.settings },
  });
  expect(second?.provenance).toMatchObject({ loadedByPhase: 1, settings: first?.plan?.settings });
  expect(first?.provenance).not.toHaveProperty('loadedByPhase');
  // Each phase ends with its own check, and only the last one's process ends.
  for (const phase of run.phases) expect(phase.provenance).toHaveProperty('check');
  expect(first?.measured?.exit).toContain('stays loaded');
  for (const phase of [generate, second]) expect(phase?.measured?.exit).toContain('code 0');
  const events = await eventsOf(core, runId);
  expect(events.filter((text) => text.includes('is unloaded'))).toHaveLength(2);
  expect(events.filter((text) => text.includes('judge stays loaded'))).toHaveLength(1);
  const samples = await core.client.runs.memory({ runId });
  expect([...new Set(samples.map(({ phaseSeq }) => phaseSeq))]).toEqual([0, 1, 2]);
  expect(await rowsOf(core, runId)).toEqual({ answered: 60, judged: 120, positions: 60 });
  expect(engines()).toEqual([]);
});

test('two prompts of one model share a load that is large enough for the longer one', async () => {
  bench = await createBench(40);
  const core = await open();
  const judges = [
    { model: 'judge.gguf', prompt: 'yes-no' },
    { model: 'judge.gguf', prompt: 'factuality' },
    { model: 'judge.gguf', prompt: 'factuality', mode: 'reason', maxTokens: 900 },
  ];
  const together = await start(core, { judges });
  const run = await ended(core, together);
  expect(run, run.error ?? '').toMatchObject({ status: 'done' });
  expect(await loadsOf(core, together)).toEqual(['generator', 'judge']);
  // Alone the first would have been loaded with less.
  const alone = await ended(core, await start(core, { seed: 3, judges: [{ ...judges[0] }] }));
  const contextOf = (phase: RunPhase | undefined): number => phase?.plan?.settings.contextPerSequence ?? 0;
  expect(contextOf(judgesOf(run)[0])).toBeGreaterThan(contextOf(judgesOf(alone)[0]));
});

test('the generator is unloaded before the same file judges, and other wishes are another load', async () => {
  bench = await createBench(20);
  const core = await open();
  const judges = [
    { model: 'generator.gguf' },
    { model: 'generator.gguf', labelOrder: 'BA', context: 1024 },
    { model: 'judge.gguf' },
    { model: 'generator.gguf', prompt: 'yes-no' },
  ];
  const runId = await start(core, { judges });
  expect(await ended(core, runId)).toMatchObject({ status: 'done' });
  // The last of them asks what the first does, and comes after it.
  expect(await loadsOf(core, runId)).toEqual(['generator', 'generator', 'generator', 'judge']);
  expect((await eventsOf(core, runId)).filter((text) => text.includes('stays loaded'))).toHaveLength(1);
});

test('a model that another judge was named between, or that decides between itself and another, is loaded once', async () => {
  bench = await createBench(20);
  const core = await open();
  const judges = [
    { model: 'judge.gguf', prompt: 'yes-no' },
    { model: 'generator.gguf', prompt: 'yes-no' },
    { model: 'judge.gguf', prompt: 'yes-no', mode: 'reason', cascadeOf: [0, 1] },
  ];
  const panel = { kind: 'cascade' as const };
  const runId = await start(core, { judges, panel });
  const run = await ended(core, runId);
  expect(run, run.error ?? '').toMatchObject({ status: 'done' });
  expect(await loadsOf(core, runId)).toEqual(['generator', 'generator', 'judge']);
  expect(judgesOf(run).map(({ modelName }) => modelName)).toEqual(['generator', 'judge', 'judge']);
  // The panel is of the judges as they were asked.
  const analysis = await core.client.analysis.run({ runId });
  const panels = analysis.judges.filter(({ judge }) => judge.kind === 'panel');
  expect(panels.map(({ judge }) => judge.name)).toEqual([
    expect.stringMatching(/^(cascade|majority) of generator .* judge /),
  ]);
});

test.for([
  { what: 'disagree: it goes on with their model', sure: false },
  { what: 'agree: nothing is left for it, and their model still ends', sure: true },
])('a cascade whose members $what', async ({ sure }) => {
  bench = await createBench(50);
  const core = await open(sure ? { answers: [{ match: 'number', probabilities: [0.9, 0.05, 0, 0] }] } : {});
  const judges = [
    { model: 'judge.gguf', prompt: 'yes-no' },
    { model: 'judge.gguf', prompt: sure ? 'yes-no' : 'p-true', policy: 'lenient' },
    { model: 'judge.gguf', prompt: 'yes-no', mode: 'reason', cascadeOf: [0, 1] },
  ];
  const runId = await start(core, { judges });
  const run = await ended(core, runId);
  expect(run, run.error ?? '').toMatchObject({ status: 'done' });
  expect(await loadsOf(core, runId)).toEqual(['generator', 'judge']);
  const [, second, cascade] = judgesOf(run);
  expect((cascade?.tokens ?? 0) > 0).toBe(!sure);
  expect((sure ? second : cascade)?.measured?.exit).toContain('code 0');
  expect(engines()).toEqual([]);
});

test('a process that dies for the second phase is replaced; a cancel and a resume lose and repeat nothing', async () => {
  bench = await createBench(900);
  const core = await open({ answerDelayMs: 120 });
  const runId = await start(core, { judges: [BOTH_ORDERS] });
  await waitFor(core, runId, ({ phases }) => (phases[2]?.done ?? 0) >= 40);
  for (const pid of engines()) process.kill(pid, 'SIGKILL');
  await waitFor(core, runId, ({ phases }) => (phases[2]?.done ?? 0) >= 200);
  await core.client.runs.cancel({ runId });
  const stopped = await ended(core, runId);
  expect(stopped.phases[2]?.done).toBeLessThan(900);
  expect(engines()).toEqual([]);
  await core.client.runs.resume({ runId });
  const run = await ended(core, runId);
  expect(run).toMatchObject({ status: 'done', answered: 900 });
  // Loaded by this phase itself now.
  expect(run.phases[2]?.provenance).not.toHaveProperty('loadedByPhase');
  expect(await rowsOf(core, runId)).toEqual({ answered: 900, judged: 1800, positions: 900 });
});

test('a run cancelled while its first judge phase works leaves no model behind', async () => {
  bench = await createBench(600);
  const core = await open({ answerDelayMs: 150 });
  const runId = await start(core, { judges: [BOTH_ORDERS] });
  await waitFor(core, runId, ({ phases }) => (phases[1]?.done ?? 0) >= 20);
  await core.client.runs.cancel({ runId });
  const stopped = await ended(core, runId);
  expect(stopped.status).toBe('cancelled');
  expect(stopped.phases[1]?.measured?.exit).toContain('code 0');
  expect(engines()).toEqual([]);
});

test('verdicts of a model that stayed loaded are those of one loaded anew, bit for bit', async () => {
  const verdicts: unknown[] = [];
  for (const apart of [false, true]) {
    bench = await createBench(12);
    writeTinyModel(join(bench.models, 'generator.gguf'));
    writeTinyModel(join(bench.models, 'judge.gguf'), { seed: 5 });
    const core = await openCore(bench.root, bench.dataDir, locate(ENTRY_DIR, {}));
    cores.push(core);
    for await (const _ of await core.client.models.rescan());
    const judges = [
      { model: 'judge.gguf', prompt: 'yes-no' },
      // The same settings by another wish: not shared.
      { model: 'judge.gguf', prompt: 'yes-no', labelOrder: 'BA', ...(apart ? { kvType: 'f16' } : {}) },
    ];
    const runId = await start(core, { judges, decoding: { maxTokens: 8 } });
    const run = await ended(core, runId);
    expect(run, run.error ?? '').toMatchObject({ status: 'done' });
    expect(await loadsOf(core, runId)).toHaveLength(apart ? 3 : 2);
    for (const phase of judgesOf(run)) {
      expect(phase.provenance?.['check']).toMatchObject({
        changed: 0,
        sentence: expect.stringContaining('same to the last bit'),
      });
    }
    const rows = [];
    for (let position = 0; position < 12; position += 1) {
      const { judgments } = await core.client.answers.get({ runId, position });
      rows.push(
        judgments.map(({ verdict, pCorrect, labelMass, raw }) => ({ verdict, pCorrect, labelMass, raw })),
      );
    }
    verdicts.push(rows);
    await core.close();
    cores.splice(0);
    if (!apart) bench.remove();
  }
  expect(verdicts[0]).toEqual(verdicts[1]);
});
