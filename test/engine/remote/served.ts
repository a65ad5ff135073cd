import { afterEach } from 'vitest';
import type { RemoteOptions } from '../../../src-main/engine/remote/options.ts';
import { type RemoteEngine, startRemoteEngine } from '../../../src-main/engine/remote/start-remote.ts';
import {
  type OpenAiScript,
  type OpenAiServer,
  startOpenAiServer,
  type Trouble,
} from '../../fakes/openai-server.ts';
import { question } from '../helpers.ts';
import { remoteOptions } from './options.ts';

const open: AsyncDisposable[] = [];

/** A fake server that ends with the test of the calling file, as does every engine of `connect`. */
export async function serve(script: OpenAiScript = {}): Promise<OpenAiServer> {
  const server = await startOpenAiServer(script);
  open.push(server);
  return server;
}

export async function connect(
  server: OpenAiServer,
  more: Partial<RemoteOptions> = {},
): Promise<RemoteEngine> {
  const engine = await startRemoteEngine(remoteOptions(server, more));
  open.push(engine);
  return engine;
}

/** To be called by every file that serves or connects. */
export function closeAfterEachTest(): void {
  afterEach(async () => {
    for (const one of open.splice(0).toReversed()) await one[Symbol.asyncDispose]();
  });
}

export const jobs = (count: number) =>
  Array.from({ length: count }, (_, i) => question(`q${i}`, `Question ${i}?`));

/** Trouble for the first `times` requests after the trial. */
export const first =
  (times: number, trouble: Trouble) =>
  (_: unknown, index: number): Trouble | null =>
    index >= 1 && index <= times ? trouble : null;
