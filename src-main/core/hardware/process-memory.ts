import { join } from 'node:path';

import { readText } from './read-text.ts';

/** Memory of one process, bytes. Mapped model files count as file pages, which the system can drop again. */
export interface ProcessMemory {
  readonly rssBytes: number;
  readonly anonymousBytes: number;
  readonly fileBytes: number;
  readonly peakRssBytes: number;
}

/**
 * From /proc/<pid>/status; null where there is no such file (other systems) or process. `root` is "/" but in
 * tests.
 */
export async function processMemory(pid: number, root = '/'): Promise<ProcessMemory | null> {
  const status = await readText(join(root, 'proc', String(pid), 'status'));
  if (status === null) return null;
  const bytes = (key: string): number | null => {
    const match = new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(status);
    return match === null ? null : Number(match[1]) * 1024;
  };
  const rssBytes = bytes('VmRSS');
  // A zombie has no memory lines any more.
  if (rssBytes === null) return null;
  return {
    rssBytes,
    anonymousBytes: bytes('RssAnon') ?? rssBytes,
    fileBytes: (bytes('RssFile') ?? 0) + (bytes('RssShmem') ?? 0),
    peakRssBytes: bytes('VmHWM') ?? rssBytes,
  };
}
