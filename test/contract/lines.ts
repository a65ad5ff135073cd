import { mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { createORPCClient } from '@orpc/client';
import { RPCLink as PortLink } from '@orpc/client/message-port';
import { RPCLink as SocketLink } from '@orpc/client/websocket';
import type { AnyRouter } from '@orpc/server';
import { WebSocket } from 'ws';
import type { Workbench } from '../../src-main/contract/client.ts';
import { createGrants, type Grants } from '../../src-main/core/grants.ts';
import type { Log } from '../../src-main/core/log.ts';
import { servePort } from '../../src-main/desktop/port-line.ts';
import { startServer } from '../../src-main/serve/server.ts';
import { mainPort } from '../fakes/electron.ts';
import { signIn, TOKEN } from '../serve/harness.ts';

/** One caller's end of a line to the workbench. */
export interface Caller extends AsyncDisposable {
  readonly workbench: Workbench;
  /** Sends a message that the RPC client would not. */
  raw(message: string): void;
  /** Resolves when the other side ended the line. */
  readonly closed: Promise<unknown>;
  /** The tab is closed, without a word. */
  drop(): void;
}

export interface Line {
  readonly name: 'port' | 'socket';
  readonly open: (router: AnyRouter, log: Log, grants?: Grants) => Promise<Caller>;
}

const portLine: Line = {
  name: 'port',
  async open(router, log) {
    const { port1, port2 } = new MessageChannel();
    servePort(router, mainPort(port1), log);
    const workbench: Workbench = createORPCClient(new PortLink({ port: port2 }));
    port2.start();
    return {
      workbench,
      raw: (message) => port2.postMessage(message),
      closed: once(port2, 'close'),
      drop: () => port2.close(),
      async [Symbol.asyncDispose]() {
        port2.close();
      },
    };
  },
};

const socketLine: Line = {
  name: 'socket',
  async open(router, log, grants = createGrants()) {
    const dataDir = await mkdtemp(join(tmpdir(), 'assize-line-'));
    const server = await startServer({
      router,
      port: 0,
      token: TOKEN,
      rendererDir: dataDir,
      dataDir,
      grants,
      log,
    });
    const origin = `http://127.0.0.1:${server.port}`;
    const cookie = await signIn(origin);
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/rpc`, { origin, headers: { cookie } });
    await once(socket, 'open');
    if (!isBrowserLike(socket)) throw new Error('ws lost its browser interface');
    const workbench: Workbench = createORPCClient(new SocketLink({ websocket: socket }));
    return {
      workbench,
      raw: (message) => socket.send(message),
      closed: once(socket, 'close'),
      drop: () => socket.terminate(),
      async [Symbol.asyncDispose]() {
        socket.terminate();
        await server.close();
        await rm(dataDir, { recursive: true, force: true });
      },
    };
  },
};

type BrowserSocket = ConstructorParameters<typeof SocketLink>[0]['websocket'];

/** ws has the methods of a browser's socket; only the event types of the two libraries differ. */
function isBrowserLike(socket: object): socket is BrowserSocket {
  return ['addEventListener', 'removeEventListener', 'send', 'readyState'].every((key) => key in socket);
}

export const LINES: readonly Line[] = [portLine, socketLine];
