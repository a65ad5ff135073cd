import { expect, test } from 'vitest';
import { compareSchedules } from '../../../src-main/domain/planning/compare.ts';
import type { PlanDevice } from '../../../src-main/domain/plan.ts';
import { contextFor, countTokens } from '../../../src-main/domain/planning/context.ts';
import { planExperiment, type ExperimentToPlan } from '../../../src-main/domain/planning/plan-experiment.ts';
import { fits, total } from '../../../src-main/domain/planning/plan-model.ts';
import { UNCALIBRATED } from '../../../src-main/domain/planning/speed.ts';
import { box, CARDS, GIB, MIB, planned, PRICES, prompts } from './worlds.ts';

function pair(on: string, schedule: ExperimentToPlan['schedule']): ExperimentToPlan {
  return {
    machine: box(on),
    generator: planned('Llama-3.2-1B', 'F16'),
    judges: [planned('Llama-3.1-70B', 'Q8_0')],
    schedule,
  };
}

const used = (experiment: ExperimentToPlan): number[] =>
  planExperiment(experiment).phases.map((phase) =>
    phase.devices.filter((d) => d.deviceId !== 'host').reduce((sum, d) => sum + total(d.components), 0),
  );

// Catches: the acceptance of the guide: 1B generator and 70B judge in 8 bits, on 1×80 GB and 2×40 GB, in turn and together.
test.each([
  ['A100 80GB', 'sequential'],
  ['A100 80GB', 'together'],
  ['2x A100 40GB', 'sequential'],
  ['2x A100 40GB', 'together'],
] as const)('1B and 70B Q8_0 on %s, %s: whole and within the cards', (on, schedule) => {
  const plan = planExperiment(pair(on, schedule));
  expect(plan.schedule).toBe(schedule);
  expect(plan.phases.map((p) => p.role)).toEqual(['generate', 'judge']);
  for (const phase of plan.phases) {
    expect(phase.settings.gpuLayers).toBe(phase.totalLayers);
    expect(fits(phase)).toBe(true);
  }
  const judge = used(pair(on, schedule))[1] ?? 0;
  expect(judge / GIB).toBeGreaterThan(70.2);
  expect(judge / GIB).toBeLessThan(on === 'A100 80GB' ? 71 : 72.5);
});

// Catches: a generator that is still counted after it was unloaded, or not counted while it stays.
test('together leaves the judge what the generator does not hold; in turn leaves it all', () => {
  const inTurn = planExperiment(pair('A100 80GB', 'sequential'));
  const together = planExperiment(pair('A100 80GB', 'together'));
  const free = (plan: typeof inTurn, i: number): number => plan.phases[i]?.devices[0]?.capacityBytes ?? 0;
  expect(free(inTurn, 1)).toBe(free(inTurn, 0));
  expect(free(together, 0) - free(together, 1)).toBe(used(pair('A100 80GB', 'together'))[0]);
});

// Catches: two processes that pay one driver context.
test('each process pays for its own driver context', () => {
  const plan = planExperiment(pair('A100 80GB', 'together'));
  const contexts = plan.phases.map(
    (p) => p.devices[0]?.components.find((c) => c.name === 'driver-context')?.bytes ?? 0,
  );
  expect(contexts.every((bytes) => bytes > 0.2 * GIB)).toBe(true);
});

// Catches: a split that puts both models on one card, or the small model on the large card.
test('on cards of their own the small model takes the small card', () => {
  const plan = planExperiment({ ...pair('A100 80GB + RTX 4060', 'split') });
  expect(plan.phases.map((p) => p.devices[0]?.name)).toEqual(['RTX 4060', 'A100 80GB']);
  expect(plan.phases.every((p) => p.settings.gpuLayers === p.totalLayers)).toBe(true);
});

// Catches: no card left, and nobody says so.
test('a model without a card of its own is planned on the CPU and the plan says so', () => {
  const plan = planExperiment(pair('A100 80GB', 'split'));
  expect(plan.phases[1]?.settings.backend).toBe('cpu');
  expect(plan.reasons.join(' ')).toContain('No card is left for Llama-3.1-70B Q8_0');
});

// Catches: contexts from a default instead of the prompts, off by the padding or the answer.
test('the context holds the longest prompt and its answer', () => {
  const experiment: ExperimentToPlan = {
    machine: box('RTX 4090'),
    generator: planned('Llama-3.2-1B', 'F16', { prompts: prompts(10, 1000), newTokens: 100, wishes: {} }),
    judges: [],
    schedule: 'auto',
  };
  expect(planExperiment(experiment).phases[0]?.settings.contextPerSequence).toBe(1280);
  expect(contextFor(prompts(1, 1020), 4, null).contextPerSequence).toBe(1280);
  expect(contextFor(prompts(1, 1012), 4, null).contextPerSequence).toBe(1024);
});

// Catches: a context beyond what the model was trained for, in silence.
test('prompts longer than the trained context are said to be', () => {
  const choice = contextFor(prompts(3, 5000), 100, 4096);
  expect(choice.contextPerSequence).toBe(4096);
  expect(choice.problem).toContain('5000');
});

// Catches: percentiles by interpolation or off by one.
test('token counts are percentiles by nearest rank', () => {
  const counts = countTokens([5, 1, 3, 2, 4]);
  expect(counts).toEqual({ count: 5, p50: 3, p99: 5, max: 5, total: 15 });
  expect(countTokens([])).toEqual({ count: 0, p50: 0, p99: 0, max: 0, total: 0 });
  expect(countTokens(Array.from({ length: 200 }, (_, i) => i + 1)).p99).toBe(198);
});

