import { describe, expect, it } from 'vitest';
import { createThreadTuner } from '../../src-main/engine/runtime/thread-tuner.ts';

/** Runs steps on a machine where `cost` says how long one takes with so many threads; returns the count at the end and the time it all took. */
function run(
  most: number,
  steps: number,
  cost: (threads: number, step: number) => number,
): { threads: number; ms: number } {
  let threads = most;
  let ms = 0;
  const tuner = createThreadTuner(most, (count) => {
    threads = count;
  });
  for (let step = 0; step < steps; step++) {
    const took = cost(threads, step);
    ms += took;
    tuner.step(took);
  }
  expect(tuner.threads).toBe(threads);
  return { threads, ms };
}

describe('the number of threads', () => {
  it('stays at all of them on an idle machine, at a cost of about a percent', () => {
    const { threads, ms } = run(8, 20_000, (count) => 80 / count);
    expect(threads).toBe(8);
    expect(ms / (20_000 * 10)).toBeLessThan(1.02);
  });
  it('falls at once where threads wait for each other, though not on every step', () => {
    const busy = (count: number, step: number): number => (count === 1 ? 20 : step % 3 === 0 ? 400 : 12);
    expect(run(2, 16, busy).threads).toBe(1);
  });
  it('falls within a second or two when another program comes, and rises again when it goes', () => {
    const cost = (count: number, step: number): number => {
      const busy = step > 1000 && step < 2000;
      return count === 1 ? 20 : busy ? 300 : 11;
    };
    expect(run(2, 900, cost).threads).toBe(2);
    const { threads, ms } = run(2, 1500, cost);
    expect(threads).toBe(1);
    expect(ms).toBeLessThan(1000 * 11 + 500 * 20 + 60 * 300);
    expect(run(2, 4500, cost).threads).toBe(2);
  });
  it('takes half where half is best, as on cores of two kinds', () => {
    const cost = (count: number): number => ({ 8: 15, 4: 10, 1: 40 })[count] ?? 99;
    expect(run(8, 200, cost).threads).toBe(4);
  });
  it('does not wander for noise', () => {
    const changes = new Set<number>();
    run(2, 5000, (count, step) => {
      if (step % 300 === 299) changes.add(count);
      return count === 2 ? 10 + (step % 7) / 2 : 12 + (step % 5) / 2;
    });
    expect(changes.size).toBe(1);
  });
  it('is left alone when there is only one', () => {
    expect(run(1, 1000, () => 5)).toEqual({ threads: 1, ms: 5000 });
  });
});
