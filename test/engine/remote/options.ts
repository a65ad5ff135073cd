import type { RemoteOptions } from '../../../src-main/engine/remote/options.ts';
import type { OpenAiServer } from '../../fakes/openai-server.ts';

/** Options for a fake server, with waiting times that a test can wait for. */
export function remoteOptions(server: OpenAiServer, more: Partial<RemoteOptions> = {}): RemoteOptions {
  return {
    servers: [{ baseUrl: server.baseUrl, apiKey: null }],
    model: 'tiny',
    style: 'chat',
    concurrency: 8,
    timeoutMs: 20_000,
    tries: 4,
    backoff: { baseMs: 5, maxMs: 20, totalMs: 60_000 },
    prices: null,
    maxCostUsd: null,
    spentUsd: 0,
    signal: new AbortController().signal,
    log: () => undefined,
    ...more,
  };
}
