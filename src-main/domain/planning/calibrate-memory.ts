import type { Backend } from '../hardware.ts';
import {
  heldBytes,
  measuredBuffers,
  predictedBuffers,
  type LedgerDevice,
  type LedgerEntry,
} from '../ledger.ts';
import { GIB, MIB } from '../memory/ggml-types.ts';
import { NO_CALIBRATION, type Calibration, type Overhead } from '../memory/overhead.ts';

/** Loads that count: newer ones say more about the driver of today. */
const NEWEST = 20;
/** A first load or two say little about how loads vary: this much is allowed around them. */
const FEW = 3;
const FEW_SPREAD = 0.2;
/** Share of loads that the figure is to cover: a planner that is sometimes under is of no use. */
const COVERED = 0.9;
/** More than this between planned and free is no driver's context: something else took the memory meanwhile. */
const MOST_LEARNT_FROM_A_FAILURE = GIB;

/** What an overhead is taken from. */
interface Seen {
  readonly bytes: readonly number[];
  /** Lower bounds that failed loads set. */
  readonly atLeast: readonly number[];
}

/**
 * Overhead terms from past loads of one backend under one driver; other drivers' loads do not count. What nothing was
 * measured of keeps its guess. The CPU has no driver: pass null.
 */
export function calibrateMemory(
  entries: readonly LedgerEntry[],
  backend: Backend,
  driver: string | null,
): Calibration {
  const same = entries
    .filter((entry) => entry.backend === backend && entry.driver === driver)
    .toSorted((a, b) => b.at - a.at)
    .slice(0, NEWEST);
  if (same.length === 0) return NO_CALIBRATION;
  const host = overheadOf(seenOn(same, 'host'), 'process', 'this machine');
  const name = driver === null ? backend : `${backend}, driver ${driver}`;
  const device = backend === 'cpu' ? null : overheadOf(seenOn(same, 'gpu'), 'driver', name);
  return {
    process: host,
    driverContext: device === null ? {} : { [backend]: device },
  };
}

function seenOn(entries: readonly LedgerEntry[], where: 'host' | 'gpu'): Seen {
  const bytes: number[] = [];
  const atLeast: number[] = [];
  for (const entry of entries) {
    for (const device of entry.devices) {
      if ((device.deviceId === 'host') !== (where === 'host')) continue;
      const unseen = unseenBytes(entry, device);
      if (unseen !== null) bytes.push(unseen);
      const bound = where === 'gpu' ? lowerBound(entry, device) : null;
      if (bound !== null) atLeast.push(bound);
    }
  }
  return { bytes, atLeast };
}

/** Bytes of a load that no buffer of llama.cpp accounts for; null where that cannot be told. */
function unseenBytes(entry: LedgerEntry, device: LedgerDevice): number | null {
  if (entry.outcome !== 'loaded') return null;
  const held = heldBytes(device);
  const buffers = measuredBuffers(device);
  if (held === null || buffers === null || held === 0) return null;
  if (device.deviceId === 'host') {
    // The whole machine's rise says nothing about one process.
    if (device.processPeakBytes === null) return null;
    // Pages of a mapped file that were never touched are not resident: what is missing there is not an overhead below zero.
    return device.processPeakBytes > buffers ? device.processPeakBytes - buffers : null;
  }
  return Math.max(0, held - buffers);
}

/** What a load that failed for memory although it was planned to fit says: the overhead was at least what was left. */
function lowerBound(entry: LedgerEntry, device: LedgerDevice): number | null {
  if (entry.outcome !== 'out-of-memory') return null;
  const left = device.capacityBytes - predictedBuffers(device);
  return left > 0 && left <= MOST_LEARNT_FROM_A_FAILURE ? left : null;
}

function overheadOf(seen: Seen, kind: 'driver' | 'process', where: string): Overhead | null {
  const sorted = seen.bytes.toSorted((a, b) => a - b);
  const lowest = sorted[0];
  const highest = sorted.at(-1);
  if (lowest === undefined || highest === undefined) return null;
  const covered = sorted[Math.max(0, Math.ceil(COVERED * sorted.length) - 1)] ?? highest;
  const spread = sorted.length < FEW ? FEW_SPREAD : 0;
  const failed = Math.max(0, ...seen.atLeast);
  const bytes = Math.max(covered, failed);
  const loads = `${sorted.length} ${sorted.length === 1 ? 'load' : 'loads'}`;
  const failures = seen.atLeast.length === 0 ? '' : ` and ${seen.atLeast.length} that failed for memory`;
  const what = kind === 'driver' ? 'memory of the driver' : 'memory of the process';
  return {
    bytes,
    low: Math.floor(lowest * (1 - spread)),
    high: Math.ceil(Math.max(highest * (1 + spread), bytes)),
    basis: 'calibrated',
    source: `${what} beside llama.cpp's buffers in ${loads}${failures} here (${where}): ${Math.round(lowest / MIB)}–${Math.round(highest / MIB)} MiB`,
  };
}
