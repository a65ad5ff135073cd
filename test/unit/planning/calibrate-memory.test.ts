import { expect, test } from 'vitest';
import type { LedgerDevice, LedgerEntry, LoadOutcome } from '../../../src-main/domain/ledger.ts';
import type { PlanPhase } from '../../../src-main/domain/plan.ts';
import { calibrateMemory } from '../../../src-main/domain/planning/calibrate-memory.ts';
import { fits, planModel, wishesFor } from '../../../src-main/domain/planning/plan-model.ts';
import { box, header, MIB } from './worlds.ts';

const HEADER = header('Llama-3-8B', 'Q4_K_M');
const MACHINE = box('8GB');

function plan(calibration = calibrateMemory([], 'cuda', '570')): PlanPhase {
  const wishes = {
    role: 'judge',
    modelId: 'm',
    modelName: 'M',
    calibration,
    contextPerSequence: 4096,
  } as const;
  return planModel(HEADER, MACHINE, wishesFor(wishes));
}

interface Load {
  readonly driver?: string;
  readonly outcome?: LoadOutcome;
  /** MiB beside llama.cpp's buffers on the card, and in RAM. */
  readonly context?: number;
  readonly process?: number;
  /** The driver does not tell of processes: only of the whole card, on which so many MiB were used before. */
  readonly wholeCardBefore?: number;
  readonly at?: number;
  readonly free?: number;
}

/** A load as planned, which took exactly the planned buffers and so much more. */
function load({
  driver = '570',
  outcome = 'loaded',
  context = 300,
  process = 150,
  at = 1,
  free,
  wholeCardBefore,
}: Load): LedgerEntry {
  const phase = plan();
  const sum = (device: PlanPhase['devices'][number], ...names: string[]): number =>
    device.components.reduce((total, c) => (names.includes(c.name) ? total + c.bytes : total), 0);
  const devices = phase.devices.map((device): LedgerDevice => {
    const measured = {
      weightsBytes: sum(device, 'weights'),
      kvBytes: sum(device, 'kv-cache'),
      computeBytes: sum(device, 'compute', 'output'),
    };
    const buffers = measured.weightsBytes + measured.kvBytes + measured.computeBytes;
    const held = buffers + (device.deviceId === 'host' ? process : context) * MIB;
    const before = wholeCardBefore === undefined ? null : wholeCardBefore * MIB;
    const unseen = device.deviceId !== 'host' && before !== null;
    const loaded = outcome === 'loaded';
    return {
      deviceId: device.deviceId,
      name: device.name,
      capacityBytes: free === undefined ? device.capacityBytes : buffers + free * MIB,
      predicted: device.components,
      measured: loaded ? measured : null,
      processPeakBytes: loaded && !unseen ? held : null,
      usedBeforeBytes: before,
      usedPeakBytes: loaded && before !== null ? before + held : null,
      usedAfterBytes: before,
    };
  });
  return {
    id: at,
    at,
    runId: 1,
    role: 'judge',
    modelName: 'M',
    modelSha256: null,
    backend: 'cuda',
    driver,
    settings: phase.settings,
    totalLayers: phase.totalLayers,
    versions: {},
    outcome,
    reason: null,
    loadMs: 1,
    devices,
  };
}

const contextOf = (entries: readonly LedgerEntry[], driver = '570') =>
  calibrateMemory(entries, 'cuda', driver).driverContext.cuda;

// Catches: a figure of another driver or backend taken for this one's, although contexts differ by hundreds of MiB.
test('loads count under the backend and driver that they ran with', () => {
  const entries = [load({ driver: '570', context: 300 }), load({ driver: '535', context: 450 })];
  expect(contextOf(entries)?.bytes).toBe(300 * MIB);
  expect(contextOf(entries, '535')?.bytes).toBe(450 * MIB);
  expect(contextOf(entries, '600')).toBeUndefined();
  expect(calibrateMemory(entries, 'vulkan', '570')).toEqual({ driverContext: {}, process: null });
  expect(calibrateMemory(entries, 'cpu', null)).toEqual({ driverContext: {}, process: null });
});

// Catches: the smallest or the mean of loads taken, so that every second load is under its plan.
test('the figure covers nine loads of ten, newest first, and few loads leave room', () => {
  const entries = Array.from({ length: 10 }, (_, i) => load({ context: 300 + i, at: i }));
  const learnt = contextOf(entries);
  expect(learnt).toMatchObject({ bytes: 308 * MIB, low: 300 * MIB, high: 309 * MIB, basis: 'calibrated' });
  expect(learnt?.source).toMatch(/in 10 loads here \(cuda, driver 570\): 300–309 MiB/);
  const one = contextOf([load({ context: 300 })]);
  expect(one?.high).toBe(360 * MIB);
  const old = Array.from({ length: 30 }, (_, i) => load({ context: i < 10 ? 900 : 300, at: i }));
  expect(contextOf(old)?.bytes).toBe(300 * MIB);
});

// Catches: other processes' memory counted as this one's, or nothing learnt where the driver does not tell of processes.
test('where only the whole card is known, its rise counts', () => {
  expect(contextOf([load({ context: 320, wholeCardBefore: 1500 })])?.bytes).toBe(320 * MIB);
});

// Catches: RAM of the process learnt with the buffers in it, or from a load that never was.
test('the process is what its peak leaves beside the buffers', () => {
  const { process } = calibrateMemory(
    [load({ process: 140 }), load({ process: 160, outcome: 'failed' })],
    'cuda',
    '570',
  );
  expect(process).toMatchObject({ bytes: 140 * MIB, basis: 'calibrated' });
});

// Catches: the same load refused by the card again and again, because a failure teaches nothing.
test('after a load that failed for memory, what failed is no longer planned to fit', () => {
  const loads = [1, 2, 3].map((at) => load({ context: 300, at }));
  const before = plan(calibrateMemory(loads, 'cuda', '570'));
  expect(fits(before)).toBe(true);
  expect(before.settings.gpuLayers).toBe(before.totalLayers);
  // 700 MiB were left beside the buffers, and the load failed all the same: the driver wanted more than that.
  const failed = load({ outcome: 'out-of-memory', free: 700, at: 4 });
  const learnt = contextOf([...loads, failed]);
  expect(learnt?.bytes).toBe(700 * MIB);
  expect(learnt?.source).toMatch(/in 3 loads and 1 that failed for memory/);
  // A card that was full of something else says nothing of the driver.
  const elsewhere = load({ outcome: 'out-of-memory', free: 5000, at: 5 });
  expect(contextOf([...loads, elsewhere])?.bytes).toBe(300 * MIB);
});
