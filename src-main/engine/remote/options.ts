/** One of the servers that hold the same model. */
export interface RemoteServer {
  /** Up to and without "/chat/completions": "https://api.openai.com/v1". */
  readonly baseUrl: string;
  /** Goes into the Authorization header and nowhere else. */
  readonly apiKey: string | null;
}

/** USD per million tokens read and written. */
export interface Prices {
  readonly inputUsdPerMillion: number;
  readonly outputUsdPerMillion: number;
}

export interface Backoff {
  /** Before the second try; doubled with each further one. */
  readonly baseMs: number;
  readonly maxMs: number;
  /** Servers of which none has answered for this long, or that ask to be left alone for longer, are as good as gone. */
  readonly totalMs: number;
}

export interface RemoteOptions {
  readonly servers: readonly RemoteServer[];
  readonly model: string;
  /** chat: turns through the server's own template. completions: text as it is, for base models. */
  readonly style: 'chat' | 'completions';
  /** Requests under way at a time, for each server. */
  readonly concurrency: number;
  /** Of one request, from sending it to its last byte. */
  readonly timeoutMs: number;
  /** How often one request is tried in all. */
  readonly tries: number;
  readonly backoff?: Backoff | undefined;
  readonly prices: Prices | null;
  /** A request is sent only where it cannot pass this, together with those under way. */
  readonly maxCostUsd: number | null;
  /** Spent on the same work before, counted towards the cap. */
  readonly spentUsd: number;
  /** Ends the start; after that use stop(). */
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
  /** In [0, 1): the jitter of waiting times. */
  readonly random?: (() => number) | undefined;
}

/** "api.openai.com", "localhost:8080": what a server is called in sentences. */
export function hostOf(baseUrl: string): string {
  return URL.canParse(baseUrl) ? new URL(baseUrl).host : 'the server';
}
