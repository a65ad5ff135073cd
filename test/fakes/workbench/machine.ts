import type { Gpu, Machine } from '../../../src-main/domain/hardware.ts';

const GIB = 1024 ** 3;

function card(index: number, name: string, totalGib: number, usedGib: number): Gpu {
  return {
    id: `GPU-0000000${index}`,
    index,
    name,
    backend: 'cuda',
    vendor: 'nvidia',
    vramTotalBytes: totalGib * GIB,
    vramUsedBytes: usedGib * GIB,
    vramFreeBytes: (totalGib - usedGib) * GIB,
    utilizationPercent: index === 0 ? 12 : 0,
    temperatureCelsius: 41 + index,
    powerWatts: 62.5,
    driver: '570.86.10',
    memorySource: 'nvidia-smi',
    unified: false,
    software: false,
  };
}

/** A workstation with two cards, or one without any; the used memory moves a little with each reading. */
export function readMachine(scenario: 'full' | 'empty', turn: number): Machine {
  const wave = (Math.sin(turn / 3) + 1) / 8;
  return {
    at: Date.now(),
    hostname: 'atlas',
    os: 'Ubuntu 24.04.2 LTS',
    arch: 'x64',
    gpus:
      scenario === 'empty'
        ? []
        : [
            card(0, 'NVIDIA GeForce RTX 4090', 23.99, 1.4 + wave),
            card(1, 'NVIDIA RTX A2000 12GB', 11.99, 0.31),
          ],
    cpu: {
      model: 'AMD Ryzen 9 7950X 16-Core Processor',
      physicalCores: 16,
      logicalCores: 32,
      features: ['avx2', 'avx512f', 'avx512vnni', 'f16c', 'fma'],
      loadPercent: 8 + wave * 20,
    },
    memory: {
      totalBytes: 62.6 * GIB,
      availableBytes: (48.1 - wave) * GIB,
      swapTotalBytes: 8 * GIB,
      swapUsedBytes: 0,
      source: 'os',
    },
    disks: [
      { path: '/home/ada/.local/share/assize', totalBytes: 1862 * GIB, freeBytes: 211 * GIB },
      { path: '/mnt/models', totalBytes: 3725 * GIB, freeBytes: 902 * GIB },
    ],
    notes:
      scenario === 'empty'
        ? [
            'nvidia-smi is not installed, so NVIDIA cards cannot be seen. With an NVIDIA card, install its driver.',
          ]
        : [],
  };
}
