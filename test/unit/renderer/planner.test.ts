import { describe, expect, test } from 'vitest';
import type { FitCell, MatrixRow } from '../../../src-main/domain/planning/matrix.ts';
import { thisMachine } from '../../../src-main/domain/planning/named-box.ts';
import { planExperiment } from '../../../src-main/domain/planning/plan-experiment.ts';
import { groupsOf, plainModelName } from '../../../src-renderer/features/planner/matrix-rows.ts';
import { barRows, segmentText } from '../../../src-renderer/features/planner/memory-bars.ts';
import { launchOf } from '../../../src-renderer/features/planner/launch.ts';
import { planSearch } from '../../../src-renderer/features/planner/search.ts';
import { launchSearch } from '../../../src-renderer/features/experiments/search.ts';
import { box, planned } from '../planning/worlds.ts';

const GIB = 2 ** 30;

describe('the matrix', () => {
  const row = (modelName: string, recipe: string, fileBytes: number, cells: FitCell[] = []): MatrixRow => ({
    modelName,
    recipe,
    fileBytes,
    cells,
  });
  const matrix = (rows: MatrixRow[]) => ({ boxes: [], rows, problems: [], contextPerSequence: 4096 });

  test('two files of one model are one model, and the file stands for the size made by rule', () => {
    const groups = groupsOf(
      matrix([
        row('Llama-3-8B-Q4_K_M', 'Q4_K_M', 46),
        row('Llama-3-8B-Q4_K_M', 'F16', 150),
        row('Llama-3-8B-F16', 'F16', 149),
        row('Llama-3-8B-F16', 'Q4_K_M', 45),
        row('Gemma', 'Q6_K', 90),
      ]),
    );
    expect(
      groups.map(({ model, rows }) => [model, rows.map(({ recipe, fileBytes }) => [recipe, fileBytes])]),
    ).toEqual([
      [
        'Llama-3-8B',
        [
          ['F16', 149],
          ['Q4_K_M', 46],
        ],
      ],
      ['Gemma', [['Q6_K', 90]]],
    ]);
  });

  test('only a quantization is taken off a name', () => {
    expect(
      ['Llama-2-7b-chat.Q5_K_M', 'phi-IQ3_XXS', 'Qwen2.5-32B F16', 'Llama-3.2-1B'].map(plainModelName),
    ).toEqual(['Llama-2-7b-chat', 'phi', 'Qwen2.5-32B', 'Llama-3.2-1B']);
  });
});

describe('the memory bars', () => {
  test('two cards and two judges of one name are told apart, and each bar adds up', () => {
    const judge = planned('Llama-3.1-70B', 'Q4_K_M');
    const plan = planExperiment({
      machine: box('2x RTX 4090'),
      generator: null,
      judges: [judge, { ...judge, modelId: 'judge-2' }],
      schedule: 'sequential',
    });
    const rows = barRows(plan);
    const names = rows.map(({ row }) => row);
    expect(new Set(names).size).toBe(names.length);
    expect(names.slice(0, 2)).toEqual(['Judge 1 · RTX 4090 #1', 'Judge 1 · RTX 4090 #2']);
    for (const { device, segments } of rows) {
      const sum = device.components.reduce((all, { bytes }) => all + bytes, 0) + device.reserveBytes;
      expect(segments.at(-1)?.to).toBeCloseTo(sum / GIB, 9);
      expect(
        segments.every((segment) =>
          /(exact|computed|calibrated|guessed): |as you set it/.test(segmentText(segment)),
        ),
      ).toBe(true);
    }
  });
});

test('less RAM than is in use is no unknown amount: it does not fit', () => {
  const machine = box('cpu', 64);
  const busy = { ...machine, memory: { ...machine.memory, availableBytes: 32 * GIB } };
  const small = thisMachine(busy, 8 * GIB).machine;
  const plan = planExperiment({
    machine: small,
    generator: planned('Llama-3.2-1B', 'Q8_0'),
    judges: [],
    schedule: 'auto',
  });
  expect(plan.verdict).toBe('no');
});

test('an address with anything in it is a plan or nothing, never a fault', () => {
  expect(
    planSearch({
      tab: 'x',
      ram: -1,
      reserve: 'a',
      context: 0,
      changes: [null, { kind: 'rm', modelId: 'a' }, 3],
    }),
  ).toEqual({});
  const fix = { kind: 'quantization', modelId: 'judge-1', recipe: 'Q2_K' };
  expect(planSearch({ changes: [fix, { kind: 'kv-type', modelId: 'judge-1', kvType: 'f64' }] })).toEqual({
    changes: [fix],
  });
});

