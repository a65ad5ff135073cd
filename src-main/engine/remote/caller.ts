import { EngineError } from '../engine.ts';
import type { CostMeter, Usage } from './cost.ts';
import { FULL_DIALECT, narrowed, type Dialect } from './dialect.ts';
import { failedReply, garbled, noReply, RemoteFailure } from './failure.ts';
import { createHttp, NoReply, type HttpReply } from './http.ts';
import { type Backoff, hostOf, type RemoteOptions } from './options.ts';
import { pause } from './pause.ts';
import { answered, createPool, type PooledServer } from './pool.ts';
import { type Completion, readCompletion } from './replies.ts';

/** Half a second is enough for a server to take breath; half a minute is what rate limits by the minute need. */
const BACKOFF: Backoff = { baseMs: 500, maxMs: 30_000, totalMs: 5 * 60_000 };
/** A request that ran into its time-out is tried once more only: each such try may have been worked on, and paid. */
const TRIES_AFTER_TIMEOUT = 2;
/** Fewer than any tokenizer reaches on English, about what they reach on other scripts: for what is not counted yet, or never. */
const BYTES_PER_TOKEN = 3;
const SHORTEST_KEY = 6;
/** Requests wait a tenth longer than a server asks; after twice that nobody was waiting. */
const IDLE_SHARE = 0.2;

export interface Called {
  readonly completion: Completion;
  readonly usage: Usage;
  readonly host: string;
  readonly headers: HttpReply['headers'];
  readonly durationMs: number;
}

export interface Request {
  readonly path: string;
  readonly body: Record<string, unknown>;
}

export interface Caller {
  readonly dialect: Dialect;
  /** The server was seen to ignore the wish for log-probabilities. */
  noLogprobs(): void;
  /**
   * One completion, tried as often as it is worth. Throws RemoteFailure when it is not answered, EngineError cost-cap
   * before anything is sent, and NoReply 'aborted'.
   * @param request made anew for each try, in the dialect as it then is.
   */
  complete(request: (dialect: Dialect) => Request, signal: AbortSignal, trial?: boolean): Promise<Called>;
  /** A GET of one server, tried once. Throws as complete does. */
  get(server: RemoteOptions['servers'][number], path: string, signal: AbortSignal): Promise<HttpReply>;
  close(): void;
}

/** Waiting time before try number `tries + 1`, ms: doubled each time, from half of it to all of it, never sooner than asked. */
export function retryDelayMs(
  tries: number,
  retryAfterMs: number | null,
  backoff: Pick<Backoff, 'baseMs' | 'maxMs'>,
  random: () => number,
): number {
  const full = Math.min(backoff.maxMs, backoff.baseMs * 2 ** (tries - 1));
  const own = full * (0.5 + 0.5 * random());
  return retryAfterMs === null ? own : Math.max(own, retryAfterMs * (1 + 0.1 * random()));
}

