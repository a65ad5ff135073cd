import { expect, test } from 'vitest';
import type { Gpu, Machine } from '../../../src-main/domain/hardware.ts';
import type { PlanPhase } from '../../../src-main/domain/plan.ts';
import {
  fits,
  planModel,
  total,
  wishesFor,
  type ModelWishes,
} from '../../../src-main/domain/planning/plan-model.ts';
import { phaseReasons, phaseVerdict } from '../../../src-main/domain/planning/verdict.ts';
import { smallSpec } from '../../fixtures/gguf-architectures.ts';
import { headerOf } from '../../fixtures/gguf-headers.ts';
import { box, GIB, header, MIB } from './worlds.ts';

const MODEL = { role: 'generate', modelId: 'm', modelName: 'M' } as const;

function plan(
  machine: Machine,
  wishes: Partial<ModelWishes> = {},
  model = header('Llama-3-8B', 'Q8_0'),
): PlanPhase {
  return planModel(model, machine, wishesFor({ ...MODEL, ...wishes }));
}

function withGpus(machine: Machine, change: (gpu: Gpu, i: number) => Partial<Gpu>): Machine {
  return { ...machine, gpus: machine.gpus.map((gpu, i) => ({ ...gpu, ...change(gpu, i) })) };
}

// Catches: a layer too many (does not fit) or too few (one more would have), on one card and on two of different size.
test.each(['RTX 4060', '2x RTX 3060 12GB', 'RTX 4060 + RTX 3060 12GB'])(
  'auto layers on %s are as many as fit and no more',
  (name) => {
    const model = header('Llama-3-8B', name === 'RTX 4060' ? 'Q8_0' : 'F16');
    for (const contextPerSequence of [512, 4096, 8192]) {
      const phase = plan(box(name), { contextPerSequence }, model);
      expect(fits(phase)).toBe(true);
      expect(phase.settings.gpuLayers).toBeGreaterThan(0);
      const { gpuLayers } = phase.settings;
      if (gpuLayers < phase.totalLayers) {
        expect(fits(plan(box(name), { contextPerSequence, gpuLayers: gpuLayers + 1 }, model))).toBe(false);
      }
    }
  },
);

// Catches: a reserve that is planned away.
test('the reserve of every device stays free', () => {
  const reserveBytes = 2 * GIB;
  const phase = plan(box('RTX 3060 12GB'), { reserveBytes }, header('Llama-3-8B', 'F16'));
  const card = phase.devices[0];
  expect(card?.reserveBytes).toBe(reserveBytes);
  expect((card?.capacityBytes ?? 0) - total(card?.components ?? [])).toBeGreaterThanOrEqual(reserveBytes);
  expect(card?.marginBytes).toBe((card?.capacityBytes ?? 0) - reserveBytes - total(card?.components ?? []));
});

// Catches: what is free taken for what is there; memory that another program holds planned over.
test('what others hold is not planned over', () => {
  const busy = withGpus(box('RTX 4060'), () => ({ vramFreeBytes: 3 * GIB, vramUsedBytes: 5 * GIB }));
  const [idlePhase, busyPhase] = [plan(box('RTX 4060')), plan(busy)];
  expect(busyPhase.settings.gpuLayers).toBeLessThan(idlePhase.settings.gpuLayers);
  expect(busyPhase.devices[0]?.capacityBytes).toBe(3 * GIB);
});

// Catches: a card too small for one layer used all the same; a CPU plan that still names a GPU.
test('a card that takes nothing leaves the model to the CPU', () => {
  const full = withGpus(box('RTX 4060'), () => ({ vramFreeBytes: 300 * MIB }));
  const phase = plan(full);
  expect(phase.settings).toMatchObject({ backend: 'cpu', gpuLayers: 0, devices: [] });
  expect(phase.devices.map((d) => d.deviceId)).toEqual(['host']);
  expect(phaseVerdict(phase)).toBe('tight');
  expect(phaseReasons(phase).join(' ')).toContain('No GPU has room for even one layer of M');
  expect(phaseVerdict(plan(full, { backend: 'cpu' }))).toBe('yes');
});

// Catches: a plan that fits the card while the rest overflows RAM.
test('layers that stay behind have to fit RAM', () => {
  const phase = plan(box('RTX 4060', 8), { mmap: false }, header('Llama-3.1-70B', 'Q4_K_M'));
  const host = phase.devices.find((d) => d.deviceId === 'host');
  expect(host?.marginBytes).toBeLessThan(0);
  expect(phaseVerdict(phase)).toBe('no');
  expect(phaseReasons(phase).join(' ')).toContain('RAM');
});

