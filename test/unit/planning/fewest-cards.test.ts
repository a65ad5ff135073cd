import { expect, test } from 'vitest';
import type { Machine } from '../../../src-main/domain/hardware.ts';
import type { PlanPhase } from '../../../src-main/domain/plan.ts';
import { onFewestCards } from '../../../src-main/domain/planning/fewest-cards.ts';
import { planModel, wishesFor, type ModelWishes } from '../../../src-main/domain/planning/plan-model.ts';
import { box, GIB, header } from './worlds.ts';

function plan(machine: Machine, more: Partial<ModelWishes> = {}): PlanPhase {
  const wishes = wishesFor({ role: 'generate', modelId: 'm', modelName: 'M', sequences: 'auto', ...more });
  return onFewestCards(machine, wishes, (devices) =>
    planModel(header('Llama-3-8B', 'F16'), machine, { ...wishes, devices }),
  );
}

const cards = (phase: PlanPhase): number =>
  phase.devices.filter(({ deviceId }) => deviceId !== 'host').length;

// Catches: a model of 16 GB spread over four cards although one holds it, which keeps a second run out of all of them.
test('a model that one card holds takes one card', () => {
  const phase = plan(box('4x RTX 4090'));
  expect(cards(phase)).toBe(1);
  expect(phase.settings.devices).toHaveLength(1);
  expect(phase.settings.gpuLayers).toBe(phase.totalLayers);
});

// Catches: the first card taken although something holds most of it.
test('the card with most free memory is taken, less what others are to have', () => {
  const machine = box('2x RTX 4090');
  const [first, second] = machine.gpus.map(({ id }) => id);
  const crowded = plan(machine, { occupied: { [first ?? '']: 4 * GIB } });
  expect(crowded.devices.map(({ deviceId }) => deviceId)).toEqual([second, 'host']);
});

// Catches: a model squeezed onto too few cards, losing layers or sequences that all cards together have room for.
test('a model that one card does not hold takes two, not four', () => {
  // 16 GB of weights and 2 GiB of cache; with 16 sequences of 4,096 the cache alone takes 8 and a third card.
  expect(cards(plan(box('4x RTX 3060 12GB'), { sequences: 4 }))).toBe(2);
  expect(cards(plan(box('4x RTX 3060 12GB')))).toBe(3);
});

test('named cards and a named number of layers are left as they are', () => {
  const machine = box('2x RTX 4090');
  expect(cards(plan(machine, { devices: machine.gpus.map(({ id }) => id) }))).toBe(2);
  expect(cards(plan(machine, { gpuLayers: 12 }))).toBe(2);
});
