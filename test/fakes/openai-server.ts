/**
 * A small OpenAI-compatible server: deterministic answers by prompt, log-probabilities as llama-server tells them, and
 * whatever trouble a test asks for. Listens on a free loopback port.
 */
import http from 'node:http';

export interface ChatRequest {
  readonly model: string;
  readonly messages?: readonly { readonly role: string; readonly content: string }[];
  readonly prompt?: string;
  readonly max_tokens?: number;
  readonly max_completion_tokens?: number;
  readonly temperature?: number;
  readonly seed?: number;
  readonly logprobs?: boolean | number;
  readonly top_logprobs?: number;
  readonly response_format?: unknown;
}

/** What happens to one request instead of an answer. */
export type Trouble =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: unknown;
    }
  | { readonly kind: 'garbage'; readonly text: string }
  | { readonly kind: 'hang-up' }
  /** Half of a reply, then the connection is closed. */
  | { readonly kind: 'half' }
  /** Never answered: the client has to give up. */
  | { readonly kind: 'silent' };

export interface Seen {
  readonly path: string;
  readonly authorization: string | null;
  readonly body: ChatRequest;
  /** All of the prompt's texts. */
  readonly text: string;
}

export interface OpenAiScript {
  /** Trouble for the n-th completion request (0 is the engine's trial), or null for an answer. */
  readonly trouble?: (request: Seen, index: number) => Trouble | null;
  /** What is written; by default a few words that depend on prompt and seed. */
  readonly answer?: (request: Seen) => { readonly text: string; readonly reasoning?: string } | null;
  /** Probabilities of the next token by its text, where the reply is one token. */
  readonly next?: (request: Seen) => Readonly<Record<string, number>> | null;
  readonly logprobs?: boolean;
  readonly usage?: boolean;
  /** Fields that are refused with 400 and their name in error.param. */
  readonly refuses?: readonly string[];
  readonly apiKey?: string;
  readonly models?: readonly string[];
}

export interface OpenAiServer extends AsyncDisposable {
  readonly baseUrl: string;
  readonly seen: readonly Seen[];
  /** Completion requests that are open now, and the most there were. */
  readonly open: () => number;
  readonly mostOpen: () => number;
  /** Resolves when `count` completion requests have arrived. */
  arrived(count: number): Promise<void>;
}

const WORDS = 'the of north river seven blue city king water never under large first Paris gold'.split(' ');

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const char of text) value = Math.imul(value ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return value >>> 0;
}

const DEFAULT_NEXT: Readonly<Record<string, number>> = {
  A: 0.4,
  ' B': 0.2,
  B: 0.1,
  correct: 0.1,
  Q: 0.05,
  incorrect: 0.05,
  Correct: 0.02,
  yes: 0.02,
};

function words(request: Seen): string {
  const { temperature = 1, seed = 0 } = request.body;
  let state = hash(`${request.text}|${temperature === 0 ? '' : seed}`);
  const length = Math.min(limitOf(request.body), 2 + (state % 6));
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return WORDS[(state >>> 8) % WORDS.length] ?? '';
  }).join(' ');
}

function limitOf(body: ChatRequest): number {
  return body.max_completion_tokens ?? body.max_tokens ?? 16;
}

const tokensOf = (text: string): string[] => text.match(/\s*\S+\s*$|\s*\S+/g) ?? [];

function tokenEntry(text: string, p: number): Record<string, unknown> {
  return { id: hash(text) % 100_000, token: text, bytes: [...Buffer.from(text)], logprob: Math.log(p) };
}

