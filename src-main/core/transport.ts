import { randomUUID } from 'node:crypto';
import { AsyncIteratorClass, ORPCError } from '@orpc/server';
import { z } from 'zod';
import type { Log } from './log.ts';
import { Problem } from './problem.ts';

/**
 * What both doors put around the router: the largest message, what a message must look like, and what a caller may learn of a
 * failure. Nothing here knows which line the message came over.
 */

/** UTF-16 code units of one message. The largest honest request, a mapping of 100 systems, stays under 200 thousand. */
export const MAX_MESSAGE_CHARS = 2 * 1024 * 1024;

const frame = z.object({
  i: z.union([z.string().max(64), z.int()]),
  // A request, a value of a stream, an end. A caller sends no response, which the layer would take for a request.
  t: z.literal([1, 3, 4]).optional(),
  p: z.looseObject({ u: z.string().max(2048).optional(), h: z.looseObject({}).optional() }).nullish(),
});

/** Headers that make the layer parse a body as a file or a form. Requests here are plain JSON. */
const BODY_HEADERS = ['content-type', 'content-disposition'];

/**
 * A message as the RPC layer can take it, or null. The layer throws outside any handler on what it cannot read, which would end the
 * process; requests carry no binary here, so only text is read.
 */
export function readFrame(message: unknown): string | null {
  if (typeof message !== 'string' || message.length > MAX_MESSAGE_CHARS) return null;
  let parsed: unknown;
  try {
    parsed = JSON.parse(message);
  } catch {
    return null;
  }
  const result = frame.safeParse(parsed);
  if (!result.success) return null;
  const { t: kind = 1, p: payload } = result.data;
  if (kind !== 1) return message;
  const url = payload?.u;
  if (url === undefined || !url.startsWith('/') || !URL.canParse(url, 'http://orpc')) return null;
  return BODY_HEADERS.some((name) => Object.hasOwn(payload?.h ?? {}, name)) ? null : message;
}

export interface TransportOptions {
  readonly log: Log;
  /** In a browser, absolute paths in messages are shortened to their last part. */
  readonly hidePaths: boolean;
}

interface CallOptions {
  readonly path: readonly string[];
  readonly procedure: { readonly '~orpc': { readonly errorMap: object } };
  readonly signal?: AbortSignal | undefined;
  next(): Promise<unknown>;
}

/**
 * Options for oRPC's RPCHandler of either line. Problems become the contract's errors; anything unforeseen is logged under an id and
 * reaches the caller as INTERNAL with that id alone. A stream ends as soon as its caller is gone, whatever its source waits for.
 */
export function transportOptions(options: TransportOptions): {
  clientInterceptors: ((call: CallOptions) => Promise<unknown>)[];
} {
  return {
    clientInterceptors: [
      async (call) => {
        const expose = (error: unknown): unknown => exposeError(error, call, options);
        try {
          const output = await call.next();
          return isAsyncIterator(output) ? guardStream(output, expose, call.signal) : output;
        } catch (error) {
          throw expose(error);
        }
      },
    ],
  };
}

function exposeError(error: unknown, call: CallOptions, { log, hidePaths }: TransportOptions): unknown {
  // Nobody is there to read it; what an aborted call throws is no failure.
  if (call.signal?.aborted === true) return error;
  const shown = (text: string): string => (hidePaths ? shortenPaths(text) : text);
  if (error instanceof Problem) {
    const data = error.code === 'REFUSED' ? { fixes: error.fixes.map(shown) } : undefined;
    return new ORPCError(error.code, {
      status: statusOf(call.procedure['~orpc'].errorMap, error.code),
      message: shown(error.message),
      data,
      cause: error,
    });
  }
  if (error instanceof ORPCError && (error.code === 'BAD_REQUEST' || isDeclared(call, error.code))) {
    return shown(error.message) === error.message
      ? error
      : new ORPCError(error.code, { status: error.status, message: shown(error.message), data: error.data });
  }
  const correlationId = randomUUID();
  log.error('a call failed', { procedure: call.path.join('.'), correlationId, error: describe(error) });
  return new ORPCError('INTERNAL', {
    status: statusOf(call.procedure['~orpc'].errorMap, 'INTERNAL'),
    message: `Something went wrong inside Assize. What was saved is kept. The log has the details under ${correlationId}.`,
    data: { correlationId },
  });
}

function isDeclared(call: CallOptions, code: string): boolean {
  return Object.hasOwn(call.procedure['~orpc'].errorMap, code);
}

const errorItem = z.object({ status: z.int() });

function statusOf(errorMap: object, code: string): number {
  const item = errorItem.safeParse(Object.getOwnPropertyDescriptor(errorMap, code)?.value);
  return item.success ? item.data.status : 500;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${describe(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}

const ABSOLUTE_PATH = /(?<![\w:/.~-])(?:[A-Za-z]:[\\/]|\/)(?:[^\s"'`<>|:*?\\/]+[\\/])+([^\s"'`<>|:*?\\/]+)/g;

/** "Could not read /home/ada/qa.csv." → "Could not read qa.csv.": addresses such as https://host/a/b stay as they are. */
export function shortenPaths(text: string): string {
  return text.replaceAll(ABSOLUTE_PATH, (_path, last: string) => last);
}

function isAsyncIterator(value: unknown): value is AsyncIterator<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value && 'next' in value;
}

/** oRPC looks at the signal only between two values; a source that waits for its next event would be held for ever. */
function guardStream(
  source: AsyncIterator<unknown>,
  expose: (error: unknown) => unknown,
  signal: AbortSignal | undefined,
): AsyncIteratorClass<unknown> {
  let rejectPending: ((reason: unknown) => void) | null = null;
  const leave = (): void => {
    rejectPending?.(signal?.reason);
    // A generator takes `return` only after what it waits for; it is told, not waited for.
    void Promise.resolve(source.return?.()).catch(() => undefined);
  };
  if (signal?.aborted === true) leave();
  else signal?.addEventListener('abort', leave, { once: true });
  // Not Promise.race against one lasting promise: that would keep a reaction for every value of a day's stream.
  const nextOrGone = (): Promise<IteratorResult<unknown>> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) reject(signal.reason);
      rejectPending = reject;
      source.next().then(resolve, reject);
    });
  return new AsyncIteratorClass<unknown>(
    async () => {
      try {
        const { done, value } = await nextOrGone();
        return done === true ? { done: true, value } : { done: false, value };
      } catch (error) {
        throw expose(error);
      } finally {
        rejectPending = null;
      }
    },
    async (reason) => {
      signal?.removeEventListener('abort', leave);
      if (reason !== 'next') await source.return?.();
    },
  );
}
