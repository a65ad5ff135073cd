import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AnyRouter } from '@orpc/server';
import { RPCHandler } from '@orpc/server/ws';
import { WebSocket, WebSocketServer } from 'ws';
import type { Log } from '../core/log.ts';
import { MAX_MESSAGE_CHARS, readFrame, transportOptions } from '../core/transport.ts';

/** A tab that misses a whole interval's ping is asleep or gone: its streams end, its run goes on. */
const PING_MS = 25_000;

/** The most bytes that MAX_MESSAGE_CHARS characters can take; ws ends the line beyond it, before it is in memory. */
const MAX_MESSAGE_BYTES = 3 * MAX_MESSAGE_CHARS;

const POLICY_VIOLATION = 1008;
const GOING_AWAY = 1001;

/** A socket that ends on what the RPC layer cannot read, and whose `send` is done when the bytes have left: a slow tab slows its
 * own stream instead of filling our memory. */
class RpcSocket extends WebSocket {
  override emit(event: string | symbol, ...args: unknown[]): boolean {
    if (event === 'message') {
      const [data, isBinary] = args;
      if (isBinary === true || readFrame(String(data)) === null) {
        this.close(POLICY_VIOLATION, 'a message that is no request');
        return true;
      }
    }
    return super.emit(event, ...args);
  }

  override send(data: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    super.send(data, (error) => (error ? reject(error) : resolve()));
    return promise;
  }
}

export interface RpcLine {
  /** Takes an upgrade request that was let in. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): void;
}

/** The router over WebSocket, for any number of tabs. A socket that drops aborts the calls and streams it had, nothing else. */
export function createRpcLine(router: AnyRouter, log: Log, pingMs: number = PING_MS): RpcLine {
  const handler = new RPCHandler(router, transportOptions({ log, hidePaths: true }));
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    WebSocket: RpcSocket,
  });
  const answered = new WeakSet<WebSocket>();

  const pings = setInterval(() => {
    for (const socket of sockets.clients) {
      if (answered.delete(socket)) socket.ping();
      else socket.terminate();
    }
  }, pingMs);
  pings.unref();

  sockets.on('connection', (socket) => {
    answered.add(socket);
    socket.on('pong', () => answered.add(socket));
    socket.on('error', (error) => log.warn('a tab was cut off', { error: error.message }));
    void handler.upgrade(socket, { context: {} });
  });

  return {
    accept(request, socket, head) {
      sockets.handleUpgrade(request, socket, head, (client) => sockets.emit('connection', client, request));
    },
    close() {
      clearInterval(pings);
      for (const socket of sockets.clients) {
        socket.close(GOING_AWAY, 'the workbench was closed');
        socket.terminate();
      }
      sockets.close();
    },
  };
}
