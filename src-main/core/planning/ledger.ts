import type { Backend, Machine } from '../../domain/hardware.ts';
import type { LedgerDevice, LedgerEntry, LoadOutcome } from '../../domain/ledger.ts';
import type { Calibration } from '../../domain/memory/overhead.ts';
import type { PlanPhase } from '../../domain/plan.ts';
import { calibrateMemory } from '../../domain/planning/calibrate-memory.ts';
import type { MeasuredPhase } from '../../domain/run.ts';
import type { Store } from '../../store/api.ts';
import type { Log } from '../log.ts';

/** A load as a run saw it. */
export interface SeenLoad {
  readonly at: number;
  readonly runId: number;
  readonly modelName: string;
  readonly modelSha256: string;
  readonly plan: PlanPhase;
  readonly versions: Readonly<Record<string, string>>;
  readonly outcome: LoadOutcome;
  readonly reason: string | null;
  readonly loadMs: number | null;
  /** Null when the load failed. */
  readonly measured: MeasuredPhase | null;
}

export interface LoadLedger {
  /** Writes what a load took. Never throws: a ledger that cannot be written costs its lesson, never a run. */
  record(load: SeenLoad): Promise<void>;
  /** Overheads as this machine's past loads have them, for one backend under the driver that it has now. */
  calibration(backend: Backend, machine: Machine): Promise<Calibration>;
}

/** Loads read for a calibration: many more than count, so that every backend has its own among them. */
const READ = 200;
/** Other processes write too: what was read holds for this long. */
const FRESH_MS = 10_000;

export interface LedgerDeps {
  readonly store: Store;
  readonly machine: (signal: AbortSignal) => Promise<Machine>;
  readonly log: Log;
}

export function createLedger({ store, machine, log }: LedgerDeps): LoadLedger {
  let read: { readonly at: number; readonly entries: Promise<LedgerEntry[]> } | null = null;
  const entries = (): Promise<LedgerEntry[]> => {
    if (read === null || Date.now() - read.at > FRESH_MS)
      read = { at: Date.now(), entries: store.call('ledger.list', { before: null, limit: READ }) };
    return read.entries;
  };
  return {
    async record(load) {
      try {
        const now = await machine(AbortSignal.timeout(10_000)).catch(() => null);
        await store.call('ledger.add', entryOf(load, now === null ? null : driverOf(now, load.plan)));
        read = null;
      } catch (error) {
        log.warn('a load was not written to the ledger', { run: load.runId, error: String(error) });
      }
    },
    async calibration(backend, now) {
      const driver = now.gpus.find((gpu) => gpu.backend === backend)?.driver ?? null;
      return calibrateMemory(await entries(), backend, backend === 'cpu' ? null : driver);
    },
  };
}

function driverOf(machine: Machine, plan: PlanPhase): string | null {
  const { backend } = plan.settings;
  if (backend === 'cpu') return null;
  const used = new Set(plan.devices.map((device) => device.deviceId));
  const gpu = machine.gpus.find(({ id }) => used.has(id)) ?? machine.gpus.find((g) => g.backend === backend);
  return gpu?.driver ?? null;
}

function entryOf(load: SeenLoad, driver: string | null): Omit<LedgerEntry, 'id'> {
  const { plan, measured } = load;
  return {
    at: load.at,
    runId: load.runId,
    role: plan.role,
    modelName: load.modelName,
    modelSha256: load.modelSha256,
    backend: plan.settings.backend,
    driver,
    settings: plan.settings,
    totalLayers: plan.totalLayers,
    versions: load.versions,
    outcome: load.outcome,
    reason: load.reason,
    loadMs: load.loadMs,
    devices: plan.devices.map((device): LedgerDevice => {
      const seen = measured?.devices.find(({ deviceId }) => deviceId === device.deviceId) ?? null;
      return {
        deviceId: device.deviceId,
        name: device.name,
        capacityBytes: device.capacityBytes,
        predicted: device.components,
        measured:
          seen === null
            ? null
            : { weightsBytes: seen.weightsBytes, kvBytes: seen.kvBytes, computeBytes: seen.computeBytes },
        processPeakBytes: seen?.peakBytes ?? null,
        usedBeforeBytes: seen?.beforeBytes ?? null,
        usedPeakBytes: seen?.usedPeakBytes ?? null,
        usedAfterBytes: seen?.afterBytes ?? null,
      };
    }),
  };
}
