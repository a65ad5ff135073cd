import type { IncomingMessage, ServerResponse } from 'node:http';
import { contentSecurityPolicy, PAGE_HEADERS } from '../core/page/csp.ts';

/** What a request that is not let through costs at most: the sender has this long to read why before the line is cut. */
const DRAIN_MS = 2000;

/** Sends a small JSON body with the headers every response has. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    ...PAGE_HEADERS,
    'content-security-policy': contentSecurityPolicy(null),
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(text)),
    'cache-control': 'no-store',
    ...headers,
  });
  response.end(text);
}

/** Refuses with a sentence. A body that is still on its way is thrown away for a moment, so that the sender can read the answer. */
export function sendRefusal(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  message: string,
): void {
  if (response.headersSent || response.destroyed) return;
  if (request.complete) {
    sendJson(response, status, { message });
    return;
  }
  sendJson(response, status, { message }, { connection: 'close' });
  request.resume();
  const cut = setTimeout(() => request.destroy(), DRAIN_MS);
  request.once('close', () => clearTimeout(cut));
}
