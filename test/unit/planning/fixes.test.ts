import { expect, test } from 'vitest';
import { applyChange, type PlanChange } from '../../../src-main/domain/planning/changes.ts';
import {
  fixesFor,
  shortages,
  shortageSentence,
  type FixOptions,
} from '../../../src-main/domain/planning/fixes.ts';
import {
  planExperiment,
  type ExperimentToPlan,
  type PlannedModel,
} from '../../../src-main/domain/planning/plan-experiment.ts';
import { fits } from '../../../src-main/domain/planning/plan-model.ts';
import { ladder } from '../../../src-main/domain/planning/quantization.ts';
import { box, header, planned, prompts, QUALITY } from './worlds.ts';

function optionsFor(model: PlannedModel, recipe: string): FixOptions {
  const files = ladder([
    { recipe, modelId: model.modelId, modelName: model.modelName, header: model.header, atHand: true },
  ]);
  return {
    files: (id) => (id === model.modelId ? files : []),
    machine: (name) => box(name),
    quality: QUALITY,
    boxes: ['RTX 4060', 'RTX 4090', 'A100 80GB'],
  };
}

function one(model: PlannedModel, on: string): ExperimentToPlan {
  return { machine: box(on), generator: model, judges: [], schedule: 'auto' };
}

const WHOLE = { gpuLayers: 99, sequences: 1 } as const;

// Catches: a fix that does not fix; fixes not in the order of what they cost.
test('every fix, applied and planned again, fits, cheapest first', () => {
  const model = planned('Llama-3-8B', 'Q8_0', {
    prompts: prompts(100, 500),
    wishes: { ...WHOLE, contextPerSequence: 4096 },
  });
  const experiment = one(model, 'RTX 4060');
  const options = optionsFor(model, 'Q8_0');
  const fixes = fixesFor(experiment, planExperiment(experiment), options);
  expect(fixes.length).toBeGreaterThan(2);
  for (const fix of fixes) {
    const whole = { ...experiment };
    const changed = fix.changes.reduce(
      (e, change) => applyChange(e, change, options),
      whole as ExperimentToPlan,
    );
    expect(planExperiment(changed).phases.every(fits), fix.sentence).toBe(true);
    expect(fix.plan.phases.every(fits)).toBe(true);
    expect(fix.sentence).toMatch(/\.$/);
  }
  const order = ['nothing', 'length', 'speed', 'quality', 'money'];
  const kinds = fixes.map((f) => f.changes[0]?.kind);
  expect(kinds).toContain('quantization');
  expect(kinds).toContain('offload');
  expect(kinds.at(-1)).toBe('box');
  expect(order).toContain(fixes[0]?.costs);
});

// Catches: two sequences too many answered by another machine.
test('when the cache broke it, the cache is what is made smaller', () => {
  const model = planned('Llama-2-7b', 'Q4_K_M', {
    wishes: { gpuLayers: 99, sequences: 8, contextPerSequence: 4096 },
  });
  const experiment = one(model, 'RTX 3060 12GB');
  const plan = planExperiment(experiment);
  const [shortage] = shortages(plan);
  expect(shortage?.component).toBe('kv-cache');
  const sentence = shortage === undefined ? '' : shortageSentence(shortage);
  expect(sentence).toMatch(
    /^Llama-2-7b Q4_K_M: [\d,]+ MiB too much on RTX 3060 12GB; what breaks it is its cache/,
  );
  const fixes = fixesFor(experiment, plan, optionsFor(model, 'Q4_K_M'));
  expect(['kv-type', 'sequences', 'context']).toContain(fixes[0]?.changes[0]?.kind);
});

// Catches: weights blamed for what the cache did, or the reverse.
test('when the weights alone are too large, the weights are named', () => {
  const model = planned('Llama-3-8B', 'F16', { wishes: { ...WHOLE, contextPerSequence: 512 } });
  const [shortage] = shortages(planExperiment(one(model, 'RTX 4060')));
  expect(shortage?.component).toBe('weights');
});

// Catches: together on one card offered as lost although in turn it works.
test('too much together is cured by loading in turn, which costs nothing', () => {
  const experiment: ExperimentToPlan = {
    machine: box('RTX 4090'),
    generator: planned('Llama-3-8B', 'F16', { wishes: { ...WHOLE, contextPerSequence: 4096 } }),
    judges: [planned('Llama-3-8B', 'Q8_0', { wishes: { ...WHOLE, contextPerSequence: 4096 } })],
    schedule: 'together',
  };
  const plan = planExperiment(experiment);
  expect(plan.verdict).toBe('no');
  const none: FixOptions = { files: () => [], machine: () => null, quality: null, boxes: [] };
  const [first] = fixesFor(experiment, plan, none);
  expect(first?.changes).toEqual([{ kind: 'schedule', schedule: 'sequential' }]);
  expect(first?.costs).toBe('nothing');
});

// Catches: fixes for what needs none.
test('a plan that fits needs no fixes', () => {
  const model = planned('Llama-3.2-1B', 'Q8_0');
  const experiment = one(model, 'RTX 4090');
  expect(fixesFor(experiment, planExperiment(experiment), optionsFor(model, 'Q8_0'))).toEqual([]);
});

// Catches: a change applied to every model, or to none.
test('a change touches the model it names', () => {
  const experiment: ExperimentToPlan = {
    machine: box('RTX 4090'),
    generator: planned('Llama-3.2-1B', 'F16'),
    judges: [planned('Llama-3-8B', 'Q8_0')],
    schedule: 'auto',
  };
  const none = { files: () => [], machine: () => null };
  const change: PlanChange = { kind: 'kv-type', modelId: 'Llama-3-8B-Q8_0', kvType: 'q8_0' };
  const changed = applyChange(experiment, change, none);
  expect(changed.judges[0]?.wishes.kvType).toBe('q8_0');
  expect(changed.generator).toBe(experiment.generator);
  const lost = applyChange(experiment, { kind: 'box', box: 'nowhere' }, none);
  expect(lost.machine).toBe(experiment.machine);
});

// Catches: the quantization change keeping the old header.
test('a smaller file is planned from its own header', () => {
  const model = planned('Llama-3-8B', 'Q8_0');
  const changed = applyChange(
    one(model, 'RTX 4060'),
    { kind: 'quantization', modelId: model.modelId, recipe: 'Q4_K_M' },
    optionsFor(model, 'Q8_0'),
  );
  expect(changed.generator?.header.tensors.map((t) => t.type)).toEqual(
    header('Llama-3-8B', 'Q4_K_M').tensors.map((t) => t.type),
  );
  expect(changed.generator?.modelId).toBe(model.modelId);
});
