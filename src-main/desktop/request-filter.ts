import { APP_ORIGIN, originOf } from './origin.ts';

const LOCAL_SCHEMES: ReadonlySet<string> = new Set(['blob:', 'data:', 'devtools:']);

/**
 * Whether a file may leave through the system's save dialog without core: what the page itself made (a figure, a guide). The address is
 * the asker's choice, so who asks is looked at too.
 */
export function isDownloadAllowed(address: string, initiator: string, origin: string): boolean {
  return URL.canParse(address) && new URL(address).protocol === 'blob:' && originOf(initiator) === origin;
}

/**
 * Whether the window may load an address at all: its own files, and what it made itself. The network is core's, on a user's command.
 * In development also Vite's server, over HTTP and its socket.
 */
export function isRequestAllowed(address: string, devServer: string | undefined): boolean {
  if (!URL.canParse(address)) return false;
  if (LOCAL_SCHEMES.has(new URL(address).protocol)) return true;
  const origin = originOf(address);
  if (origin === APP_ORIGIN) return true;
  const dev = devServer === undefined ? null : originOf(devServer);
  return dev !== null && (origin === dev || origin === dev.replace(/^http/, 'ws'));
}
