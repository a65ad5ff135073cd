import type { LedgerDevice, LedgerEntry, LoadOutcome } from '../../../src-main/domain/ledger.ts';
import type { PlanDevice } from '../../../src-main/domain/plan.ts';
import { MODELS, phaseOf } from './models.ts';
import { digest } from './text.ts';

const HOUR = 3_600_000;

/** Of each load: its model, what the buffers came to beside the prediction, and how it ended. */
const LOADS: readonly (readonly [model: number, factor: number, outcome: LoadOutcome])[] = [
  [0, 1, 'loaded'],
  [1, 0.998, 'loaded'],
  [4, 1, 'out-of-memory'],
  [5, 1.004, 'loaded'],
  [1, 0.991, 'loaded'],
  [0, 1, 'failed'],
  [6, 0.987, 'loaded'],
];

/** Loads of the last days, newest first: some to the byte, some a little off, one that ran out of memory. */
export function madeLoads(): LedgerEntry[] {
  return LOADS.flatMap(([at, factor, outcome], i): LedgerEntry[] => {
    const model = MODELS[at];
    if (model === undefined) return [];
    const phase = phaseOf(model, i % 2 === 0 ? 'generate' : 'judge', 2048);
    return [
      {
        id: LOADS.length - i,
        at: Date.now() - (i + 1) * 5 * HOUR,
        runId: i < 2 ? 1 : null,
        role: phase.role,
        modelName: model.name,
        modelSha256: digest(model.path),
        backend: 'cuda',
        driver: '570.86.10',
        settings: phase.settings,
        totalLayers: phase.totalLayers,
        versions: { llamaCpp: 'b6900', node: process.version },
        outcome,
        reason:
          outcome === 'out-of-memory'
            ? 'The card had no room for the cache; the run went on with fewer layers.'
            : outcome === 'failed'
              ? 'The engine ended while loading (signal SIGKILL).'
              : null,
        loadMs: outcome === 'loaded' ? 2140 : null,
        devices: phase.devices.map((device) => seen(device, outcome === 'loaded' ? factor : null)),
      },
    ];
  });
}

function seen(
  { deviceId, name, capacityBytes, components }: PlanDevice,
  factor: number | null,
): LedgerDevice {
  const part = (...names: string[]): number =>
    components.reduce((sum, c) => (names.includes(c.name) ? sum + c.bytes : sum), 0);
  const all = components.reduce((sum, { bytes }) => sum + bytes, 0);
  const before = deviceId === 'host' ? null : 310_000_000;
  return {
    deviceId,
    name,
    capacityBytes,
    predicted: components,
    measured:
      factor === null
        ? null
        : {
            weightsBytes: part('weights'),
            kvBytes: part('kv-cache'),
            computeBytes: Math.round(part('compute', 'output') / factor ** 8),
          },
    processPeakBytes: factor === null ? null : Math.round(all * 1.02),
    usedBeforeBytes: before,
    usedPeakBytes: before === null || factor === null ? null : Math.round(before + all * 1.02),
    usedAfterBytes: before,
  };
}
