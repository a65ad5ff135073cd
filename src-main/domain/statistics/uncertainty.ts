import { sameLength } from './checks.ts';
import { auroc } from './roc.ts';

/**
 * Scores of one answer from its token log-probabilities (ln p of each token drawn, temperature 1, full
 * vocabulary).
 */
export interface SequenceScores {
  readonly tokens: number;
  /**
   * G-NLL: −Σ ln p of the greedy answer (Aichberger et al. 2024, arXiv 2412.15176); nats, higher is more
   * uncertain.
   */
  readonly gNll: number;
  /** G-NLL with the end-of-generation token; null when none was drawn. */
  readonly gNllWithEog: number | null;
  /** −mean ln p (Malinin and Gales 2021), nats a token. */
  readonly lengthNormalisedNll: number;
  /** exp(−mean ln p). */
  readonly perplexity: number;
  /** p of the first token, and the least p of any token: lower is more uncertain. */
  readonly firstTokenProbability: number;
  readonly minimumTokenProbability: number;
}

/**
 * Scores of one answer; null without tokens. `eogLogprob` is ln p of the end-of-generation token, if one
 * was drawn.
 */
export function sequenceScores(
  logprobs: ArrayLike<number>,
  eogLogprob: number | null = null,
): SequenceScores | null {
  const first = logprobs[0];
  if (first === undefined) return null;
  let total = 0;
  let least = first;
  for (let i = 0; i < logprobs.length; i += 1) {
    const value = logprobs[i] ?? 0;
    total += value;
    if (value < least) least = value;
  }
  const perToken = -total / logprobs.length;
  return {
    tokens: logprobs.length,
    gNll: 0 - total,
    gNllWithEog: eogLogprob === null ? null : 0 - total - eogLogprob,
    lengthNormalisedNll: perToken,
    perplexity: Math.exp(perToken),
    firstTokenProbability: Math.exp(first),
    minimumTokenProbability: Math.exp(least),
  };
}

/**
 * Relevance-weighted G-NLL: Σ r·(−ln p), r in [0, 1] given for each token (1 for all is G-NLL). Keeps
 * G-NLL's scale, unlike {@link tokenSar}. RangeError when the lists differ in length.
 */
export function relevanceWeightedNll(logprobs: ArrayLike<number>, relevance: ArrayLike<number>): number {
  sameLength(logprobs, relevance, 'Log-probabilities and relevances');
  let total = 0;
  for (let i = 0; i < logprobs.length; i += 1) total -= (relevance[i] ?? 0) * (logprobs[i] ?? 0);
  return total;
}

/**
 * Token-level SAR (Duan et al. 2024, "Shifting Attention to Relevance"): −Σ r̃·ln p with relevances
 * normalised to add up to 1 within the answer; −mean ln p when none is relevant. 0 without tokens.
 */
export function tokenSar(logprobs: ArrayLike<number>, relevance: ArrayLike<number>): number {
  const weighted = relevanceWeightedNll(logprobs, relevance);
  const total = Array.from(relevance).reduce((a, b) => a + b, 0);
  if (total > 0) return weighted / total;
  return logprobs.length === 0 ? 0 : -Array.from(logprobs).reduce((a, b) => a + b, 0) / logprobs.length;
}

export interface PrefixPoint {
  /** Tokens of the answer read, from its beginning; shorter answers are read whole. */
  readonly tokens: number;
  readonly auroc: number | null;
}

/**
 * AUROC of the NLL of an answer's first k tokens for finding incorrect answers, by k: how early the model
 * knows. `positions` are the k to compute, 1 or more.
 */
export function prefixCurve(
  logprobs: readonly ArrayLike<number>[],
  incorrect: readonly boolean[],
  positions: readonly number[],
): PrefixPoint[] {
  sameLength(logprobs, incorrect, 'Answers and verdicts');
  const cumulative = logprobs.map((answer) => {
    let total = 0;
    return Float64Array.from(answer, (value) => (total -= value));
  });
  return positions.map((tokens) => ({
    tokens,
    auroc: auroc(
      cumulative.map((nll) => nll[Math.min(tokens, nll.length) - 1] ?? 0),
      incorrect,
    ),
  }));
}

/**
 * Mean NLL at each token position over answers, for a chart: how many answers reach the position, and their
 * mean.
 */
export function nllByPosition(
  logprobs: readonly ArrayLike<number>[],
  positions: number,
): { readonly position: number; readonly answers: number; readonly meanNll: number }[] {
  return Array.from({ length: positions }, (_, position) => {
    const values = logprobs.flatMap((answer) => (position < answer.length ? [-(answer[position] ?? 0)] : []));
    return {
      position: position + 1,
      answers: values.length,
      meanNll: values.reduce((a, b) => a + b, 0) / values.length,
    };
  }).filter(({ answers }) => answers > 0);
}
