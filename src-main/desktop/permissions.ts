import { originOf } from './origin.ts';

/** Copy buttons write text to the clipboard. Everything else a page may ask of a system is refused, today's and tomorrow's. */
const ALLOWED: ReadonlySet<string> = new Set(['clipboard-sanitized-write']);

/** For requests and for silent checks alike; `requester` is the asking frame's address. */
export function isPermissionAllowed(permission: string, requester: string, origin: string): boolean {
  return ALLOWED.has(permission) && originOf(requester) === origin;
}
