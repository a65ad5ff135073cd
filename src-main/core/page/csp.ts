import { randomBytes } from 'node:crypto';

/** A nonce for one response: 128 random bits, base64 as CSP wants it. */
export function createNonce(): string {
  return randomBytes(16).toString('base64');
}

/**
 * What the page may load and do, as a Content-Security-Policy header: its own files, nothing else. `nonce` admits the style elements
 * that Mantine and Plot write at run time; without one (assets, errors) no inline style is admitted either.
 */
export function contentSecurityPolicy(nonce: string | null): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    nonce === null ? "style-src 'self'" : `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

const NONCE_META = /<meta\s+name="csp-nonce"[^>]*>/i;

/** index.html with the response's nonce in `<meta name="csp-nonce">`, where the page reads it. A page without that tag gets one. */
export function injectNonce(html: string, nonce: string): string {
  const tag = `<meta name="csp-nonce" content="${nonce}">`;
  if (NONCE_META.test(html)) return html.replace(NONCE_META, tag);
  return html.replace(/<head(\s[^>]*)?>/i, (head) => `${head}${tag}`);
}

/** Sent with everything that a door shows to a page. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};
