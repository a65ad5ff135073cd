import { GREEDY } from '../../domain/decoding.ts';
import type { ServerTrial } from '../../domain/servers.ts';
import { EngineError } from '../engine.ts';
import { createCaller } from './caller.ts';
import { createCostMeter } from './cost.ts';
import { dialectNotes, requestFor } from './dialect.ts';
import { RemoteFailure } from './failure.ts';
import { NoReply } from './http.ts';
import { hostOf, type RemoteOptions } from './options.ts';
import { readModels } from './replies.ts';

export type TryOptions = Pick<RemoteOptions, 'servers' | 'model' | 'style' | 'signal' | 'log'>;

/** Somebody waits before a form: a server that takes longer is told as one that does. */
const PATIENCE_MS = 30_000;
/** Enough for a word, with what a thinking model puts before it cut off. */
const REPLY_TOKENS = 8;
/** More than any server lists that a person would choose from by eye. */
const MOST_MODELS = 500;

/**
 * Asks each server for its models and, where one is named, for a few words of it. What a server does not do comes as its
 * `problem`, a sentence. Throws only when the signal aborts.
 */
export function tryServers(options: TryOptions): Promise<ServerTrial[]> {
  return Promise.all(options.servers.map((server) => tryServer(options, server)));
}

async function tryServer(
  options: TryOptions,
  server: RemoteOptions['servers'][number],
): Promise<ServerTrial> {
  const host = hostOf(server.baseUrl);
  const caller = createCaller(
    {
      ...options,
      servers: [server],
      concurrency: 1,
      timeoutMs: PATIENCE_MS,
      tries: 1,
      prices: null,
      maxCostUsd: null,
      spentUsd: 0,
    },
    createCostMeter({ prices: null, maxUsd: null, spentUsd: 0 }),
  );
  let models: string[] | null = null;
  try {
    models = await listed(caller, server, options.signal);
    const reply = options.model === '' ? null : await said(caller, options);
    return { host, problem: null, models, reply };
  } catch (error) {
    options.signal.throwIfAborted();
    if (error instanceof RemoteFailure || error instanceof EngineError || error instanceof NoReply)
      return { host, problem: error.message, models, reply: null };
    throw error;
  } finally {
    caller.close();
  }
}

type Caller = ReturnType<typeof createCaller>;

/** Null where a server has no list that can be read; not all have one. Throws when it cannot be reached or refuses the key. */
async function listed(
  caller: Caller,
  server: RemoteOptions['servers'][number],
  signal: AbortSignal,
): Promise<string[] | null> {
  try {
    const reply = await caller.get(server, '/models', signal);
    const models = readModels(reply.text)?.map(({ id }) => id) ?? null;
    return models === null ? null : models.toSorted().slice(0, MOST_MODELS);
  } catch (error) {
    const refused = error instanceof RemoteFailure && (error.status === 401 || error.status === 403);
    if (error instanceof RemoteFailure && error.status !== null && !refused) return null;
    throw error;
  }
}

async function said(caller: Caller, options: TryOptions): Promise<NonNullable<ServerTrial['reply']>> {
  const prompt =
    options.style === 'chat'
      ? ({ kind: 'chat', system: null, user: 'Reply with the word "ready".' } as const)
      : ({ kind: 'text', text: 'The capital of France is' } as const);
  const decoding = { ...GREEDY, maxTokens: REPLY_TOKENS };
  const asked = { prompt, decoding, seed: null, logprobs: true, choices: null };
  const { completion, durationMs } = await caller.complete(
    (dialect) => requestFor(options, dialect, asked),
    options.signal,
    true,
  );
  const logprobs = completion.tokens?.length ?? 0;
  if (logprobs === 0) caller.noLogprobs();
  return {
    text: completion.text.trim() || (completion.reasoning ?? '').trim(),
    model: completion.model,
    durationMs: Math.round(durationMs),
    logprobs: logprobs > 0,
    notes: dialectNotes(caller.dialect),
  };
}
