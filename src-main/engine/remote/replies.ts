import { z } from 'zod';

/** One token as a server tells it. */
export interface ToldToken {
  readonly text: string;
  readonly logprob: number;
  readonly id: number | null;
  readonly bytes: readonly number[] | null;
  /** The most probable ones at its place, itself among them mostly. */
  readonly top: readonly Omit<ToldToken, 'top'>[];
}

/** A completion, whichever of the two endpoints it came from. */
export interface Completion {
  readonly text: string;
  /** What the server itself kept apart as reasoning. */
  readonly reasoning: string | null;
  readonly finish: string | null;
  /** The stop string that ended it, where the server says so. */
  readonly stopReason: string | null;
  /** Null where the server gives no log-probabilities. */
  readonly tokens: readonly ToldToken[] | null;
  readonly usage: { readonly promptTokens: number; readonly writtenTokens: number } | null;
  readonly model: string | null;
  readonly fingerprint: string | null;
}

const text = z.string().nullish().catch(null);
/** What was written: a text, or a list of parts, of which those of text count. Anything else makes the reply none: it is no empty answer. */
const written = z.union([
  z.string(),
  z
    .array(z.looseObject({ type: z.string(), text }))
    .transform((parts) => parts.map((part) => (part.type === 'text' ? (part.text ?? '') : '')).join('')),
]);
const bareToken = z.looseObject({
  token: z.string(),
  logprob: z.number(),
  bytes: z.array(z.int().min(0).max(255)).nullish().catch(null),
  id: z.int().nullish().catch(null),
});
const told = z.looseObject({
  content: z.array(bareToken.extend({ top_logprobs: z.array(bareToken).nullish() })).nullish(),
});
/** The older form, of text completions. */
const listed = z.looseObject({
  tokens: z.array(z.string()),
  token_logprobs: z.array(z.number().nullable()),
  top_logprobs: z.array(z.record(z.string(), z.number()).nullable()).nullish(),
});
const choice = z.looseObject({
  message: z
    .looseObject({ content: written.nullish(), refusal: text, reasoning_content: text, reasoning: text })
    .nullish(),
  text: z.string().nullish(),
  finish_reason: text,
  stop_reason: z.unknown().optional(),
  logprobs: z.union([listed, told]).nullish().catch(null),
});
const body = z.looseObject({
  choices: z.array(choice).min(1),
  usage: z
    .looseObject({
      prompt_tokens: z.int().nonnegative(),
      completion_tokens: z.int().nonnegative().default(0),
    })
    .nullish()
    .catch(null),
  model: text,
  system_fingerprint: text,
});

/** Reads a reply's text; null when it is no completion. */
export function readCompletion(reply: string): Completion | null {
  let json: unknown;
  try {
    json = JSON.parse(reply);
  } catch {
    return null;
  }
  const parsed = body.safeParse(json);
  const first = parsed.data?.choices[0];
  if (!parsed.success || first === undefined) return null;
  const { message } = first;
  if ((message === undefined || message === null) && typeof first.text !== 'string') return null;
  const { usage, model, system_fingerprint: fingerprint } = parsed.data;
  return {
    text: message?.content ?? message?.refusal ?? first.text ?? '',
    reasoning: message?.reasoning_content ?? message?.reasoning ?? null,
    finish: first.finish_reason ?? null,
    stopReason: typeof first.stop_reason === 'string' ? first.stop_reason : null,
    tokens: tokensOf(first.logprobs),
    usage:
      usage === null || usage === undefined
        ? null
        : { promptTokens: usage.prompt_tokens, writtenTokens: usage.completion_tokens },
    model: model ?? null,
    fingerprint: fingerprint ?? null,
  };
}

type Bare = z.infer<typeof bareToken>;

const bare = (token: Bare): Omit<ToldToken, 'top'> => ({
  text: token.token,
  logprob: token.logprob,
  id: token.id ?? null,
  bytes: token.bytes ?? null,
});

function tokensOf(logprobs: z.infer<typeof choice>['logprobs']): ToldToken[] | null {
  if (logprobs === null || logprobs === undefined) return null;
  const lists = listed.safeParse(logprobs);
  if (lists.success) {
    const { tokens, token_logprobs: values, top_logprobs: tops } = lists.data;
    return tokens.map((token, index) => ({
      text: token,
      logprob: values[index] ?? Number.NaN,
      id: null,
      bytes: null,
      top: Object.entries(tops?.[index] ?? {}).map(([text, logprob]) => ({
        text,
        logprob,
        id: null,
        bytes: null,
      })),
    }));
  }
  const list = told.safeParse(logprobs).data?.content;
  if (list === null || list === undefined) return null;
  return list.map((token) => ({ ...bare(token), top: (token.top_logprobs ?? []).map(bare) }));
}

const modelList = z.looseObject({
  data: z.array(z.looseObject({ id: z.string(), owned_by: text })),
});

/** GET /models; null when it is no such list. */
export function readModels(reply: string): { readonly id: string; readonly ownedBy: string | null }[] | null {
  let json: unknown;
  try {
    json = JSON.parse(reply);
  } catch {
    return null;
  }
  const parsed = modelList.safeParse(json);
  return parsed.success
    ? parsed.data.data.map(({ id, owned_by: ownedBy }) => ({ id, ownedBy: ownedBy ?? null }))
    : null;
}
