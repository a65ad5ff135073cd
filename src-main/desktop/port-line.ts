import type { AnyRouter } from '@orpc/server';
import { RPCHandler } from '@orpc/server/message-port';
import type { Log } from '../core/log.ts';
import { readFrame, transportOptions } from '../core/transport.ts';

/** The part of Electron's MessagePortMain that a line needs; the same shape in the utility process. */
export interface Port {
  on(event: 'message', listener: (event: { readonly data: unknown }) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  postMessage(message: unknown, transfer: []): void;
  start(): void;
  close(): void;
}

/** The router over one window's port. A port that closes, or sends what is no request, takes its own calls and streams with it. */
export function servePort(router: AnyRouter, port: Port, log: Log): void {
  const handler = new RPCHandler(router, transportOptions({ log, hidePaths: false }));
  handler.upgrade(
    {
      on(event, callback) {
        if (event === 'close') port.on('close', () => callback());
        if (event !== 'message') return;
        port.on('message', ({ data }) => {
          const text = readFrame(data);
          if (text !== null) {
            callback({ data: text });
            return;
          }
          log.warn('a window sent what is no request; its port was closed');
          port.close();
        });
      },
      postMessage: (message: unknown) => port.postMessage(message, []),
    },
    { context: {} },
  );
  port.start();
}