function completion(script: OpenAiScript, request: Seen): Record<string, unknown> {
  const { body } = request;
  const chat = body.messages !== undefined;
  const limit = limitOf(body);
  const own = script.answer?.(request) ?? null;
  const next = script.next?.(request) ?? DEFAULT_NEXT;
  const isScore = limit === 1 && own === null;
  const [best = 'A'] = Object.entries(next)
    .toSorted((a, b) => b[1] - a[1])
    .map(([text]) => text);
  const whole = isScore ? best : (own?.text ?? words(request));
  const all = tokensOf(whole);
  const written = all.slice(0, limit);
  const entries = written.map((text) => ({
    ...tokenEntry(text, isScore ? (next[best] ?? 0) : 0.5 + (hash(text) % 50) / 100),
    top_logprobs: isScore ? Object.entries(next).map(([token, p]) => tokenEntry(token, p)) : [],
  }));
  const wanted = body.logprobs !== undefined && body.logprobs !== false && script.logprobs !== false;
  const text = written.join('');
  return {
    id: 'x',
    object: chat ? 'chat.completion' : 'text_completion',
    model: `${body.model}-2026-01-01`,
    system_fingerprint: 'fp_fake',
    choices: [
      {
        index: 0,
        ...(chat
          ? {
              message: {
                role: 'assistant',
                content: text,
                ...(own?.reasoning === undefined ? {} : { reasoning_content: own.reasoning }),
              },
            }
          : { text }),
        finish_reason: written.length < all.length || isScore ? 'length' : 'stop',
        logprobs: wanted ? { content: entries } : null,
      },
    ],
    ...(script.usage === false
      ? {}
      : { usage: { prompt_tokens: request.text.split(/\s+/).length, completion_tokens: written.length } }),
  };
}

async function readBody(incoming: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

function seenOf(incoming: http.IncomingMessage, text: string): Seen {
  const body: ChatRequest = JSON.parse(text);
  return {
    path: incoming.url ?? '',
    authorization: incoming.headers.authorization ?? null,
    body,
    text: body.prompt ?? (body.messages ?? []).map((message) => message.content).join('\n'),
  };
}

function send(response: http.ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', server: 'fake-openai', ...headers });
  response.end(JSON.stringify(body));
}

function cause(trouble: Trouble, incoming: http.IncomingMessage, response: http.ServerResponse): void {
  if (trouble.kind === 'hang-up') incoming.socket.destroy();
  else if (trouble.kind === 'status')
    send(response, trouble.status, trouble.body ?? { error: { message: 'Not now.' } }, trouble.headers);
  else if (trouble.kind === 'garbage') response.writeHead(200).end(trouble.text);
  else if (trouble.kind === 'half') {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('{"choices": [', () => incoming.socket.destroy());
  }
}

export async function startOpenAiServer(script: OpenAiScript = {}): Promise<OpenAiServer> {
  const seen: Seen[] = [];
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  let open = 0;
  let mostOpen = 0;
  const answer = (incoming: http.IncomingMessage, response: http.ServerResponse, text: string): void => {
    const request = seenOf(incoming, text);
    const index = seen.push(request) - 1;
    open += 1;
    mostOpen = Math.max(mostOpen, open);
    response.on('close', () => {
      open -= 1;
    });
    for (const one of waiting) if (seen.length >= one.count) one.resolve();
    const refused = (script.refuses ?? []).find((field) => field in request.body);
    const trouble = script.trouble?.(request, index) ?? null;
    if (script.apiKey !== undefined && request.authorization !== `Bearer ${script.apiKey}`) {
      send(response, 401, { error: { message: `Incorrect API key provided: ${request.authorization}` } });
    } else if (trouble !== null) cause(trouble, incoming, response);
    else if (refused !== undefined) {
      send(response, 400, {
        error: {
          message: `Unsupported parameter: ${refused}`,
          param: refused,
          code: 'unsupported_parameter',
        },
      });
    } else send(response, 200, completion(script, request));
  };
  const server = http.createServer((incoming, response) => {
    if (incoming.url?.endsWith('/models') === true) {
      send(response, 200, { data: (script.models ?? ['tiny']).map((id) => ({ id, owned_by: 'fake-lab' })) });
      return;
    }
    void readBody(incoming).then((text) => answer(incoming, response, text));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The fake server has no port.');
  const { port } = address;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    seen,
    open: () => open,
    mostOpen: () => mostOpen,
    arrived: (count) =>
      new Promise((resolve) => {
        if (seen.length >= count) resolve();
        else waiting.push({ count, resolve });
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