describe('the run that a plan opens', () => {
  const generator = planned('Llama-3.2-1B', 'Q8_0', { modelId: 'generator', wishes: {} });
  const judge = planned('Llama-3.1-70B', 'Q8_0', { modelId: 'judge-1', wishes: {} });
  const smaller = planned('Llama-3.1-70B', 'Q4_K_M', { modelId: 'judge-1' });
  const partOf = ({ modelId, modelName, header }: typeof judge, recipe: string) => ({
    slot: modelId,
    counts: null,
    model: {
      choice: modelName,
      id: `id of ${modelName}`,
      name: modelName,
      recipe,
      source: 'disk',
      header,
    } as const,
  });
  const ground = (atHand: boolean) => ({
    parts: [partOf(generator, 'Q8_0'), partOf(judge, 'Q8_0')],
    files: () => [
      { recipe: 'Q4_K_M', modelId: 'judge-1', modelName: 'small file', header: smaller.header, atHand },
    ],
  });
  const plan = { machine: box('2x RTX 4090'), generator, judges: [judge], schedule: 'auto' } as const;
  const inTurn = { schedule: 'sequential', phases: [] } as const;
  const together = { schedule: 'together', phases: [] } as const;

  test('has all that was chosen of a load, each for its own model, also behind an address', () => {
    const quantized = {
      ...judge,
      wishes: { kvType: 'q8_0', contextPerSequence: 1024, batch: 128, sequences: 2, gpuLayers: 40 },
    } as const;
    const search = launchOf({ ...plan, judges: [quantized] }, inTurn, ground(true), 7);
    expect(search).toEqual({
      dataset: 7,
      model: `id of ${generator.modelName}`,
      judge: [`id of ${judge.modelName}`],
      judgeLoad: [{ kvType: 'q8_0', context: 1024, batch: 128, sequences: 2, gpuLayers: 40 }],
    });
    expect(launchSearch(JSON.parse(JSON.stringify(search)))).toEqual(search);
  });

  test('judges stored answers where nothing is generated, with every judge', () => {
    const search = launchOf(
      { ...plan, generator: null, judges: [judge, judge] },
      together,
      ground(true),
      undefined,
    );
    // Nothing generates: there is nobody to be loaded together with.
    expect(search).not.toHaveProperty('schedule');
    expect(search).toMatchObject({ stored: true, judge: [expect.anything(), expect.anything()] });
    expect(search).not.toHaveProperty('judgeLoad');
  });

  test('takes the smaller file that a way out chose, and is not offered for one that has to be got', () => {
    const smallerPlan = { ...plan, judges: [{ ...judge, header: smaller.header }] };
    expect(launchOf(smallerPlan, inTurn, ground(true), 7)?.judge).toEqual(['small file']);
    expect(launchOf(smallerPlan, inTurn, ground(false), 7)).toBeNull();
  });

  test('loads all at once where the plan does, and on the cards that a plan with cards of their own chose', () => {
    expect(launchOf(plan, together, ground(true), 7)).toMatchObject({ schedule: 'together' });
    expect(launchOf(plan, together, ground(true), 7)).not.toHaveProperty('load');
    expect(launchOf(plan, inTurn, ground(true), 7)).not.toHaveProperty('schedule');
    const small = planned('Llama-3-8B', 'Q4_K_M', { modelId: 'judge-1', wishes: {} });
    const split = { ...plan, machine: box('RTX 4090 + L4'), judges: [small] };
    const parts = [partOf(generator, 'Q8_0'), partOf(small, 'Q4_K_M')];
    const own = planExperiment({ ...split, schedule: 'split' });
    const search = launchOf(split, own, { ...ground(true), parts }, 7);
    expect(search).toMatchObject({ schedule: 'together' });
    const cards = [search?.load?.devices, search?.judgeLoad?.[0]?.devices];
    expect(new Set(cards.flat())).toEqual(new Set(['L4', 'RTX 4090']));
    expect(launchSearch(JSON.parse(JSON.stringify(search)))).toEqual(search);
  });

  test('names a card by its id where two are called alike, and none for the CPU alone', () => {
    const [first] = plan.machine.gpus;
    const on = (devices: readonly string[]) =>
      launchOf({ ...plan, judges: [{ ...judge, wishes: { devices } }] }, inTurn, ground(true), 7);
    expect(on([first?.id ?? ''])?.judgeLoad).toEqual([{ devices: [first?.id] }]);
    expect(launchSearch(JSON.parse(JSON.stringify(on([])))).judgeLoad).toEqual([{ devices: [] }]);
  });
});
