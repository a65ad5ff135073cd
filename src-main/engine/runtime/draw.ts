/** Sampling in the open, for the public way: the same rule as the addon's chain, top-p before temperature. */
import type { Sampling } from './task.ts';

/** mulberry32: 32 bits of state, uniform in [0, 1). Public domain, by Tommy Ettinger. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * Draws from all logits, highest first: keeps the fewest tokens whose probability reaches topP, then weighs them by
 * exp(logit / temperature). `logprob` is ln p over the whole vocabulary at temperature 1.
 */
export function drawFrom(
  logits: ReadonlyMap<number, number>,
  sampling: Sampling,
  random: () => number,
): { token: number; logprob: number } {
  const sorted = [...logits].toSorted((a, b) => b[1] - a[1]);
  const max = sorted[0]?.[1] ?? 0;
  const total = sorted.reduce((sum, [, logit]) => sum + Math.exp(logit - max), 0);
  let mass = 0;
  let kept = 0;
  for (const [, logit] of sorted) {
    mass += Math.exp(logit - max) / total;
    kept += 1;
    if (mass >= sampling.topP) break;
  }
  const weights = sorted.slice(0, kept).map(([, logit]) => Math.exp((logit - max) / sampling.temperature));
  let left = random() * weights.reduce((sum, weight) => sum + weight, 0);
  let index = 0;
  while (index < kept - 1 && (left -= weights[index] ?? 0) >= 0) index += 1;
  const [token, logit] = sorted[index] ?? [-1, Number.NaN];
  return { token, logprob: logit - max - Math.log(total) };
}
