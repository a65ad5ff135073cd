import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { createGrants, type Grants } from '../../src-main/core/grants.ts';
import { silentLog } from '../../src-main/core/log.ts';
import { startServer, type RunningServer, type ServerOptions } from '../../src-main/serve/server.ts';
import { createSmallRouter } from '../fakes/small-router.ts';

export const TOKEN = 'a-token-of-the-tests-that-is-long-enough-43';

export interface Served extends AsyncDisposable {
  readonly server: RunningServer;
  readonly dataDir: string;
  readonly rendererDir: string;
  readonly grants: Grants;
  readonly origin: string;
  readonly cookie: string;
  readonly small: ReturnType<typeof createSmallRouter>;
}

/** A server with a two-file page, a data directory of its own and a signed-in cookie. */
export async function serve(options: Partial<ServerOptions> = {}): Promise<Served> {
  const root = await mkdtemp(join(tmpdir(), 'assize-serve-'));
  const rendererDir = join(root, 'page');
  const dataDir = join(root, 'data');
  await mkdir(join(rendererDir, 'assets'), { recursive: true });
  await mkdir(dataDir);
  const html =
    '<!doctype html><html><head><meta name="csp-nonce" content="__CSP_NONCE__" /></head><body></body></html>';
  await writeFile(join(rendererDir, 'index.html'), html);
  await writeFile(join(rendererDir, 'assets', 'index.js'), 'export {};');
  await writeFile(join(root, 'secret.txt'), 'not for the page');
  const grants = createGrants();
  const small = createSmallRouter();
  const server = await startServer({
    router: small.router,
    port: 0,
    token: TOKEN,
    rendererDir,
    dataDir,
    grants,
    log: silentLog,
    ...options,
  });
  const origin = `http://127.0.0.1:${server.port}`;
  const cookie = await signIn(origin);
  return {
    server,
    dataDir,
    rendererDir,
    grants,
    origin,
    cookie,
    small,
    async [Symbol.asyncDispose]() {
      await server.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

export async function signIn(origin: string, token: string = TOKEN): Promise<string> {
  const response = await send(origin, '/session', {
    method: 'POST',
    headers: { origin, 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  });
  return (response.headers['set-cookie']?.[0] ?? '').split(';')[0] ?? '';
}

export interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Plain node:http, which sends Host, Origin and paths as they are given: fetch would correct them. */
export function send(
  origin: string,
  path: string,
  options: RequestOptions & { readonly body?: string | Buffer } = {},
): Promise<Received> {
  const { body, ...rest } = options;
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, path, agent: false, ...rest }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      );
      response.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** The status that an upgrade was answered with: 101 when the socket opened. */
export function upgradeStatus(
  url: string,
  options: { readonly origin?: string; readonly headers?: Record<string, string> },
): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, options);
    socket.on('open', () => {
      socket.terminate();
      resolve(101);
    });
    socket.on('unexpected-response', (outgoing, response) => {
      outgoing.destroy();
      resolve(response.statusCode ?? 0);
    });
    socket.on('error', reject);
  });
}
