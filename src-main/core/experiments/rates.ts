/** A rate over the last seconds: what a person watching wants to see, not the mean since the start. */
export interface RateMeter {
  /** Tells the running total at a time (ms). Totals never fall; a smaller one starts over. */
  add(total: number, at: number): void;
  /** Forgets all readings. */
  reset(): void;
  /** Per second over the window; null until there are two readings with time between them. */
  perSecond(): number | null;
}

/** @param windowMs how far back readings count. */
export function createRateMeter(windowMs = 10_000): RateMeter {
  let readings: { readonly total: number; readonly at: number }[] = [];
  return {
    add(total, at) {
      const last = readings.at(-1);
      if (last !== undefined && total < last.total) readings = [];
      readings.push({ total, at });
      while (readings.length > 2 && at - (readings[1]?.at ?? at) > windowMs) readings.shift();
    },
    reset() {
      readings = [];
    },
    perSecond() {
      const first = readings[0];
      const last = readings.at(-1);
      if (first === undefined || last === undefined || last.at - first.at < 200) return null;
      return ((last.total - first.total) * 1000) / (last.at - first.at);
    },
  };
}
