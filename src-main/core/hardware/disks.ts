import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import type { Disk } from '../../domain/hardware.ts';

/** A network folder whose server is away answers never; the others should not wait for it. */
const STATFS_TIMEOUT_MS = 2_000;

/**
 * Space of the disks under the given paths, in order, each path once; one that cannot be read becomes a note.
 */
export async function readDisks(
  paths: readonly string[],
): Promise<{ disks: readonly Disk[]; notes: readonly string[] }> {
  const unique = [...new Set(paths.map((path) => resolve(path)))];
  const results = await Promise.all(unique.map((path) => withinTime(path, diskOf(path))));
  return {
    disks: results.filter((result) => typeof result !== 'string'),
    notes: results.filter((result) => typeof result === 'string'),
  };
}

/** A folder that is not there yet lies on the disk of its nearest ancestor. */
async function diskOf(path: string): Promise<Disk | string> {
  let at = path;
  for (;;) {
    try {
      const stats = await statfs(at);
      return { path, totalBytes: stats.blocks * stats.bsize, freeBytes: stats.bavail * stats.bsize };
    } catch (error) {
      const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (!missing || dirname(at) === at) return `The free space of ${path} could not be read.`;
      at = dirname(at);
    }
  }
}

async function withinTime(path: string, work: Promise<Disk | string>): Promise<Disk | string> {
  const { promise: late, resolve: giveUp } = Promise.withResolvers<string>();
  const seconds = STATFS_TIMEOUT_MS / 1000;
  const timer = setTimeout(
    () => giveUp(`The disk of ${path} did not answer within ${seconds} s: is its server reachable?`),
    STATFS_TIMEOUT_MS,
  );
  const result = await Promise.race([work, late]);
  clearTimeout(timer);
  return result;
}
