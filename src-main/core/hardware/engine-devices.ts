import type { BackendDevices } from './merge-gpus.ts';

/** Asks the engine, in short children of its own, which devices each of its backends sees. */
export type ProbeDevices = (signal: AbortSignal) => Promise<readonly BackendDevices[]>;

/** What the engine said. Free memory in it is of the moment `at`, epoch ms. */
export interface EngineDevices {
  /** Null when it did not answer, or is still being asked. */
  readonly devices: readonly BackendDevices[] | null;
  readonly at: number;
  readonly notes: readonly string[];
  readonly pending: boolean;
}

/**
 * The last good answer of each engine. Asking takes seconds and holds some memory on every card, so those who
 * only watch are content with what the last asker heard; which devices there are changes with the driver only.
 */
const lastAnswers = new WeakMap<ProbeDevices, EngineDevices>();

export const STILL_ASKING: EngineDevices = {
  devices: null,
  at: 0,
  notes: ['The engine is being asked which of the graphics cards it can use.'],
  pending: true,
};

/** Asks now. A failure becomes a note; only an aborted signal throws. */
export async function askEngine(probe: ProbeDevices | null, signal: AbortSignal): Promise<EngineDevices> {
  if (probe === null) return { devices: null, at: Date.now(), notes: [], pending: false };
  try {
    const devices = await probe(signal);
    const answer = { devices, at: Date.now(), notes: [], pending: false };
    lastAnswers.set(probe, answer);
    return answer;
  } catch (error) {
    signal.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    return {
      devices: null,
      at: Date.now(),
      notes: [`The engine could not be asked for its devices: ${why}`],
      pending: false,
    };
  }
}

/** What it said last, to whoever asked; null when it was never asked with success. */
export function lastAnswer(probe: ProbeDevices | null): EngineDevices | null {
  return probe === null ? null : (lastAnswers.get(probe) ?? null);
}