// Catches: a plan on a smaller context than the prompts need, chosen to make it fit.
test('a no stays a no with its margin, and names what is missing', () => {
  const plan = planExperiment({ ...pair('RTX 4090', 'sequential'), generator: null });
  expect(plan.verdict).toBe('tight');
  const whole = planExperiment({
    ...pair('RTX 4090', 'sequential'),
    generator: null,
    judges: [
      planned('Llama-3.1-70B', 'Q8_0', { wishes: { contextPerSequence: 4096, sequences: 1, gpuLayers: 99 } }),
    ],
  });
  expect(whole.verdict).toBe('no');
  expect(whole.reasons.join(' ')).toContain('weights');
});

// Catches: schedules compared that cannot be (split on one card), wall-clock without loading, a break-even of nonsense.
test('schedules are compared by time, loading included', () => {
  const counted = (count: number): ExperimentToPlan => ({
    machine: box('2x A100 80GB'),
    generator: planned('Llama-3-8B', 'Q8_0', { prompts: prompts(count, 200) }),
    judges: [planned('Llama-3-8B', 'Q8_0', { prompts: prompts(count, 400), newTokens: 1 })],
    schedule: 'auto',
  });
  const tables = { cards: CARDS, prices: PRICES, calibration: UNCALIBRATED };
  const comparison = compareSchedules(counted(1000), tables);
  expect(comparison.options.map((o) => o.schedule)).toEqual(['sequential', 'together', 'split']);
  const [inTurn, , split] = comparison.options;
  expect(split?.time?.totalSeconds[1]).toBeLessThan(inTurn?.time?.totalSeconds[1] ?? 0);
  expect(inTurn?.time?.fixedSeconds[0]).toBeGreaterThan(2);
  expect(comparison.togetherFromRounds).toBeGreaterThanOrEqual(1);
  expect(comparison.splitFromPrompts).toBe(0);
  const more = compareSchedules(counted(2000), tables).options[0]?.time;
  const work = (time: typeof more): number => (time?.totalSeconds[1] ?? 0) - (time?.fixedSeconds[1] ?? 0);
  expect(work(more) / work(inTurn?.time)).toBeCloseTo(2, 6);
});

// Catches: a comparison on one card that offers cards of its own; costs without a price.
test('on one card there is no split, and a card without a price costs nothing that is known', () => {
  const experiment: ExperimentToPlan = {
    machine: box('RTX 4060'),
    generator: planned('Llama-3.2-1B', 'F16', { prompts: prompts(10, 100) }),
    judges: [planned('Llama-3.2-1B', 'F16', { prompts: prompts(10, 100), newTokens: 1 })],
    schedule: 'auto',
  };
  const { options } = compareSchedules(experiment, {
    cards: CARDS,
    prices: PRICES,
    calibration: UNCALIBRATED,
  });
  expect(options.map((o) => o.schedule)).toEqual(['sequential', 'together']);
  expect(options[0]?.cost).toBeNull();
});

/** MiB of weights and cache on each card, by test/unit/planning/pair.py: its own arithmetic on the published shapes. */
const PAIR = {
  '80GB': {
    generator: [[16, 2357.26, 128]],
    sequential: [[80, 70429.66, 1280]],
    together: [[80, 70429.66, 1280]],
  },
  '2x40GB': {
    generator: [[16, 2357.26, 128]],
    sequential: [
      [41, 35549.56, 656],
      [39, 34880.09, 624],
    ],
    together: [
      [39, 33815.44, 624],
      [41, 36614.22, 656],
    ],
  },
} as const;
/** The same script's closed form: 4 · batch · (n_vocab + n_embd), of each model whole on one card. */
const COMPUTE = { generator: 254.5, judge: 266.5 };
const GENERATOR_HOLDS = 3123.76;

// Catches: a layer on the wrong card; a generator that is forgotten, or counted on both cards, while the judge is placed.
test.each([
  ['80GB', 'sequential'],
  ['80GB', 'together'],
  ['2x40GB', 'sequential'],
  ['2x40GB', 'together'],
] as const)(
  'generator 1B and judge 70B on %s, %s: byte for byte as another program places them',
  (on, schedule) => {
    const [generator, judge] = planExperiment(pair(on, schedule)).phases;
    const cards = (phase: typeof judge): PlanDevice[] =>
      (phase?.devices ?? []).filter((d) => d.deviceId !== 'host');
    const part = (device: PlanDevice | undefined, name: string): number =>
      (device?.components.find((c) => c.name === name)?.bytes ?? 0) / MIB;
    const placed = (phase: typeof judge): number[][] =>
      cards(phase).map((d) => [part(d, 'weights'), part(d, 'kv-cache')]);
    const expected = (rows: readonly (readonly number[])[]) =>
      rows.map(([, weights = 0, kv = 0]) => [expect.closeTo(weights, 1), expect.closeTo(kv, 2)]);
    expect(placed(generator)).toEqual(expected(PAIR[on].generator));
    expect(placed(judge)).toEqual(expected(PAIR[on][schedule]));
    expect(part(cards(generator)[0], 'compute')).toBeCloseTo(COMPUTE.generator, 2);
    const [first] = cards(judge);
    const free = ((on === '80GB' ? 80 : 40) * GIB * 0.99) / MIB;
    const left = schedule === 'together' ? free - GENERATOR_HOLDS : free;
    expect((first?.capacityBytes ?? 0) / MIB).toBeCloseTo(left, 1);
    if (on === '80GB') expect(part(first, 'compute')).toBeCloseTo(COMPUTE.judge, 2);
    expect(generator?.devices.every((d) => d.marginBytes > 0)).toBe(true);
    expect(judge?.devices.every((d) => d.marginBytes > 0)).toBe(true);
  },
);
