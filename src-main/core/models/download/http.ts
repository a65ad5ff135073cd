import { DownloadError, errorCode } from './download-error.ts';
import { isAllowed } from './model-address.ts';

export interface Http {
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
  /** For connecting and for the answer's head, ms: a server that is away is given up on within seconds. */
  readonly headTimeoutMs: number;
  /** Between two pieces of the body, ms. */
  readonly idleTimeoutMs: number;
  /** Sent to the origin it is for and to no other. */
  readonly token: { readonly origin: string; readonly value: string } | null;
}

export const HEAD_TIMEOUT_MS = 8_000;
export const IDLE_TIMEOUT_MS = 30_000;
const MAX_REDIRECTS = 8;

export interface Answer {
  readonly response: Response;
  /** Headers of all hops, later ones over earlier ones but for the hub's x-linked-*, which come first. */
  readonly header: (name: string) => string | null;
  /** Ends the request; safe to call twice. */
  readonly close: () => void;
  /** Pieces of the body. Throws `interrupted` when the connection breaks or falls silent. */
  readonly body: () => AsyncGenerator<Uint8Array>;
}

/**
 * One request, redirects followed by hand: the hub says size and hash of a file in the first answer, the file
 * comes from another host that must not see the token. Resolves for statuses below 400, throws a
 * DownloadError for others and for a server that cannot be reached.
 */
export async function request(
  http: Http,
  method: 'GET' | 'HEAD',
  address: URL,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const stop = new AbortController();
  const linked = new Map<string, string>();
  let url = address;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const response = await oneHop(http, method, url, headers, stop);
    for (const name of ['x-linked-etag', 'x-linked-size', 'x-repo-commit']) {
      const value = response.headers.get(name);
      if (value !== null && !linked.has(name)) linked.set(name, value);
    }
    const location = response.headers.get('location');
    // Asked for the head only, the hub has said all when it sends us to its storage.
    const enough = method === 'HEAD' && linked.has('x-linked-etag');
    if (response.status >= 300 && response.status < 400 && location !== null && !enough) {
      await response.body?.cancel();
      url = redirected(url, location);
      continue;
    }
    if (response.status >= 400) {
      stop.abort();
      throw statusError(response, url);
    }
    return {
      response,
      header: (name) => linked.get(name) ?? response.headers.get(name),
      close: () => stop.abort(),
      body: () => pieces(http, response, url, stop),
    };
  }
  throw new DownloadError('server', `${address.host} sends every request on to another address without end.`);
}

async function oneHop(
  http: Http,
  method: string,
  url: URL,
  headers: Readonly<Record<string, string>>,
  stop: AbortController,
): Promise<Response> {
  http.signal.throwIfAborted();
  const late = setTimeout(() => stop.abort(new Error('no answer in time')), http.headTimeoutMs);
  const authorization =
    http.token?.origin === url.origin ? { authorization: `Bearer ${http.token.value}` } : {};
  try {
    return await http.fetch(url, {
      method,
      redirect: 'manual',
      // Compressed on the way, lengths and ranges would not be those of the file.
      headers: { 'accept-encoding': 'identity', 'user-agent': 'assize', ...authorization, ...headers },
      signal: AbortSignal.any([http.signal, stop.signal]),
    });
  } catch (error) {
    http.signal.throwIfAborted();
    throw unreachable(error, url, stop.signal.aborted ? http.headTimeoutMs : null);
  } finally {
    clearTimeout(late);
  }
}

async function* pieces(
  http: Http,
  response: Response,
  url: URL,
  stop: AbortController,
): AsyncGenerator<Uint8Array> {
  if (response.body === null) return;
  const silent = (): void => stop.abort(new Error('silent'));
  let timer = setTimeout(silent, http.idleTimeoutMs);
  try {
    for await (const piece of response.body) {
      clearTimeout(timer);
      yield piece;
      timer = setTimeout(silent, http.idleTimeoutMs);
    }
  } catch (error) {
    http.signal.throwIfAborted();
    throw new DownloadError('interrupted', `The connection to ${url.host} broke off.`, { cause: error });
  } finally {
    clearTimeout(timer);
    stop.abort();
  }
}

function redirected(from: URL, location: string): URL {
  const to = URL.parse(location, from.href);
  if (to === null || !isAllowed(to))
    throw new DownloadError(
      'server',
      `${from.host} sends us to an address that is not safe (${location.slice(0, 80)}).`,
    );
  return to;
}

function unreachable(error: unknown, url: URL, timeoutMs: number | null): DownloadError {
  const cause =
    error instanceof Error && error.cause instanceof Error ? error.cause.message : 'no connection';
  const code = errorCode(error) ?? cause;
  const why = timeoutMs === null ? code : `no answer within ${timeoutMs / 1000} s`;
  return new DownloadError(
    'unreachable',
    `${url.host} cannot be reached (${why}): is this machine online, and is the address right?`,
    { cause: error },
  );
}

function statusError(response: Response, url: URL): DownloadError {
  const { status } = response;
  if (status === 404 || status === 410)
    return new DownloadError(
      'not-found',
      `${url.host} has no ${url.pathname} (${status}): check the spelling.`,
      { status },
    );
  if (status === 401 || status === 403)
    return new DownloadError(
      'not-allowed',
      `${url.host} does not give ${url.pathname} to everyone (${status}): it may not exist, or want its licence accepted on its page and an access token in HF_TOKEN.`,
      { status },
    );
  const when = status === 429 ? 'has had too many requests' : 'answered with an error';
  return new DownloadError('server', `${url.host} ${when} (${status}); try again later.`, { status });
}
