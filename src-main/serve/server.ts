import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { AnyRouter } from '@orpc/server';
import { z } from 'zod';
import type { Grants } from '../core/grants.ts';
import type { Log } from '../core/log.ts';
import { sendDownload } from './download.ts';
import { refuse, type Arrival, type Refusal } from './gate.ts';
import { sendJson, sendRefusal } from './respond.ts';
import { createRpcLine, type RpcLine } from './rpc.ts';
import { sendAsset } from './static.ts';
import { cookieName, loadToken, readCookie, sameSecret, sessionSecret } from './token.ts';
import { receiveUpload, removeLeftovers, UPLOAD_CAP_BYTES } from './upload.ts';

export interface ServerOptions {
  /** An implementation of the contract that needs no context. */
  readonly router: AnyRouter;
  /** A loopback name or address. */
  readonly host?: '127.0.0.1' | 'localhost' | '::1';
  /** 0 takes any free port. */
  readonly port: number;
  /** Without one, the data directory's own, kept in a file of mode 0600. */
  readonly token?: string;
  /** The built page: index.html and assets/. */
  readonly rendererDir: string;
  readonly dataDir: string;
  readonly grants: Grants;
  readonly log: Log;
  readonly uploadCapBytes?: number;
}

export interface RunningServer {
  /** With the token in its fragment, which browsers do not send: for the person who opens it. */
  readonly url: string;
  readonly port: number;
  /** Ends tabs, streams and transfers, and resolves when the port is free. */
  close(): Promise<void>;
}

/** Headers, and the token, come in one go; whoever takes longer holds a connection for nothing. */
const HEADERS_TIMEOUT_MS = 10_000;

const NO_SESSION: Refusal = {
  status: 401,
  message:
    'This page has no key to the workbench. Open the whole address that `assize serve` printed, with its #token.',
};

interface Door {
  readonly options: ServerOptions;
  readonly port: number;
  readonly token: string;
  readonly session: string;
  readonly rpc: RpcLine;
}

/**
 * Serves the workbench to browsers of this machine: the page, a WebSocket for the contract, uploads and downloads. Rejects with a
 * sentence when the port is taken. Whoever has no session gets the page's files and nothing else.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host = '127.0.0.1', dataDir, log } = options;
  const token = options.token ?? (await loadToken(dataDir));
  await removeLeftovers(join(dataDir, 'uploads'));
  const server = createServer({ headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: 0 });
  const port = await listen(server, host, options.port);
  const door: Door = {
    options,
    port,
    token,
    session: sessionSecret(token),
    rpc: createRpcLine(options.router, log),
  };
  server.on('request', (request, response) => {
    answer(door, request, response).catch((error: unknown) => {
      // A client that went away in the middle is no failure of ours.
      if (!response.destroyed) log.error('a request failed', { error: String(error) });
      sendRefusal(request, response, 500, 'Something went wrong inside Assize; the log has the details.');
      if (!response.writableEnded) response.destroy();
    });
  });
  server.on('upgrade', (request, socket, head) => upgrade(door, request, socket, head));
  const shownHost = host === '::1' ? '[::1]' : host;
  return {
    url: `http://${shownHost}:${port}/#token=${encodeURIComponent(token)}`,
    port,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      door.rpc.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const sentence =
        error.code === 'EADDRINUSE'
          ? `Port ${port} is in use, perhaps by another assize serve. Use that one, or choose another with --port.`
          : `The workbench could not listen on ${host}:${port}: ${error.message}.`;
      reject(new Error(sentence, { cause: error }));
    });
    server.listen(port, host, () => {
      const address: AddressInfo | string | null = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function arrivalOf(request: IncomingMessage, target: Arrival['target']): Arrival {
  const { host, origin } = request.headers;
  const fetchSite = request.headers['sec-fetch-site'];
  return {
    method: request.method ?? 'GET',
    host,
    origin,
    fetchSite: Array.isArray(fetchSite) ? fetchSite[0] : fetchSite,
    target,
  };
}

function hasSession(door: Door, request: IncomingMessage): boolean {
  const cookie = readCookie(request.headers.cookie, cookieName(door.port));
  return cookie !== null && sameSecret(cookie, door.session);
}

async function answer(door: Door, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { options } = door;
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
  const api = apiOf(path);
  const refusal = refuse(arrivalOf(request, api === null ? 'page' : 'api'), door.port);
  if (refusal !== null) return sendRefusal(request, response, refusal.status, refusal.message);
  if (api === null) return sendAsset(request, response, path, options.rendererDir);
  if (api === 'session' && request.method === 'POST') return openSession(door, request, response);
  if (!hasSession(door, request)) {
    return sendRefusal(request, response, NO_SESSION.status, NO_SESSION.message);
  }
  const uploadCapBytes = options.uploadCapBytes ?? UPLOAD_CAP_BYTES;
  if (api === 'session' && request.method === 'GET') return sendJson(response, 200, { uploadCapBytes });
  if (api === 'upload' && request.method === 'POST') {
    const uploadsDir = join(options.dataDir, 'uploads');
    return receiveUpload(request, response, new URLSearchParams(query), {
      uploadsDir,
      capBytes: uploadCapBytes,
      grants: options.grants,
    });
  }
  if (api === 'download' && (request.method === 'GET' || request.method === 'HEAD')) {
    return sendDownload(request, response, path.slice('/download/'.length), options);
  }
  return sendRefusal(request, response, 405, 'The workbench does not answer to this method here.');
}

function apiOf(path: string): 'session' | 'upload' | 'download' | null {
  if (path === '/session') return 'session';
  if (path === '/upload') return 'upload';
  return path.startsWith('/download/') ? 'download' : null;
}

const sessionRequest = z.object({ token: z.string().max(200) });
const MAX_SESSION_BYTES = 1024;

/** The token for a cookie: scripts of the page never see it again, and no address holds it. */
async function openSession(door: Door, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const late = setTimeout(() => request.destroy(), HEADERS_TIMEOUT_MS);
  const body = await readJson(request, MAX_SESSION_BYTES).finally(() => clearTimeout(late));
  const given = sessionRequest.safeParse(body);
  if (!given.success || !sameSecret(given.data.token, door.token)) {
    return sendRefusal(request, response, NO_SESSION.status, NO_SESSION.message);
  }
  const cookie = `${cookieName(door.port)}=${door.session}; HttpOnly; SameSite=Strict; Path=/`;
  const uploadCapBytes = door.options.uploadCapBytes ?? UPLOAD_CAP_BYTES;
  return sendJson(response, 200, { uploadCapBytes }, { 'set-cookie': cookie });
}

/** A small JSON body; null when it is larger than `limit` bytes or no JSON. */
async function readJson(request: IncomingMessage, limit: number): Promise<unknown> {
  let text = '';
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    text += String(chunk);
    if (text.length > limit) return null;
  }
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function upgrade(door: Door, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  socket.on('error', () => socket.destroy());
  const isRpc = request.url === '/rpc';
  const refusal: Refusal | null =
    refuse(arrivalOf(request, 'upgrade'), door.port) ??
    (isRpc ? null : { status: 404, message: 'There is no socket here.' }) ??
    (hasSession(door, request) ? null : NO_SESSION);
  if (refusal === null) {
    door.rpc.accept(request, socket, head);
    return;
  }
  const head1 = `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ''}`;
  const length = Buffer.byteLength(refusal.message);
  // An HTTP server's sockets stay open when only one side has ended: whoever never does would be kept, and the server with him.
  socket.once('finish', () => socket.destroy());
  socket.end(
    `${head1}\r\nconnection: close\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${length}\r\n\r\n${refusal.message}`,
  );
}
