/**
 * How many threads, found by measuring. llama.cpp's threads wait for each other by spinning, some hundred times a
 * step; where another program takes one of the cores, every wait lasts until the scheduler's next turn, and two
 * threads were seen to be ten times slower than one. The number changes the time of a step and not one bit of its
 * result, so it may be chosen at any moment.
 */

/** Steps between two looks at the other counts: a few trial steps in so many cost about a percent. */
const FIRST_INTERVAL = 256;
const LAST_INTERVAL = 2048;
/** The first look comes at once: a machine that is busy now must not wait for it. */
const WARM_INTERVAL = 4;
/** The first step after a change wakes threads and is not counted. */
const TRIAL_STEPS = 4;
/** Another count must be clearly faster; noise alone must not make it wander. */
const CLEARLY = 0.85;
const REMEMBERED = 8;
/** When steps become this much slower than they were, something else has come to run: look again. */
const SLOWED = 1.7;
const LEAST_INTERVAL = 24;

export interface ThreadTuner {
  readonly threads: number;
  /** Told the time of each step of the loop's constant shape, ms; may change the count for the next. */
  step(ms: number): void;
}

/** The mean, not the median: what counts is the time of all steps, and waiting comes in few, long steps. */
function mean(values: readonly number[]): number {
  return values.length === 0 ? Infinity : values.reduce((sum, value) => sum + value, 0) / values.length;
}

interface Trial {
  readonly threads: number;
  readonly left: readonly number[];
  readonly times: number[];
  readonly best: { readonly threads: number; readonly ms: number };
}

/** `set` is called with the count to use from the next step on; `most` is the plan's number. Tried: all, half, one. */
export function createThreadTuner(most: number, set: (threads: number) => void): ThreadTuner {
  const counts = [...new Set([most, Math.ceil(most / 2), 1])];
  let current = most;
  let recent: number[] = [];
  let sinceTrial = 0;
  let interval = WARM_INTERVAL;
  let settled = Infinity;
  let trial: Trial | null = null;

  const next = (left: readonly number[], best: Trial['best']): void => {
    const [threads, ...rest] = left;
    if (threads !== undefined) {
      trial = { threads, left: rest, times: [], best };
      set(threads);
      return;
    }
    const stayed = best.threads === current && interval !== WARM_INTERVAL;
    interval = stayed ? Math.min(2 * interval, LAST_INTERVAL) : FIRST_INTERVAL;
    current = best.threads;
    recent = [];
    sinceTrial = 0;
    settled = Infinity;
    trial = null;
    set(current);
  };
  const due = (): boolean => {
    if (sinceTrial >= interval) return true;
    const now = mean(recent);
    if (recent.length === REMEMBERED) settled = Math.min(settled, now);
    return sinceTrial >= LEAST_INTERVAL && now > SLOWED * settled;
  };
  return {
    get threads() {
      return current;
    },
    step(ms) {
      if (counts.length === 1) return;
      if (trial) {
        trial.times.push(ms);
        const counted = trial.times.slice(1);
        // A count that is clearly the slower need not be tried to the end; its first step must be that by more.
        const isLost = ms * CLEARLY > (counted.length === 0 ? 3 : 1.5) * trial.best.ms;
        if (trial.times.length < TRIAL_STEPS && !isLost) return;
        const tried = mean(counted.length > 0 ? counted : trial.times);
        next(trial.left, tried < trial.best.ms ? { threads: trial.threads, ms: tried } : trial.best);
        return;
      }
      recent.push(ms);
      if (recent.length > REMEMBERED) recent.shift();
      sinceTrial += 1;
      if (!due()) return;
      const others = counts.filter((count) => count !== current);
      next(others, { threads: current, ms: mean(recent) * CLEARLY });
    },
  };
}
