import { originOf } from './origin.ts';

/** Whether a window or frame may go to an address: only within the page's own origin, compared parsed and whole. */
export function decideNavigation(address: string, origin: string): 'allow' | 'deny' {
  return originOf(address) === origin ? 'allow' : 'deny';
}

/**
 * An address that may be opened in the system's browser or mail program, normalised, with what to show before it is; null for every
 * other scheme (file:, smb:, ms-…: are ways to run things) and for addresses that hide their host behind a user name.
 */
export function decideExternal(address: string): { readonly url: string; readonly shown: string } | null {
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  if (url.protocol === 'mailto:') return { url: url.href, shown: `a mail to ${url.pathname}` };
  if (url.protocol !== 'https:' || url.username !== '' || url.password !== '') return null;
  return { url: url.href, shown: url.host };
}
