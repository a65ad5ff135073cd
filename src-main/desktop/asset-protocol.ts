import { readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isInside, mimeType, resolveAsset } from '../core/page/asset.ts';
import { contentSecurityPolicy, createNonce, injectNonce, PAGE_HEADERS } from '../core/page/csp.ts';
import { APP_HOST, APP_SCHEME } from './origin.ts';

/**
 * Answers `app://assize/…` from the built page: GET only, that host only, files under the real root only, each with a fixed type and
 * the policy that lets the page load nothing else.
 */
export async function answerAppRequest(
  request: { readonly method: string; readonly url: string },
  rendererDir: string,
): Promise<Response> {
  if (request.method !== 'GET') return refusal(405);
  if (!URL.canParse(request.url)) return refusal(400);
  const url = new URL(request.url);
  if (url.protocol !== `${APP_SCHEME}:` || url.host !== APP_HOST) return refusal(404);
  try {
    const root = await realpath(rendererDir);
    const wanted = resolveAsset(url.pathname === '' ? '/' : url.pathname, root);
    if (wanted === null) return refusal(404);
    const path = await realpath(wanted);
    if (!isInside(path, root) || !(await stat(path)).isFile()) return refusal(404);
    if (path === join(root, 'index.html')) {
      const nonce = createNonce();
      return page(injectNonce(await readFile(path, 'utf8'), nonce), path, nonce);
    }
    return page(new Uint8Array(await readFile(path)), path, null);
  } catch {
    return refusal(404);
  }
}

function page(body: string | Uint8Array<ArrayBuffer>, path: string, nonce: string | null): Response {
  return new Response(body, {
    headers: {
      ...PAGE_HEADERS,
      'content-type': mimeType(path),
      'content-security-policy': contentSecurityPolicy(nonce),
      'cache-control': 'no-store',
    },
  });
}

function refusal(status: number): Response {
  return new Response(null, {
    status,
    headers: { ...PAGE_HEADERS, 'content-security-policy': contentSecurityPolicy(null) },
  });
}
