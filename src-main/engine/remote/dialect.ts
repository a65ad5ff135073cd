import type { Decoding } from '../../domain/decoding.ts';
import type { ModelPrompt } from '../../domain/prompts/model-prompt.ts';
import type { RemoteFailure } from './failure.ts';
import type { RemoteOptions } from './options.ts';

/** What this server understands of the common language; narrowed as it refuses things. */
export interface Dialect {
  /** How many of the most probable tokens are asked for at each place; 0 for none at all. */
  readonly topLogprobs: number;
  /** Newer hosted models know only the second. */
  readonly maxTokensField: 'max_tokens' | 'max_completion_tokens';
  /** False for models that sample as they please. */
  readonly temperature: boolean;
  readonly seed: boolean;
}

/** 20 is the most that the hosted servers give. */
export const FULL_DIALECT: Dialect = {
  topLogprobs: 20,
  maxTokensField: 'max_tokens',
  temperature: true,
  seed: true,
};
/** What some servers give at the most. */
const FEWER_LOGPROBS = 5;

/**
 * The dialect without what the server refused, by the name of the field that it gives; null when it named nothing that we
 * could leave out. `blind` also tries without log-probabilities when it names nothing: only where the request itself is
 * known to be good.
 */
export function narrowed(dialect: Dialect, failure: RemoteFailure, blind: boolean): Dialect | null {
  if (failure.status !== 400 && failure.status !== 422 && failure.status !== 501) return null;
  const { param } = failure;
  if (param === 'max_tokens' && dialect.maxTokensField === 'max_tokens')
    return { ...dialect, maxTokensField: 'max_completion_tokens' };
  if ((param === 'temperature' || param === 'top_p') && dialect.temperature)
    return { ...dialect, temperature: false };
  if (param === 'seed' && dialect.seed) return { ...dialect, seed: false };
  const about = param === null ? blind : ['logprobs', 'top_logprobs'].includes(param);
  if (!about || dialect.topLogprobs === 0) return null;
  const fewer = param !== 'logprobs' && dialect.topLogprobs > FEWER_LOGPROBS;
  return { ...dialect, topLogprobs: fewer ? FEWER_LOGPROBS : 0 };
}

/** Sentences on what a narrowed dialect means for the results. */
export function dialectNotes(dialect: Dialect): string[] {
  const notes: string[] = [];
  if (dialect.topLogprobs === 0) {
    notes.push(
      'The server gives no log-probabilities: answers have no likelihood, and verdicts are read from what the judge writes.',
    );
  }
  if (!dialect.temperature) {
    notes.push('The model does not take a temperature: its answers are sampled as the server likes.');
  }
  if (!dialect.seed) notes.push('The server does not take a seed: samples cannot be repeated.');
  return notes;
}

export interface Asked {
  readonly prompt: ModelPrompt;
  readonly decoding: Decoding;
  /** 31 bits; null for greedy decoding. */
  readonly seed: number | null;
  readonly logprobs: boolean;
  readonly choices: readonly string[] | null;
}

/** Where a prompt goes and what is sent, in the server's dialect. */
export function requestFor(
  options: Pick<RemoteOptions, 'model'>,
  dialect: Dialect,
  asked: Asked,
): { readonly path: string; readonly body: Record<string, unknown> } {
  const { decoding, prompt } = asked;
  const chat = prompt.kind === 'chat';
  const top = asked.logprobs ? dialect.topLogprobs : 0;
  const field = chat ? dialect.maxTokensField : 'max_tokens';
  const common = {
    model: options.model,
    stream: false,
    [field]: decoding.maxTokens,
    ...(dialect.temperature ? { temperature: decoding.temperature } : {}),
    ...(dialect.temperature && decoding.temperature > 0 ? { top_p: decoding.topP } : {}),
    ...(dialect.seed && asked.seed !== null ? { seed: asked.seed } : {}),
    ...(decoding.stop.length > 0 ? { stop: decoding.stop } : {}),
    ...(asked.choices === null ? {} : { response_format: oneOf(asked.choices) }),
  };
  if (!chat) {
    return {
      path: '/completions',
      body: { ...common, prompt: prompt.text, ...(top > 0 ? { logprobs: top } : {}) },
    };
  }
  return {
    path: '/chat/completions',
    body: {
      ...common,
      messages: messagesOf(prompt),
      ...(top > 0 ? { logprobs: true, top_logprobs: top } : {}),
    },
  };
}

function messagesOf(prompt: Extract<ModelPrompt, { kind: 'chat' }>): { role: string; content: string }[] {
  const user = { role: 'user', content: prompt.user };
  return prompt.system === null ? [user] : [{ role: 'system', content: prompt.system }, user];
}

/** The one key of a constrained reply. */
const KEY = 'verdict';

/** The common form in which vLLM, SGLang, llama-server, Ollama, LM Studio and OpenAI hold a reply to some texts. */
function oneOf(choices: readonly string[]): Record<string, unknown> {
  return {
    type: 'json_schema',
    json_schema: {
      name: KEY,
      strict: true,
      schema: {
        type: 'object',
        properties: { [KEY]: { type: 'string', enum: choices } },
        required: [KEY],
        additionalProperties: false,
      },
    },
  };
}

/** The text chosen in a constrained reply; null when the reply is something else. */
export function chosenText(reply: string, choices: readonly string[]): string | null {
  let json: unknown;
  try {
    json = JSON.parse(reply);
  } catch {
    return null;
  }
  const value = typeof json === 'object' && json !== null && KEY in json ? json[KEY] : null;
  return typeof value === 'string' && choices.includes(value) ? value : null;
}

/** What was sent, for reading: the server's own template is not known here. */
export function renderedText(prompt: ModelPrompt): string {
  if (prompt.kind === 'text') return prompt.text;
  return messagesOf(prompt)
    .map(({ role, content }) => `[${role}]\n${content}`)
    .join('\n\n');
}
