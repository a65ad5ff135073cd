import { describe, expect, it } from 'vitest';

import { mergeGpus } from '../../../src-main/core/hardware/merge-gpus.ts';
import type { BackendDevices, GpuSources } from '../../../src-main/core/hardware/merge-gpus.ts';
import type { MigSlice, NvidiaCard } from '../../../src-main/core/hardware/nvidia-smi-parse.ts';
import type { SysfsCard } from '../../../src-main/core/hardware/sysfs-cards.ts';

const GIB = 2 ** 30;

const card = (index: number, name: string, more: Partial<NvidiaCard> = {}): NvidiaCard => ({
  index,
  uuid: `GPU-${index}`,
  name,
  totalBytes: 24 * GIB,
  usedBytes: 2 * GIB,
  freeBytes: 22 * GIB,
  utilizationPercent: 5,
  temperatureCelsius: 40,
  powerWatts: 30,
  driver: '560.35.03',
  ...more,
});

const amd = (more: Partial<SysfsCard> = {}): SysfsCard => ({
  card: 'card0',
  vendor: 'amd',
  name: null,
  totalBytes: 24 * GIB,
  usedBytes: 1 * GIB,
  utilizationPercent: 7,
  temperatureCelsius: 50,
  powerWatts: 25,
  ...more,
});

const backend = (
  name: BackendDevices['backend'],
  ...devices: readonly { name: string; total?: number; free?: number; software?: boolean }[]
): BackendDevices => ({
  backend: name,
  devices: devices.map((device, index) => ({
    name: device.name,
    index,
    totalBytes: device.total ?? 24 * GIB,
    freeBytes: device.free ?? 20 * GIB,
    software: device.software ?? false,
  })),
});

const sources = (more: Partial<GpuSources>): GpuSources => ({
  nvidia: [],
  slices: [],
  sysfs: [],
  probe: [],
  names: [],
  memory: { totalBytes: 64 * GIB, availableBytes: 48 * GIB },
  ...more,
});

