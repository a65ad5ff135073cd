export interface Rate {
  /** Tells that `bytes` of the whole are done at `at` (ms). */
  add(bytes: number, at: number): void;
  bytesPerSecond(): number | null;
  etaSeconds(total: number | null): number | null;
}

/** Long enough to smooth a network's bursts, short enough to follow it. */
const WINDOW_MS = 5_000;

/** Speed over the last five seconds, and the time the rest takes at that speed. */
export function createRate(): Rate {
  let samples: { bytes: number; at: number }[] = [];
  const bytesPerSecond = (): number | null => {
    const [first, last] = [samples[0], samples.at(-1)];
    if (first === undefined || last === undefined || last.at <= first.at) return null;
    return (1000 * (last.bytes - first.bytes)) / (last.at - first.at);
  };
  return {
    add(bytes, at) {
      // A file that starts again from nothing has no speed yet.
      if (bytes < (samples.at(-1)?.bytes ?? 0)) samples = [];
      samples.push({ bytes, at });
      samples = samples.filter((sample) => at - sample.at <= WINDOW_MS);
    },
    bytesPerSecond,
    etaSeconds(total) {
      const rate = bytesPerSecond();
      const done = samples.at(-1)?.bytes ?? 0;
      return total === null || rate === null || rate <= 0 ? null : Math.max(0, total - done) / rate;
    },
  };
}
