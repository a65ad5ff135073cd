export interface Rate {
  /** Tells that `bytes` have come over the network so far, at `at` (ms). */
  add(bytes: number, at: number): void;
  bytesPerSecond(): number | null;
  /** Time that `bytes` more take at this speed; null when it is not known. */
  etaSeconds(bytes: number): number | null;
}

/** Long enough to smooth a network's bursts, short enough to follow it. */
const WINDOW_MS = 5_000;

/** Speed over the last five seconds. */
export function createRate(): Rate {
  let samples: { bytes: number; at: number }[] = [];
  const bytesPerSecond = (): number | null => {
    const [first, last] = [samples[0], samples.at(-1)];
    if (first === undefined || last === undefined || last.at <= first.at) return null;
    return (1000 * (last.bytes - first.bytes)) / (last.at - first.at);
  };
  return {
    add(bytes, at) {
      samples.push({ bytes, at });
      samples = samples.filter((sample) => at - sample.at <= WINDOW_MS);
    },
    bytesPerSecond,
    etaSeconds(bytes) {
      const rate = bytesPerSecond();
      return rate === null || rate <= 0 ? null : bytes / rate;
    },
  };
}
