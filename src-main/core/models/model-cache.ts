import { createHash } from 'node:crypto';

import type { z } from 'zod';

import type { FoundPart } from './found.ts';

/**
 * A table of texts that outlives the program, implemented by the store: keys begin with what they hold
 * ("header/1/…", "sha256/1/…"), values are JSON. A cache that fails costs time, never a result.
 */
export interface ModelCache {
  get(key: string): Promise<string | null>;
  put(key: string, value: string): Promise<void>;
}

/** For tests and for a workbench without a database. */
export function memoryCache(): ModelCache {
  const entries = new Map<string, string>();
  return {
    get: (key) => Promise.resolve(entries.get(key) ?? null),
    put: (key, value) => {
      entries.set(key, value);
      return Promise.resolve();
    },
  };
}

/**
 * Key of what is known about files with these paths, sizes and times: when one of them changes, so does the
 * key. `kind` holds a version, raised when the value's meaning changes.
 */
export function cacheKey(kind: string, parts: readonly FoundPart[]): string {
  const identity = JSON.stringify(parts.map(({ path, bytes, modifiedAt }) => [path, bytes, modifiedAt]));
  return `${kind}/${createHash('sha256').update(identity).digest('hex')}`;
}

/** A cached value if it is there and still parses, else null. */
export async function readCached<T>(cache: ModelCache, key: string, schema: z.ZodType<T>): Promise<T | null> {
  try {
    const text = await cache.get(key);
    if (text === null) return null;
    const parsed = schema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** A cache that cannot be written to is no failure. */
export async function writeCached(cache: ModelCache, key: string, value: unknown): Promise<void> {
  try {
    await cache.put(key, JSON.stringify(value));
  } catch {
    // Read again next time.
  }
}
