import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Grants } from '../core/grants.ts';
import { isInside } from '../core/page/asset.ts';
import { contentSecurityPolicy, PAGE_HEADERS } from '../core/page/csp.ts';
import { sendRefusal } from './respond.ts';

/** Streams a granted file of the data directory (an export) as an attachment. What lies elsewhere is not handed over. */
export async function sendDownload(
  request: IncomingMessage,
  response: ServerResponse,
  grant: string,
  { grants, dataDir }: { readonly grants: Grants; readonly dataDir: string },
): Promise<void> {
  const path = grants.resolve(grant);
  const isOurs = path !== null && isInside(path, await realpath(dataDir));
  const facts = isOurs ? await stat(path).catch(() => null) : null;
  if (path === null || facts === null || !facts.isFile()) {
    sendRefusal(
      request,
      response,
      404,
      'This export is gone. Export again and download it from the new link.',
    );
    return;
  }
  response.writeHead(200, {
    ...PAGE_HEADERS,
    'content-security-policy': contentSecurityPolicy(null),
    'content-type': 'application/octet-stream',
    'content-length': String(facts.size),
    'content-disposition': attachment(basename(path)),
    'cache-control': 'no-store',
  });
  if (request.method === 'HEAD') response.end();
  else await pipeline(createReadStream(path), response);
}

/** Content-Disposition of RFC 6266: a plain name for old clients, the real one in UTF-8. */
function attachment(name: string): string {
  const plain = name.replaceAll(/[^\w. ()-]/g, '_');
  const encoded = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
