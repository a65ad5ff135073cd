/** Tokens and probabilities from the logits of a batch, without sorting the vocabulary or copying it to JavaScript. */
import type { Native, NativeContext, NativeSampler } from './binding.ts';
import type { Slot } from './slots.ts';
import type { Sampling } from './task.ts';

export interface Drawn {
  readonly token: number;
  /** ln p over the whole vocabulary at temperature 1. */
  readonly logprob: number;
}

/** A sampler that always takes the highest logit, unchanged by anything. */
export function createGreedy(native: Native): NativeSampler {
  const sampler = native.createSampler();
  sampler.applyConfig({ temperature: 0 });
  return sampler;
}

/** Greedy: the token is the maximum, so its negative log-probability is ln Σ exp(logit − max). */
export async function pick(context: NativeContext, slot: Slot, index: number): Promise<Drawn> {
  const [token, , , , total] = await context.sampleToken(index, slot.greedy, false, false, false, true);
  return { token, logprob: -Math.log(total ?? Number.NaN) };
}

/**
 * Draws by top-p, then temperature, then asks the untouched logits for the token's probability: the sampler has
 * scaled and cut the ones it drew from. The slot's sampler carries the random state from token to token.
 */
export async function draw(native: Native, slot: Slot, sampling: Sampling, index: number): Promise<Drawn> {
  if (!slot.sampler) {
    const { temperature, topP, seed } = sampling;
    slot.sampler = native.createSampler();
    slot.sampler.applyConfig(topP < 1 ? { temperature, topP, seed } : { temperature, seed });
  }
  const [token] = await native.context.sampleToken(index, slot.sampler, false, false, false, false);
  const { logits, max, total } = await readLogits(native.context, slot, index, [token]);
  return { token, logprob: (logits.get(token) ?? Number.NaN) - max - Math.log(total) };
}

interface Logits {
  readonly logits: ReadonlyMap<number, number>;
  readonly max: number;
  /** Σ exp(logit − max) over the vocabulary. */
  readonly total: number;
  readonly top: number;
}

async function readLogits(
  context: NativeContext,
  slot: Slot,
  index: number,
  tokens: readonly number[],
): Promise<Logits> {
  // The binding's own "include the highest" adds it only when it is there already; the greedy choice is the highest.
  const filter = [tokens, false, false, true, 0] as const;
  const sampled = await context.sampleToken(index, slot.greedy, false, false, filter, true);
  const [top, , , pairs = [], total] = sampled;
  const logits = new Map<number, number>();
  for (let at = 0; at + 1 < pairs.length; at += 2) logits.set(pairs[at] ?? -1, pairs[at + 1] ?? Number.NaN);
  return { logits, max: logits.get(top) ?? Number.NaN, total: total ?? Number.NaN, top };
}

/** Probabilities of labels over the whole vocabulary, in their order, and the most probable token. */
export async function weigh(
  context: NativeContext,
  slot: Slot,
  index: number,
  labels: readonly number[],
): Promise<{ probabilities: number[]; top: number }> {
  const { logits, max, total, top } = await readLogits(context, slot, index, labels);
  return {
    probabilities: labels.map((label) => Math.exp((logits.get(label) ?? Number.NaN) - max) / total),
    top,
  };
}
