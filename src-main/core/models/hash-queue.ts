import { z } from 'zod';

import type { FoundPart } from './found.ts';
import { hashParts } from './hash-file.ts';
import { cacheKey, readCached, writeCached } from './model-cache.ts';
import type { ModelCache } from './model-cache.ts';

export interface HashProgress {
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

export interface HashRequest {
  readonly parts: readonly FoundPart[];
  /** Someone waits (a run): not held by `pause`, and goes before what is done for later. */
  readonly urgent: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: ((progress: HashProgress) => void) | undefined;
}

export interface HashQueue {
  /** The hash from the cache, or null. */
  known(parts: readonly FoundPart[]): Promise<string | null>;
  /** Computes it, once for all who ask. Rejects when all of them have aborted, or with a sentence. */
  hash(request: HashRequest): Promise<string>;
  /** Holds what is not urgent: while a model generates, disk and cores are its own. */
  pause(): void;
  resume(): void;
}

interface Job {
  readonly result: Promise<string>;
  readonly stop: AbortController;
  readonly listeners: Set<(progress: HashProgress) => void>;
  waiting: number;
  urgent: boolean;
  ended: boolean;
}

const KIND = 'sha256/1';
const hashSchema = z.string().regex(/^[0-9a-f]{64}$/);

/** Hashes files, in the background one at a time; results are kept by path, size and time. */
export function createHashQueue(cache: ModelCache): HashQueue {
  const jobs = new Map<string, Job>();
  let paused = false;
  let wake = Promise.withResolvers<void>();
  const changed = (): void => {
    wake.resolve();
    wake = Promise.withResolvers<void>();
  };

  /** Urgent jobs run at once; of the others the oldest, when nothing urgent runs and nobody has paused. */
  const mayRun = (job: Job): boolean => {
    if (job.urgent) return true;
    const others = [...jobs.values()].filter((other) => !other.ended);
    return !paused && !others.some((other) => other.urgent) && others[0] === job;
  };

  const turn = async (job: Job): Promise<void> => {
    while (!mayRun(job) && !job.stop.signal.aborted) await wake.promise;
  };

  const start = (key: string, request: HashRequest): Job => {
    const stop = new AbortController();
    const listeners: Job['listeners'] = new Set();
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const job: Job = { result: promise, stop, listeners, waiting: 0, urgent: request.urgent, ended: false };
    const bytesTotal = request.parts.reduce((sum, part) => sum + part.bytes, 0);
    let bytesDone = 0;
    const work = hashParts(request.parts, {
      turn: () => turn(job),
      signal: stop.signal,
      onBytes: (bytes) => {
        bytesDone += bytes;
        for (const listener of listeners) listener({ bytesDone, bytesTotal });
      },
    });
    work
      .then(async (sha256) => {
        await writeCached(cache, key, sha256);
        return sha256;
      })
      .finally(() => {
        job.ended = true;
        jobs.delete(key);
        changed();
      })
      .then(resolve, reject);
    // Whoever asked has left already when this rejects unheard.
    promise.catch(() => undefined);
    return job;
  };

  const join = async (key: string, request: HashRequest): Promise<string> => {
    let job = jobs.get(key);
    if (job === undefined || job.stop.signal.aborted) {
      job = start(key, request);
      jobs.set(key, job);
    }
    return waitFor(job, request, changed);
  };

  return {
    known: (parts) => readCached(cache, cacheKey(KIND, parts), hashSchema),
    async hash(request) {
      request.signal.throwIfAborted();
      const key = cacheKey(KIND, request.parts);
      return (await readCached(cache, key, hashSchema)) ?? join(key, request);
    },
    pause() {
      paused = true;
    },
    resume() {
      paused = false;
      changed();
    },
  };
}

/** Waits for a shared job; the last one to leave stops it. */
async function waitFor(job: Job, request: HashRequest, changed: () => void): Promise<string> {
  const { promise: left, reject } = Promise.withResolvers<never>();
  const leave = (): void => reject(request.signal.reason);
  request.signal.addEventListener('abort', leave, { once: true });
  if (request.onProgress !== undefined) job.listeners.add(request.onProgress);
  job.waiting += 1;
  if (request.urgent && !job.urgent) {
    job.urgent = true;
    changed();
  }
  try {
    request.signal.throwIfAborted();
    return await Promise.race([job.result, left]);
  } finally {
    request.signal.removeEventListener('abort', leave);
    if (request.onProgress !== undefined) job.listeners.delete(request.onProgress);
    job.waiting -= 1;
    if (job.waiting === 0 && !job.ended) {
      job.stop.abort(request.signal.reason);
      changed();
    }
  }
}
