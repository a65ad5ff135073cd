import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/**
 * The key of this data directory's workbench, from `<dataDir>/serve-token` (mode 0600), made on first use: 256 random bits. It
 * outlives the process, so that an open tab finds its way back after a restart. A file that others could read is replaced.
 */
export async function loadToken(dataDir: string): Promise<string> {
  const path = join(dataDir, 'serve-token');
  const known = await readPrivate(path);
  if (known !== null && TOKEN.test(known)) return known;
  const token = randomBytes(32).toString('base64url');
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const fresh = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(fresh, `${token}\n`, { mode: 0o600, flag: 'wx' });
  await rename(fresh, path);
  return token;
}

async function readPrivate(path: string): Promise<string | null> {
  try {
    const { mode } = await stat(path);
    const openToOthers = process.platform !== 'win32' && (mode & 0o077) !== 0;
    return openToOthers ? null : (await readFile(path, 'utf8')).trim();
  } catch {
    return null;
  }
}

/** Compares in a time that does not tell how much of `given` was right. */
export function sameSecret(given: string, secret: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(secret));
}

/** What the cookie holds: derived from the token, so it stays good over a restart and does not give the token away. */
export function sessionSecret(token: string): string {
  return createHmac('sha256', token).update('assize session').digest('base64url');
}

/** Cookies of a host are shared by all its ports: the name keeps two workbenches apart. */
export function cookieName(port: number): string {
  return `assize-${port}`;
}

/** The value of one cookie in a Cookie header; null when it is not there. */
export function readCookie(header: string | undefined, name: string): string | null {
  for (const part of (header ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return null;
}
