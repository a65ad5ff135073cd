import { RPCLink as PortLink } from '@orpc/client/message-port';
import { RPCLink as SocketLink } from '@orpc/client/websocket';
import type { Bridge } from './bridge.ts';
import type { Opened } from './connection.ts';
import { exchangeToken, sessionProblem } from './session.ts';

/** A port that the shell does not hand over within this time will not come: core failed to start. */
const PORT_DEADLINE_MS = 15_000;

const isPortMessage = (data: unknown): boolean =>
  typeof data === 'object' && data !== null && 'type' in data && data.type === 'assize:port';

/** Asks the shell for a MessagePort to core and waits for it. */
export async function openPort(bridge: Bridge): Promise<Opened> {
  const port = await new Promise<MessagePort>((resolve, reject) => {
    const timer = setTimeout(() => {
      window.removeEventListener('message', receive);
      reject(new Error('The workbench did not start. Close the window and open it again.'));
    }, PORT_DEADLINE_MS);
    const receive = (event: MessageEvent<unknown>): void => {
      const [port] = event.ports;
      if (event.source !== window || port === undefined || !isPortMessage(event.data)) return;
      clearTimeout(timer);
      window.removeEventListener('message', receive);
      resolve(port);
    };
    window.addEventListener('message', receive);
    bridge.requestPort();
  });
  const closed = new Promise<void>((resolve) => {
    port.addEventListener('close', () => resolve(), { once: true });
  });
  const link = new PortLink({ port });
  port.start();
  return { link, closed };
}

const SILENT =
  'The workbench does not answer. Is assize serve still running? This page tries again every few seconds.';

let tokenExchange: Promise<void> | null = null;

/** Opens the WebSocket of `assize serve` on the page's own origin, after the token of the address became a cookie. */
export async function openSocket(): Promise<Opened> {
  tokenExchange ??= exchangeToken();
  await tokenExchange;
  const address = new URL('/rpc', location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(address);
  socket.binaryType = 'arraybuffer';
  const opened = await new Promise<boolean>((resolve) => {
    socket.addEventListener('open', () => resolve(true), { once: true });
    socket.addEventListener('close', () => resolve(false), { once: true });
  });
  // A browser does not say why an upgrade failed; the server does when it is asked.
  if (!opened) throw new Error((await sessionProblem()) ?? SILENT);
  const closed = new Promise<void>((resolve) => {
    socket.addEventListener('close', () => resolve(), { once: true });
  });
  return { link: new SocketLink({ websocket: socket }), closed };
}