describe('mergeGpus', () => {
  it('lists a card once that nvidia-smi, CUDA and Vulkan all see, with the memory of nvidia-smi', () => {
    const { gpus, notes } = mergeGpus(
      sources({
        nvidia: [card(0, 'NVIDIA GeForce RTX 4090')],
        probe: [
          backend('cuda', { name: 'NVIDIA GeForce RTX 4090', free: 21 * GIB }),
          backend('vulkan', { name: 'NVIDIA GeForce RTX 4090', free: 21 * GIB }),
        ],
      }),
    );
    expect(gpus).toHaveLength(1);
    expect(gpus[0]).toMatchObject({
      id: 'GPU-0',
      backend: 'cuda',
      vramFreeBytes: 22 * GIB,
      memorySource: 'nvidia-smi',
      problem: null,
    });
    expect(notes).toEqual([]);
  });

  it('keeps two equal cards two', () => {
    const a100 = 'NVIDIA A100-SXM4-40GB';
    const { gpus } = mergeGpus(
      sources({
        nvidia: [card(0, a100), card(1, a100)],
        probe: [backend('cuda', { name: a100 }, { name: a100 })],
      }),
    );
    expect(gpus.map((gpu) => [gpu.id, gpu.index])).toEqual([
      ['GPU-0', 0],
      ['GPU-1', 1],
    ]);
  });

  it('says that the engine cannot use a card that only nvidia-smi sees', () => {
    const { gpus, notes } = mergeGpus(sources({ nvidia: [card(0, 'Tesla K80')], probe: [backend('cuda')] }));
    expect(gpus[0]?.problem).toContain('does not see Tesla K80');
    expect(notes[0]).toContain('560.35.03');
  });

  it('says nothing about the engine when it was not asked', () => {
    const { gpus, notes } = mergeGpus(sources({ nvidia: [card(0, 'Tesla P40')], probe: null }));
    expect(gpus[0]).toMatchObject({ backend: 'cuda', problem: null });
    expect(notes).toEqual([]);
  });

  it("counts a card as Vulkan counts it when CUDA does not work: nvidia-smi's index would name another card", () => {
    const { gpus, notes } = mergeGpus(
      sources({
        nvidia: [card(0, 'NVIDIA GeForce RTX 3090')],
        probe: [
          backend('vulkan', { name: 'Intel(R) UHD Graphics 770' }, { name: 'NVIDIA GeForce RTX 3090' }),
        ],
      }),
    );
    expect(gpus[0]).toMatchObject({ backend: 'vulkan', index: 1, memorySource: 'nvidia-smi' });
    expect(notes[0]).toContain('Vulkan');
    expect(gpus[1]).toMatchObject({ vendor: 'intel', unified: true, vramFreeBytes: 20 * GIB });
  });

  it('gives a GB10 the memory of the machine, free RAM deciding', () => {
    const { gpus } = mergeGpus(
      sources({
        nvidia: [card(0, 'NVIDIA GB10', { totalBytes: null, usedBytes: null, freeBytes: null })],
        probe: [backend('cuda', { name: 'NVIDIA GB10', total: 120 * GIB, free: 100 * GIB })],
        memory: { totalBytes: 120 * GIB, availableBytes: 70 * GIB },
      }),
    );
    expect(gpus[0]).toMatchObject({
      unified: true,
      vramTotalBytes: 120 * GIB,
      vramFreeBytes: 70 * GIB,
      memorySource: 'os',
    });
  });

  it('lists the slices of a card instead of the card: its memory cannot be had as a whole', () => {
    const slice = (position: number): MigSlice => ({
      cardUuid: 'GPU-0',
      cardIndex: 0,
      position,
      uuid: `MIG-${position}`,
      profile: '3g.40gb',
      totalBytes: 40 * GIB,
      usedBytes: 0,
      freeBytes: 40 * GIB,
    });
    const { gpus } = mergeGpus(
      sources({
        nvidia: [card(0, 'NVIDIA H100 80GB HBM3')],
        slices: [slice(0), slice(1)],
        probe: [backend('cuda', { name: 'NVIDIA H100 80GB HBM3 MIG 3g.40gb' })],
      }),
    );
    expect(gpus.map((gpu) => gpu.id)).toEqual(['MIG-0', 'MIG-1']);
    expect(gpus[0]?.name).toBe('NVIDIA H100 80GB HBM3 MIG 3g.40gb');
  });

  it("takes AMD's free memory from the kernel and the name and index from Vulkan", () => {
    const { gpus } = mergeGpus(
      sources({
        sysfs: [amd()],
        probe: [
          backend(
            'vulkan',
            { name: 'AMD Radeon Graphics (RADV RAPHAEL_MENDOCINO)', total: 32 * GIB },
            { name: 'AMD Radeon RX 7900 XTX (RADV NAVI31)', total: 24.5 * GIB, free: 24.5 * GIB },
          ),
        ],
      }),
    );
    expect(gpus[0]).toMatchObject({
      name: 'AMD Radeon RX 7900 XTX (RADV NAVI31)',
      index: 1,
      vramFreeBytes: 23 * GIB,
      memorySource: 'sysfs',
      unified: false,
    });
    expect(gpus[1]).toMatchObject({ unified: true, memorySource: 'engine-probe' });
    expect(gpus).toHaveLength(2);
  });

  it('does not take the 512 MiB carve-out of an integrated AMD chip for all it can use', () => {
    const { gpus } = mergeGpus(
      sources({
        sysfs: [amd({ totalBytes: GIB / 2, usedBytes: GIB / 4 })],
        probe: [
          backend('vulkan', { name: 'AMD Radeon 780M (RADV PHOENIX)', total: 28 * GIB, free: 27 * GIB }),
        ],
        memory: { totalBytes: 32 * GIB, availableBytes: 20 * GIB },
      }),
    );
    expect(gpus).toHaveLength(1);
    expect(gpus[0]).toMatchObject({ unified: true, vramTotalBytes: 28 * GIB, vramFreeBytes: 20 * GIB });
  });

  it('names an AMD card that the engine does not see, and says what to install', () => {
    const { gpus } = mergeGpus(sources({ sysfs: [amd()], names: ['Navi 31 [Radeon RX 7900 XT/7900 XTX]'] }));
    expect(gpus[0]?.name).toBe('Navi 31 [Radeon RX 7900 XT/7900 XTX]');
    expect(gpus[0]?.problem).toContain('Vulkan');
  });

  it('lists a card once that two backends of the engine see under slightly different names', () => {
    const { gpus } = mergeGpus(
      sources({
        probe: [
          backend(
            'vulkan',
            { name: 'AMD Radeon RX 7900 XTX (RADV NAVI31)' },
            { name: 'Intel(R) Arc(TM) A770' },
          ),
          backend('cuda', { name: 'Radeon RX 7900 XTX' }),
        ],
      }),
    );
    expect(gpus.map((gpu) => [gpu.backend, gpu.index, gpu.vendor])).toEqual([
      ['cuda', 0, 'amd'],
      ['vulkan', 1, 'intel'],
    ]);
  });

  it('marks Metal as unified and capped by free memory', () => {
    const { gpus } = mergeGpus(
      sources({
        probe: [backend('metal', { name: 'Apple M3 Max', total: 48 * GIB, free: 47 * GIB })],
        memory: { totalBytes: 64 * GIB, availableBytes: 30 * GIB },
      }),
    );
    expect(gpus[0]).toMatchObject({ vendor: 'apple', unified: true, vramFreeBytes: 30 * GIB });
  });

  it('marks llvmpipe as software: it must never be chosen by default', () => {
    const { gpus } = mergeGpus(
      sources({ probe: [backend('vulkan', { name: 'llvmpipe (LLVM 15.0.6, 256 bits)', software: true })] }),
    );
    expect(gpus[0]).toMatchObject({ vendor: 'software', software: true });
  });
});
