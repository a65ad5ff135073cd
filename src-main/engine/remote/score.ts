import type { ScoreJob, ScoreResult } from '../engine.ts';
import { renderedText } from './dialect.ts';
import type { Completion, ToldToken } from './replies.ts';

/** Of a token that begins two labels: below this it is noise, from here on the labels cannot be told apart. */
const CONFLICT_MASS = 0.02;

type Top = Omit<ToldToken, 'top'>;

/** The labels that a token may be the beginning of, or all of: "corr" of "correct", "A." of "A". */
function begun(token: Top, labels: readonly string[]): number[] {
  const text = token.text.trim();
  if (text === '') return [];
  const exact = labels.indexOf(text);
  if (exact >= 0) return [exact];
  return labels.flatMap((label, index) => {
    if (label.startsWith(text)) return [index];
    const rest = text.startsWith(label) ? text.slice(label.length) : null;
    return rest !== null && !/^[\p{L}\p{N}_]/u.test(rest) ? [index] : [];
  });
}

/**
 * Probabilities of labels from the most probable next tokens, which is all that a server tells: a label's is the sum over
 * the tokens that begin it, whichever way the server cuts it up, with a space before it or not. A label that is not
 * among them has 0. Where one token begins two labels, an error says so.
 */
export function scoreOf(
  job: ScoreJob,
  completion: Completion,
  promptTokens: number,
  durationMs: number,
): ScoreResult {
  const labels = job.labels.map((label) => label.trim());
  const first = completion.tokens?.[0];
  const base = {
    id: job.id,
    renderedPrompt: renderedText(job.prompt),
    promptTokens,
    durationMs,
    labelTokens: [],
    error: null,
  };
  if (first === undefined) {
    return { ...base, probabilities: labels.map(() => 0), topToken: '', reply: completion.text.trim() };
  }
  const top: readonly Top[] = first.top.length > 0 ? first.top : [first];
  const probabilities = labels.map(() => 0);
  const ids = new Map<number, { readonly id: number; readonly p: number }>();
  let conflict: Top | null = null;
  for (const token of top) {
    const p = Math.min(1, Math.exp(token.logprob));
    const [index, ...others] = begun(token, labels);
    if (index === undefined) continue;
    if (others.length > 0) {
      if (p >= CONFLICT_MASS) conflict = token;
      continue;
    }
    probabilities[index] = Math.min(1, (probabilities[index] ?? 0) + p);
    if (token.id !== null && p > (ids.get(index)?.p ?? 0)) ids.set(index, { id: token.id, p });
  }
  if (conflict !== null) {
    return {
      ...base,
      probabilities: labels.map(() => 0),
      topToken: first.text,
      conflict: true,
      error: `The labels ${labels.map((label) => JSON.stringify(label)).join(', ')} begin with the same token (${JSON.stringify(conflict.text)}) under this model: choose labels that differ in their first token.`,
    };
  }
  const known = labels.flatMap((_, index) => ids.get(index)?.id ?? []);
  return {
    ...base,
    probabilities,
    labelTokens: known.length === labels.length ? known : [],
    topToken: top.reduce((best, token) => (token.logprob > best.logprob ? token : best)).text,
  };
}
