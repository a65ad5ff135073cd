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

// Catches: a MIG slice placed by the number of its card, which is the first slice's.
test('cards and slices with names of CUDA are placed by these, others by number', () => {
  const ids = ['GPU-1c', 'MIG-7f/1/0'];
  const named = withGpus(box('RTX 4060 + RTX 4090'), (_, index) => ({ id: ids[index] ?? '' }));
  expect(plan(named, {}, header('Llama-3-8B', 'F16')).settings).toMatchObject({
    devices: [0, 1],
    deviceIds: ids,
  });
  const numbered = withGpus(box('RTX 4060 + RTX 4090'), (_, index) => ({ id: `cuda:${index}` }));
  expect(plan(numbered, {}, header('Llama-3-8B', 'F16')).settings.deviceIds).toBeUndefined();
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

// Catches: weights that a small device cannot bind planned on it. Figures of llama.cpp's dry run of this header on Mesa's
// device in software, whose largest binding is 128 MiB: all 33 layers leave the 410.98 MiB of output.weight in RAM.
test('a Vulkan device in software takes no tensor above its largest binding; a real one does', () => {
  const software = withGpus(box('24GB'), () => ({ backend: 'vulkan', software: true }));
  const q4 = header('Llama-3-8B', 'Q4_K_M');
  const on = (machine: Machine): number[] =>
    plan(machine, { gpuLayers: 33, devices: machine.gpus.map((gpu) => gpu.id), mmap: false }, q4).devices.map(
      (d) => (d.components.find((c) => c.name === 'weights')?.bytes ?? 0) / MIB,
    );
  const [gpu = 0, host = 0] = on(software);
  expect(gpu).toBeCloseTo(3992.52, 1);
  expect(host).toBeCloseTo(692.79, 1);
  const [real = 0] = on(withGpus(box('24GB'), () => ({ backend: 'vulkan' })));
  expect(real).toBeCloseTo(4403.49, 1);
});

function withCpu(features: readonly string[], arch = 'x64'): Machine {
  const machine = box('cpu');
  return { ...machine, arch, cpu: { ...machine.cpu, features } };
}

// Catches: a file mapped although most of it is copied for the CPU's kernels, so that it lies in memory twice.
test.each([
  ['Q4_K_M', ['avx2'], false],
  ['Q8_0', ['avx2'], true],
  ['Q8_0', ['avx512f', 'avx512_vnni', 'amx_int8'], false],
  ['F16', ['avx2', 'avx512f'], true],
] as const)('on the CPU, %s with %j is mapped: %s', (recipe, features, mapped) => {
  const phase = plan(withCpu(features), {}, header('Llama-3-8B', recipe));
  expect(phase.settings.mmap).toBe(mapped);
  const weights = phase.devices[0]?.components.find((c) => c.name === 'weights');
  expect(weights?.basis).toBe('exact');
  // 4685.30 MiB of Q4_K_M in the file; AMX packs Q8_0 in blocks of 38 instead of 34 bytes, but for the table that is looked up.
  const [table, others] = [532.31, 7605.33];
  const expected = {
    'Q4_K_M true': 4685.3,
    'Q4_K_M false': 4685.3,
    'Q8_0 true': table + others,
    'Q8_0 false': table + (others * 38) / 34,
    'F16 true': 15317.02,
    'F16 false': 15317.02,
  };
  // Norms are not packed: half a MiB.
  const wanted = expected[`${recipe} ${mapped}`];
  expect(Math.abs((weights?.bytes ?? 0) / MIB - wanted)).toBeLessThan(0.5);
});

// Catches: with a card the weights in RAM counted as packed, or the file read instead of mapped.
test('layers beside a card stay mapped as they are in the file', () => {
  const machine = { ...box('RTX 4060'), cpu: withCpu(['avx2']).cpu };
  const phase = plan(machine, { gpuLayers: 8 }, header('Llama-3-8B', 'Q4_K_M'));
  expect(phase.settings.mmap).toBe(true);
  const host = phase.devices.find((d) => d.deviceId === 'host');
  const weights = host?.components.find((c) => c.name === 'weights')?.bytes ?? 0;
  // 4685.30 MiB in all, 410.98 + 896.57 of them on the card (llama.cpp's placement of 8 layers: 1307.55).
  expect(weights / MIB).toBeCloseTo(4685.3 - 1307.55, 0);
});

// Catches: a cache in an experimental type that is planned without a word.
test('a KV cache that is not f16 is said to be experimental', () => {
  const reasons = (kvType: 'f16' | 'q8_0'): string =>
    phaseReasons(plan(box('RTX 4090'), { kvType }, header('Llama-3-8B', 'Q8_0'))).join(' ');
  expect(reasons('q8_0')).toMatch(/q8_0.*experimental/);
  expect(reasons('f16')).not.toMatch(/experimental/);
});
