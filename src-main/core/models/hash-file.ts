import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

import type { FoundPart } from './found.ts';

/** SHA-256 of 1 MiB takes about a millisecond: the loop that also carries answers is never held longer. */
const CHUNK_BYTES = 1 << 20;

export interface HashOptions {
  /** Awaited before every chunk: where a hash in the background waits. */
  readonly turn: () => Promise<void>;
  readonly onBytes: (bytes: number) => void;
  readonly signal: AbortSignal;
}

/**
 * SHA-256 over the bytes of the parts in order, hex. Throws a sentence when a part has another size or time
 * than was found: the hash would be of nothing that exists.
 */
export async function hashParts(parts: readonly FoundPart[], options: HashOptions): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  for (const part of parts) {
    const handle = await open(part.path, 'r');
    try {
      for (;;) {
        await options.turn();
        options.signal.throwIfAborted();
        const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, null);
        if (bytesRead === 0) break;
        hash.update(buffer.subarray(0, bytesRead));
        options.onBytes(bytesRead);
      }
      const stats = await handle.stat();
      if (stats.size !== part.bytes || stats.mtimeMs !== part.modifiedAt)
        throw new Error(`${part.path} changed while it was read; scan the models again.`);
    } finally {
      await handle.close();
    }
  }
  return hash.digest('hex');
}
