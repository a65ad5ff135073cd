import { posix, win32 } from 'node:path';

/**
 * A path that may be shown in the file manager, or null. Shares ("\\host\share") are refused: merely looking at one sends the user's
 * credentials to its host.
 */
export function decideReveal(path: string, platform: NodeJS.Platform): string | null {
  if (path.includes('\0') || path.length > 4096) return null;
  if (platform === 'win32') {
    if (/^[\\/]{2}/.test(path) || !/^[A-Za-z]:[\\/]/.test(path)) return null;
    return win32.normalize(path);
  }
  return posix.isAbsolute(path) ? posix.normalize(path) : null;
}
