import { createReadStream } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isInside, mimeType, resolveAsset } from '../core/page/asset.ts';
import { contentSecurityPolicy, createNonce, injectNonce, PAGE_HEADERS } from '../core/page/csp.ts';
import { sendRefusal } from './respond.ts';

/** Sends a file of the built page. index.html gets a fresh style nonce; what the build named by its hash may be kept for ever. */
export async function sendAsset(
  request: IncomingMessage,
  response: ServerResponse,
  urlPath: string,
  rendererDir: string,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    sendRefusal(request, response, 405, 'Pages are read with GET.');
    return;
  }
  const file = await findFile(urlPath, rendererDir);
  if (file === null) {
    sendRefusal(request, response, 404, 'There is no such page in the workbench.');
    return;
  }
  const isIndex = file.path === join(file.root, 'index.html');
  const headers = { ...PAGE_HEADERS, 'content-type': mimeType(file.path) };
  if (isIndex) {
    const nonce = createNonce();
    const html = injectNonce(await readFile(file.path, 'utf8'), nonce);
    response.writeHead(200, {
      ...headers,
      'content-security-policy': contentSecurityPolicy(nonce),
      'cache-control': 'no-store',
      'content-length': String(Buffer.byteLength(html)),
    });
    response.end(request.method === 'HEAD' ? undefined : html);
    return;
  }
  response.writeHead(200, {
    ...headers,
    'content-security-policy': contentSecurityPolicy(null),
    'cache-control': urlPath.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
    'content-length': String(file.bytes),
  });
  if (request.method === 'HEAD') response.end();
  else await pipeline(createReadStream(file.path), response);
}

/** A regular file under the real root; a link that leads out of it is no file of the page. */
async function findFile(
  urlPath: string,
  rendererDir: string,
): Promise<{ path: string; root: string; bytes: number } | null> {
  try {
    const root = await realpath(rendererDir);
    const wanted = resolveAsset(urlPath, root);
    if (wanted === null) return null;
    const path = await realpath(wanted);
    if (!isInside(path, root)) return null;
    const facts = await stat(path);
    return facts.isFile() ? { path, root, bytes: facts.size } : null;
  } catch {
    return null;
  }
}
