/**
 * One POST or GET over node:http. Not fetch: that gives up on a reply whose first byte takes five minutes, as a long
 * answer that is not streamed does. Redirects are not followed, so that a key reaches no other host than the one named.
 */
import http from 'node:http';
import https from 'node:https';

export interface HttpReply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Why there is no reply at all. `code` is Node's, such as ECONNREFUSED. */
export class NoReply extends Error {
  readonly reason: 'timeout' | 'aborted' | 'network' | 'too-large';
  readonly code: string | null;
  constructor(reason: NoReply['reason'], code: string | null = null, options?: ErrorOptions) {
    super(`No reply: ${code ?? reason}.`, options);
    this.name = 'NoReply';
    this.reason = reason;
    this.code = code;
  }
}

export interface Http {
  send(request: HttpRequest): Promise<HttpReply>;
  /** Closes idle connections. */
  close(): void;
}

/** Twenty log-probabilities for each of 100,000 tokens; a server that sends more is not answering our question. */
const MAX_REPLY_BYTES = 256 * 1024 * 1024;

/** @param connections kept open to each host. */
export function createHttp(connections: number, maxReplyBytes = MAX_REPLY_BYTES): Http {
  const agents = {
    'http:': new http.Agent({ keepAlive: true, maxSockets: connections }),
    'https:': new https.Agent({ keepAlive: true, maxSockets: connections }),
  };
  return {
    send: (request) => send(request, agents, maxReplyBytes),
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

function send(
  request: HttpRequest,
  agents: { readonly 'http:': http.Agent; readonly 'https:': https.Agent },
  maxBytes: number,
): Promise<HttpReply> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpReply>();
  if (request.signal.aborted) return Promise.reject(new NoReply('aborted'));
  const url = new URL(request.url);
  const secure = url.protocol === 'https:';
  const options = {
    method: request.method,
    agent: secure ? agents['https:'] : agents['http:'],
    headers: {
      accept: 'application/json',
      ...request.headers,
      ...(request.body === null
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(request.body) }),
    },
  };
  const outgoing = secure ? https.request(url, options) : http.request(url, options);
  const end = (failure: NoReply): void => {
    reject(failure);
    outgoing.destroy();
  };
  const abort = (): void => end(new NoReply('aborted'));
  const timer = setTimeout(() => end(new NoReply('timeout')), request.timeoutMs);
  request.signal.addEventListener('abort', abort, { once: true });
  outgoing.on('error', (error) => reject(networkFailure(error)));
  outgoing.on('response', (incoming) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) end(new NoReply('too-large'));
      else chunks.push(chunk);
    });
    incoming.on('error', (error) => reject(networkFailure(error)));
    incoming.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      if (incoming.complete) resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text });
      else reject(new NoReply('network', 'ECONNRESET'));
    });
    incoming.on('close', () => reject(new NoReply('network', 'ECONNRESET')));
  });
  outgoing.end(request.body ?? undefined);
  return promise.finally(() => {
    clearTimeout(timer);
    request.signal.removeEventListener('abort', abort);
  });
}

function networkFailure(error: Error): NoReply {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null;
  return new NoReply('network', code, { cause: error });
}
