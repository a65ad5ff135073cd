import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { assert, boolean, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  explainFailure,
  parseComputeApps,
  parseGpuList,
  parseQueryGpu,
  withSliceMemory,
} from '../../../src-main/core/hardware/nvidia-smi-parse.ts';

const MIB = 1024 * 1024;
const fixture = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../fixtures/nvidia-smi', name), 'utf8');

describe('parseQueryGpu', () => {
  it('reads one card with every unit: a MiB taken for a MB would lose 5 % of the memory', () => {
    const { cards, notes } = parseQueryGpu(fixture('rtx-4090.csv'));
    expect(notes).toEqual([]);
    expect(cards).toEqual([
      {
        index: 0,
        uuid: 'GPU-5c1c0c29-6e2f-3b8d-9a5e-0d5b5c6f3b11',
        name: 'NVIDIA GeForce RTX 4090',
        totalBytes: 24564 * MIB,
        usedBytes: 1286 * MIB,
        freeBytes: 22799 * MIB,
        utilizationPercent: 3,
        temperatureCelsius: 41,
        powerWatts: 28.61,
        driver: '560.35.03',
      },
    ]);
  });

  it('keeps several cards apart, the busy one beside the idle one', () => {
    const { cards } = parseQueryGpu(fixture('a100-2x40gb.csv'));
    expect(cards.map((card) => [card.index, card.freeBytes])).toEqual([
      [0, 40339 * MIB],
      [1, 9065 * MIB],
    ]);
  });

  it('believes memory.free, not total minus used: the driver keeps some for itself', () => {
    const [card] = parseQueryGpu(fixture('tesla-p40.csv')).cards;
    expect(card?.freeBytes).toBe(24314 * MIB);
    expect(card?.name).toBe('Tesla P40');
  });

  it('takes [N/A] memory of a GB10 as unknown, never as zero and never as a failure', () => {
    const { cards, notes } = parseQueryGpu(fixture('gb10.csv'));
    expect(notes).toEqual([]);
    expect(cards[0]).toMatchObject({
      totalBytes: null,
      usedBytes: null,
      freeBytes: null,
      utilizationPercent: 0,
    });
  });

  it.each(['old-card.csv', 'erring-card.csv', 'vgpu-mig.csv', 'h100-mig-container.csv'])(
    'reads what %s has and leaves refused values out',
    (name) => {
      const { cards, notes } = parseQueryGpu(fixture(name));
      expect(notes).toEqual([]);
      expect(cards[0]).toMatchObject({ utilizationPercent: null, powerWatts: null });
      expect(cards[0]?.totalBytes).toBeGreaterThan(2000 * MIB);
    },
  );

  it('keeps the good card when another has fallen off the bus, and says which', () => {
    const { cards, notes } = parseQueryGpu(fixture('lost-card.csv'));
    expect(cards.map((card) => card.name)).toEqual(['NVIDIA GeForce RTX 3090']);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toContain('0000:0A:00.0');
    expect(notes[0]).toContain('restart');
  });

  it.each([
    ['driver-mismatch.txt', /different versions.*restart the computer/],
    ['no-driver.txt', /cannot reach NVIDIA's driver/],
    ['no-devices.txt', /finds no NVIDIA card/],
    ['old-field.txt', /too old/],
  ])('says what %s means and what to do', (name, sentence) => {
    const { cards, notes } = parseQueryGpu(fixture(name));
    expect(cards).toEqual([]);
    expect(notes).toEqual([expect.stringMatching(sentence)]);
  });

  it('finds columns by name: a driver that orders them otherwise must not swap used and free', () => {
    const text =
      'index, memory.free [MiB], memory.used [MiB], name\n0, 100 MiB, 7 MiB, A card, with a comma\n';
    expect(parseQueryGpu(text).cards[0]).toMatchObject({
      freeBytes: 100 * MIB,
      usedBytes: 7 * MIB,
      name: 'A card, with a comma',
      totalBytes: null,
    });
  });

  it('reads Windows line ends', () => {
    expect(parseQueryGpu(fixture('rtx-4090.csv').replaceAll('\n', '\r\n')).cards[0]?.driver).toBe(
      '560.35.03',
    );
  });

  it('never throws and never invents memory, whatever it is given', () => {
    const header = fixture('rtx-4090.csv').split('\n')[0] ?? '';
    assert(
      property(string(), boolean(), (garbage, under) => {
        const { cards, notes } = parseQueryGpu(under ? `${header}\n${garbage}` : garbage);
        for (const card of cards)
          for (const bytes of [card.totalBytes, card.usedBytes, card.freeBytes])
            expect(bytes === null || Number.isFinite(bytes)).toBe(true);
        expect(under || cards.length > 0 || notes.length === 1).toBe(true);
      }),
    );
  });
});

describe('MIG', () => {
  const slices = parseGpuList(fixture('h100-mig.list.txt'));

  it('lists slices under their card', () => {
    expect(slices.map((slice) => [slice.cardIndex, slice.position, slice.profile])).toEqual([
      [0, 0, '3g.40gb'],
      [0, 1, '3g.40gb'],
    ]);
  });

  it("takes each slice's own memory, not the card's: the first of two is half full", () => {
    const full = withSliceMemory(slices, fixture('h100-mig.xml'));
    expect(full.map((slice) => slice.freeBytes)).toEqual([20476 * MIB, 40411 * MIB]);
    expect(full[0]?.totalBytes).toBe(40448 * MIB);
  });

  it('leaves memory unknown where the XML is no XML', () => {
    expect(withSliceMemory(slices, 'nonsense')[0]?.totalBytes).toBeNull();
  });

  it('finds no slices on a card without MIG', () => {
    expect(
      parseGpuList('GPU 0: NVIDIA GeForce RTX 4090 (UUID: GPU-5c1c0c29-6e2f-3b8d-9a5e-0d5b5c6f3b11)\n'),
    ).toEqual([]);
  });
});

describe('parseComputeApps', () => {
  it('reads processes on several cards', () => {
    const apps = parseComputeApps(fixture('compute-apps.csv'));
    expect(apps.filter((app) => app.pid === 41872).map((app) => app.usedBytes)).toEqual([
      5236 * MIB,
      4980 * MIB,
    ]);
  });

  it('knows that WSL does not tell', () => {
    expect(parseComputeApps(fixture('compute-apps-wsl.csv'))).toEqual([
      { pid: 812, gpuUuid: 'GPU-b1f7f0a3-0c7d-47f0-2f0a-4d8e9b7c6a53', usedBytes: null },
    ]);
  });
});

it('quotes what it does not know, cut short', () => {
  expect(explainFailure('x'.repeat(500))).toContain('"xxx');
  expect(explainFailure('x'.repeat(500)).length).toBeLessThan(250);
});
