import { CONTEXT_PADDING } from '../memory/kv-cache.ts';
import { padTo } from '../memory/ggml-types.ts';

/** Token counts of a dataset's real prompts under the model's own tokenizer, chat template included. */
export interface TokenCounts {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly total: number;
}

/** Counts of prompts in any order; all zero when there are none. Percentiles by nearest rank. */
export function countTokens(lengths: readonly number[]): TokenCounts {
  const sorted = lengths.toSorted((a, b) => a - b);
  const rank = (p: number): number => sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? 0;
  return {
    count: sorted.length,
    p50: rank(0.5),
    p99: rank(0.99),
    max: sorted.at(-1) ?? 0,
    total: sorted.reduce((sum, n) => sum + n, 0),
  };
}

/** Tokens kept free behind the longest answer: its end-of-generation token and a dummy of idle slots. */
const TAIL = 8;

/** What a dataset asks of the context. */
export interface ContextChoice {
  readonly contextPerSequence: number;
  /** A sentence when prompts had to be cut by the model's own limit; null when all fit. */
  readonly problem: string | null;
}

/**
 * The shortest context that holds the longest prompt and its answer, padded to 256 as llama.cpp does. At most what the
 * model was trained for: longer prompts are then said to be cut.
 */
export function contextFor(
  counts: TokenCounts,
  newTokens: number,
  contextTrained: number | null,
): ContextChoice {
  const needed = padTo(counts.max + newTokens + TAIL, CONTEXT_PADDING);
  if (contextTrained === null || needed <= padTo(contextTrained, CONTEXT_PADDING)) {
    return { contextPerSequence: needed, problem: null };
  }
  return {
    contextPerSequence: contextTrained,
    problem:
      `The longest prompt has ${counts.max} tokens and ${newTokens} may be written, but the model was trained for ${contextTrained}; ` +
      'shorten the prompts or choose a model with a longer context.',
  };
}