export function createCaller(options: RemoteOptions, meter: CostMeter): Caller {
  const http = createHttp(options.concurrency);
  const pool = createPool(options.servers);
  const random = options.random ?? Math.random;
  const backoff = options.backoff ?? BACKOFF;
  let dialect = FULL_DIALECT;

  const once = async (server: PooledServer, request: Request, signal: AbortSignal): Promise<Called> => {
    const { baseUrl, apiKey } = server.server;
    const host = hostOf(baseUrl);
    let used: Usage | null = null;
    const reservation = await meter.begin(mostOf(request), signal);
    const startedAt = performance.now();
    try {
      const reply = await http.send({
        method: 'POST',
        url: `${baseUrl}${request.path}`,
        headers: authorization(apiKey),
        body: JSON.stringify(request.body),
        timeoutMs: options.timeoutMs,
        signal,
      });
      const text = withoutKey(reply.text, apiKey);
      if (reply.status !== 200) throw failedReply(host, { ...reply, text });
      const read = readCompletion(text);
      if (read === null) throw garbled(host, { ...reply, text });
      // Token by token a repeated key is in pieces that no search finds: then none are kept.
      const completion = text === reply.text ? read : { ...read, tokens: null };
      used = usageOf(completion, request);
      return {
        completion,
        usage: used,
        host,
        headers: reply.headers,
        durationMs: performance.now() - startedAt,
      };
    } finally {
      reservation.end(used);
    }
  };

  const patienceMs = (): number => backoff.totalMs - pool.silentMs(Date.now());
  const attempt = async (request: Request, signal: AbortSignal): Promise<Called> => {
    for (;;) {
      const wait = pool.waitMs(Date.now());
      if (wait <= 0 || signal.aborted) break;
      const failure = pool.failure();
      if (failure !== null && wait > patienceMs()) throw failure;
      // Not all at the same moment.
      await pause(wait * (1 + 0.1 * random()), signal);
    }
    const server = pool.take(Date.now());
    // Left alone because nobody had a question: that is no silence of the server.
    if (server.underWay === 1 && Date.now() - server.restsUntil > IDLE_SHARE * backoff.totalMs)
      answered(server);
    const { failures } = server;
    const rest = (failure: RemoteFailure): void => restAfter(server, failures, failure);
    try {
      const called = await once(server, request, signal);
      answered(server);
      return called;
    } catch (error) {
      if (!(error instanceof NoReply)) {
        if (error instanceof RemoteFailure) rest(error);
        throw error;
      }
      if (error.reason === 'aborted') throw error;
      const failure = noReply(hostOf(server.server.baseUrl), error, options.timeoutMs);
      rest(failure);
      throw failure;
    } finally {
      pool.give(server);
    }
  };
  /** A server in trouble is left alone by all requests, not by the one that met it. */
  const restAfter = (server: PooledServer, before: number, failure: RemoteFailure): void => {
    if (!failure.infrastructure) {
      answered(server);
      return;
    }
    // Requests that were under way together met the same trouble: it counts once.
    if (server.failures === before) server.failures += 1;
    server.failingSince ??= Date.now();
    server.failure = failure;
    const wait = retryDelayMs(Math.min(server.failures, 16), failure.retryAfterMs, backoff, random);
    server.restsUntil = Math.max(server.restsUntil, Date.now() + Math.min(wait, backoff.totalMs));
  };

  return {
    get dialect() {
      return dialect;
    },
    noLogprobs() {
      dialect = { ...dialect, topLogprobs: 0 };
    },
    async complete(request, signal, trial = false) {
      for (let tries = 1; ;) {
        const used = dialect;
        try {
          return await attempt(request(used), signal);
        } catch (error) {
          if (!(error instanceof RemoteFailure) || error.fatal !== null) throw error;
          // Another request may have learnt it in the meantime.
          const next = dialect === used ? narrowed(used, error, trial) : dialect;
          if (next !== null && next !== used) {
            dialect = next;
            continue;
          }
          const most = error.timedOut ? Math.min(options.tries, TRIES_AFTER_TIMEOUT) : options.tries;
          const mayHelp = error.retry || (error.infrastructure && options.servers.length > 1);
          const wait = Math.max(error.retryAfterMs ?? 0, pool.waitMs(Date.now()));
          if (!mayHelp || tries >= most || wait > patienceMs()) throw error;
          options.log(`try ${tries} of ${most}: ${error.message}`);
          tries += 1;
        }
        if (signal.aborted) throw new NoReply('aborted');
      }
    },
    async get(server, path, signal) {
      const host = hostOf(server.baseUrl);
      try {
        const reply = await http.send({
          method: 'GET',
          url: `${server.baseUrl}${path}`,
          headers: authorization(server.apiKey),
          body: null,
          timeoutMs: Math.min(options.timeoutMs, 30_000),
          signal,
        });
        const text = withoutKey(reply.text, server.apiKey);
        if (reply.status !== 200) throw failedReply(host, { ...reply, text });
        return { ...reply, text };
      } catch (error) {
        if (error instanceof NoReply && error.reason !== 'aborted')
          throw noReply(host, error, options.timeoutMs);
        throw error;
      }
    },
    close: () => http.close(),
  };
}

/** What the failure of one request means for all: an EngineError where no other will do better. */
export function fatalError(error: unknown): unknown {
  return error instanceof RemoteFailure && error.fatal !== null
    ? new EngineError(error.fatal, error.message, { cause: error })
    : error;
}

function authorization(apiKey: string | null): Record<string, string> {
  return apiKey === null ? {} : { authorization: `Bearer ${apiKey}` };
}

/** A server that repeats the key, in an error or in an answer, must not bring it into a database. */
function withoutKey(text: string, apiKey: string | null): string {
  if (apiKey === null || apiKey.length < SHORTEST_KEY) return text;
  return text.replaceAll(apiKey, '[key]').replaceAll(JSON.stringify(apiKey).slice(1, -1), '[key]');
}

function tokensAtMost(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}

/** The most that a request can use: all that is sent, and the longest reply it allows. */
function mostOf({ body }: Request): { promptTokens: number; writtenTokens: number } {
  const longest = body['max_completion_tokens'] ?? body['max_tokens'];
  return {
    promptTokens: tokensAtMost(JSON.stringify(body['messages'] ?? body['prompt'] ?? '')),
    writtenTokens: typeof longest === 'number' ? longest : 0,
  };
}

function usageOf(completion: Completion, request: Request): Usage {
  if (completion.usage !== null) return { ...completion.usage, counted: true };
  return {
    promptTokens: mostOf(request).promptTokens,
    writtenTokens: completion.tokens?.length ?? tokensAtMost(completion.text + (completion.reasoning ?? '')),
    counted: false,
  };
}
