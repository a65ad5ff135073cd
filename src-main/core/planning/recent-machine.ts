import type { Machine } from '../../domain/hardware.ts';

export interface RecentMachineDeps {
  /** Every source, the engine's probe included: seconds. */
  readonly read: (signal: AbortSignal) => Promise<Machine>;
  /** What is known without waiting for the probe; `pending` while it runs. */
  readonly quick: (signal: AbortSignal) => Promise<Machine>;
  /** Ends readings that nobody waits for. */
  readonly closing: AbortSignal;
  /** Ms of a clock that only goes forward. */
  readonly now?: () => number;
}

/** Free memory that is older is read anew, while the old value is given … */
const FRESH_MS = 2000;
/** … up to this age: after a pause nothing of it may hold any more. */
const STALE_MS = 15_000;

export interface RecentMachine {
  /** At once: what is known without the engine where no whole reading is fresh; `pending` before its first answer. */
  readonly now: (signal: AbortSignal) => Promise<Machine>;
  /** The last whole reading; waits for one where there is none of the last seconds. */
  readonly whole: (signal: AbortSignal) => Promise<Machine>;
}

/**
 * The machine for pages, which must not wait for the engine's probe each time they ask: readings are a little old, and are
 * followed by newer ones. Who needs the truth of this moment (a run) reads the machine itself.
 */
export function recentMachine({
  read,
  quick,
  closing,
  now = () => performance.now(),
}: RecentMachineDeps): RecentMachine {
  const last: { machine: Machine | null; at: number } = { machine: null, at: 0 };
  let reading: Promise<Machine> | null = null;
  const refresh = async (): Promise<Machine> => {
    try {
      last.machine = await read(closing);
      last.at = now();
      return last.machine;
    } finally {
      reading = null;
    }
  };
  const lastWithin = (ms: number): Machine | null => (now() - last.at <= ms ? last.machine : null);
  const following = (): Promise<Machine> | null => {
    if (reading === null && lastWithin(FRESH_MS) === null) {
      reading = refresh();
      // Whoever does not wait for it does not hear of its failure; the next one has it read again.
      reading.catch(() => undefined);
    }
    return reading;
  };
  return {
    async now(signal) {
      void following();
      return lastWithin(FRESH_MS) ?? quick(signal);
    },
    async whole(signal) {
      const next = following();
      const known = lastWithin(STALE_MS) ?? (await next) ?? (await read(signal));
      signal.throwIfAborted();
      return known;
    },
  };
}
