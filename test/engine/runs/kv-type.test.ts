import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ExperimentInput } from '../../../src-main/contract/experiment.ts';
import type { Core } from '../../../src-main/core/core.ts';
import { type Bench, createBench, ended, importQuestions } from './workbench.ts';

let bench: Bench;
let core: Core;

beforeEach(async () => {
  bench = await createBench(6);
  core = await bench.open();
});
afterEach(async () => {
  await core.close();
  bench.remove();
});

// Catches: a cache type that is chosen in the form, written into the file, and not planned with.
test('the plan of a run has the KV cache that was chosen for each model, smaller than f16, and its risk said once', async () => {
  const dataset = await importQuestions(core, bench);
  const planned = (kvType: 'f16' | 'q8_0' | 'q4_0') => {
    const fixed = { context: 2048, sequences: 4 } as const;
    const experiment: ExperimentInput = {
      dataset,
      generator: { model: 'generator', ...fixed },
      judges: [{ model: 'judge', ...fixed, swap: true, ...(kvType === 'f16' ? {} : { kvType }) }],
    };
    return core.client.runs.plan({ experiment });
  };
  const cacheBytes = ({ plan }: Awaited<ReturnType<typeof planned>>): number =>
    (plan.phases[1]?.devices ?? [])
      .flatMap(({ components }) => components)
      .filter(({ name }) => name === 'kv-cache')
      .reduce((sum, { bytes }) => sum + bytes, 0);
  const usual = await planned('f16');
  expect(usual.plan.reasons.join(' ')).not.toContain('KV cache');
  // 8.5 and 4.5 bits a value in place of 16: ggml's blocks of 32 with a scale of two bytes.
  for (const [kvType, bits] of [
    ['q8_0', 8.5],
    ['q4_0', 4.5],
  ] as const) {
    const other = await planned(kvType);
    expect(other.plan.phases.map(({ settings }) => settings.kvType)).toEqual(['f16', kvType, kvType]);
    expect(cacheBytes(other) / cacheBytes(usual)).toBeCloseTo(bits / 16, 2);
    expect(other.plan.reasons.filter((reason) => reason.includes(`KV cache in ${kvType}`))).toHaveLength(1);
  }
});

// Catches: answers and verdicts of a quantized cache passed off as those of f16, and the other way round.
// Catches: a batch that is chosen in the planner or a file, carried as far as the run, and not planned or loaded with.
test('prompts are read as many tokens at a time as was chosen, for each model', async () => {
  const dataset = await importQuestions(core, bench);
  const experiment: ExperimentInput = {
    dataset,
    generator: { model: 'generator', batch: 64 },
    judges: ['judge'],
  };
  const batches = ({ phases }: { readonly phases: readonly { readonly settings: { batch: number } }[] }) =>
    phases.map(({ settings }) => settings.batch);
  expect(batches((await core.client.runs.plan({ experiment })).plan)).toEqual([64, 512]);
  const { runId } = await core.client.runs.start({ experiment });
  const run = await ended(core, runId);
  expect(run.experiment.generator?.batch).toBe(64);
  expect(run.phases.map(({ plan }) => plan?.settings.batch)).toEqual([64, 512]);
});

test('what came from another type of cache is not taken over', async () => {
  const dataset = await importQuestions(core, bench);
  const run = async (kvType?: 'q8_0') => {
    const cache = kvType === undefined ? {} : { kvType };
    const experiment: ExperimentInput = {
      dataset,
      generator: { model: 'generator', ...cache },
      judges: [{ model: 'judge', ...cache }],
    };
    return ended(core, (await core.client.runs.start({ experiment })).runId);
  };
  const usual = await run();
  const quantized = await run('q8_0');
  expect(quantized.judges[0]?.name).toBe('judge (strict, KV q8_0)');
  expect(quantized.phases.every(({ tokens }) => tokens > 0)).toBe(true);
  const answerOf = async (runId: number): Promise<number | null> =>
    (await core.client.answers.get({ runId, position: 3 })).answerId;
  expect(await answerOf(quantized.id)).not.toBe(await answerOf(usual.id));
  expect((await run()).phases.map(({ tokens }) => tokens)).toEqual([0, 0]);
  expect((await run('q8_0')).phases.map(({ tokens }) => tokens)).toEqual([0, 0]);
});
