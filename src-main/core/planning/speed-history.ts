import type { Machine } from '../../domain/hardware.ts';
import type { GgufHeader, ModelFile } from '../../domain/model.ts';
import type { Card } from '../../domain/planning/cards.ts';
import {
  calibrateSpeed,
  rooflineOf,
  UNCALIBRATED,
  type SpeedCalibration,
  type SpeedMeasurement,
} from '../../domain/planning/speed.ts';
import type { RunPhase } from '../../domain/run.ts';
import type { Store } from '../../store/api.ts';

export interface SpeedHistoryDeps {
  readonly store: Store;
  readonly list: () => readonly ModelFile[];
  readonly header: (model: ModelFile) => Promise<GgufHeader>;
}

/** Newer runs tell more of what this machine does today. */
const RUNS = 50;
const PHASES = 12;
/** Shorter phases are mostly start-up. */
const LEAST_MS = 5000;

/**
 * Shares of the roofline that this machine's own finished phases reached on the backend that it uses now. Models whose files
 * have gone say nothing.
 */
export async function speedHistory(
  deps: SpeedHistoryDeps,
  machine: Machine,
  cards: readonly Card[],
): Promise<SpeedCalibration> {
  const runs = await deps.store.call('runs.list', { limit: RUNS, before: null });
  const measurements: SpeedMeasurement[] = [];
  for (const phase of runs.flatMap((run) => run.phases)) {
    if (measurements.length >= PHASES) break;
    const measured = await measurementOf(deps, phase, machine, cards);
    if (measured !== null) measurements.push(measured);
  }
  return measurements.length === 0 ? UNCALIBRATED : calibrateSpeed(measurements);
}

async function measurementOf(
  { list, header }: SpeedHistoryDeps,
  phase: RunPhase,
  machine: Machine,
  cards: readonly Card[],
): Promise<SpeedMeasurement | null> {
  const { plan } = phase;
  if (plan === null || phase.state !== 'done' || phase.busyMs < LEAST_MS || phase.tokens === 0) return null;
  const here = machine.gpus.some((gpu) => !gpu.software && (gpu.problem ?? null) === null);
  if ((plan.settings.backend === 'cpu') === here) return null;
  const file = list().find(({ id }) => id === plan.modelId);
  if (file === undefined) return null;
  const rate = (phase.tokens * 1000) / phase.busyMs;
  return {
    roofline: rooflineOf(plan, await header(file), machine, cards),
    // A generator's tokens are those it wrote, a judge's those it read; reading is part of both times.
    tokensPerSecond: phase.role === 'generate' ? rate : null,
    promptTokensPerSecond: phase.role === 'judge' ? rate : null,
  };
}
