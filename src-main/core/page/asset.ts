import { extname, isAbsolute, join, relative } from 'node:path';

/** The only types a door sends. What is not here goes out as bytes, which `nosniff` keeps from being run. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
};

export function mimeType(path: string): string {
  return TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream';
}

/**
 * The file under `root` that a URL's path names ("/" is index.html), or null when it names none: bad escapes, NUL, backslashes,
 * drive letters and anything that leaves `root`. Decoded once, before it is normalised; whether the file exists is not asked.
 */
export function resolveAsset(urlPath: string, root: string): string | null {
  let decoded: string;
  try {
    decoded = decodeURIComponent(urlPath);
  } catch {
    return null;
  }
  if (!decoded.startsWith('/') || /[\0\\:]/.test(decoded)) return null;
  const file = join(root, decoded === '/' ? 'index.html' : decoded);
  return isInside(file, root) ? file : null;
}

/** True when `path` lies under `root` (not root itself): by the relative path, since "/data-old" starts with "/data". */
export function isInside(path: string, root: string): boolean {
  const way = relative(root, path);
  return way !== '' && way !== '..' && !way.startsWith('../') && !way.startsWith('..\\') && !isAbsolute(way);
}