// Catches: a whole load that is called partial because totalLayers counts without the output layer.
test('a model that fits has every layer and the output on the card', () => {
  const phase = plan(box('RTX 4090'));
  expect(phase.totalLayers).toBe(33);
  expect(phase.settings.gpuLayers).toBe(33);
  expect(phaseVerdict(phase)).toBe('yes');
});

// Catches: sequences chosen so large that layers leave the card for them.
test('auto sequences take what is left over, and no layer', () => {
  const roomy = plan(box('RTX 4090'), { sequences: 'auto' });
  const narrow = plan(box('RTX 3060 12GB'), { sequences: 'auto' });
  const alone = plan(box('RTX 3060 12GB'), { sequences: 1 });
  expect(roomy.settings.sequences).toBe(16);
  expect(narrow.settings.sequences).toBeLessThan(16);
  expect(narrow.settings.gpuLayers).toBe(alone.settings.gpuLayers);
  expect(fits(narrow)).toBe(true);
});

// Catches: memory that is shared counted twice, or not at all.
test('on unified memory the model leaves less RAM', () => {
  const machine = box('Apple M2 24GB', 24);
  const phase = plan(machine, {}, header('Llama-3-8B', 'Q8_0'));
  const [card, host] = phase.devices;
  expect(phase.settings.backend).toBe('metal');
  expect(host?.capacityBytes).toBe(machine.memory.availableBytes - total(card?.components ?? []));
});

// Catches: software devices and cards of another backend chosen by themselves.
test('software devices are used only when named', () => {
  const software = withGpus(box('RTX 4060'), () => ({ software: true, backend: 'vulkan' }));
  expect(plan(software).settings.backend).toBe('cpu');
  const named = plan(software, { devices: [software.gpus[0]?.id ?? ''] });
  expect(named.settings.backend).toBe('vulkan');
});

// Catches: two GPU lists mixed up: components of one card shown on the other.
test('with two cards of different size the larger gets more, in the backend’s order', () => {
  const mixed = box('RTX 4060 + RTX 4090');
  const phase = plan(mixed, {}, header('Llama-3-8B', 'F16'));
  const [small, large] = phase.devices;
  expect(small?.name).toBe('RTX 4060');
  expect(total(large?.components ?? [])).toBeGreaterThan(total(small?.components ?? []));
  expect(phase.settings.devices).toEqual([0, 1]);
});

// Catches: a given split that is ignored.
test('a given split goes by its shares', () => {
  const even = plan(box('RTX 4060 + RTX 4090'), { split: [1, 1], gpuLayers: 33 });
  const weights = even.devices
    .slice(0, 2)
    .map((d) => d.components.find((c) => c.name === 'weights')?.bytes ?? 0);
  expect(Math.abs((weights[0] ?? 0) / (weights[1] ?? 1) - 1)).toBeLessThan(0.2);
});

// Catches: an unknown card (no memory read) planned as if it were empty or endless.
test('a card whose memory nobody knows gives an unknown verdict', () => {
  const dark = withGpus(box('RTX 4060'), () => ({ vramFreeBytes: null, vramTotalBytes: null }));
  expect(phaseVerdict(plan(dark, { gpuLayers: 33 }))).toBe('unknown');
});

// Catches: components without a source, or a guess sold as exact.
test('every number says where it comes from', () => {
  for (const phase of [plan(box('2x RTX 4090')), plan(box('cpu')), plan(box('RX 7900 XTX'))]) {
    for (const component of phase.devices.flatMap((d) => d.components)) {
      expect(component.source).not.toBe('');
      expect(component.bytes).toBeGreaterThanOrEqual(0);
      if (component.interval !== undefined) {
        expect(component.interval[0]).toBeLessThanOrEqual(component.bytes);
        expect(component.interval[1]).toBeGreaterThanOrEqual(component.bytes);
      }
    }
  }
});

// Catches: an architecture nobody modelled planned as if it were known.
test('an unknown architecture gets an interval and says that it is guessed', () => {
  const strange = { ...headerOf(smallSpec('llama', 'F16')), architecture: 'nobody-knows' };
  const renamed = Object.fromEntries(
    Object.entries(strange.metadata).map(([key, value]) => [key.replace(/^llama\./, 'nobody-knows.'), value]),
  );
  const phase = plan(
    box('RTX 4090'),
    { contextPerSequence: 512 },
    { ...strange, metadata: { ...renamed, 'general.architecture': 'nobody-knows' } },
  );
  const compute = phase.devices[0]?.components.find((c) => c.name === 'compute');
  expect(compute?.basis).toBe('guessed');
  expect(compute?.interval?.[1]).toBeGreaterThan(compute?.bytes ?? 0);
});
