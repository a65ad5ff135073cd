import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import type { FoundPart } from '../../../src-main/core/models/found.ts';
import { createHashQueue } from '../../../src-main/core/models/hash-queue.ts';
import type { HashQueue } from '../../../src-main/core/models/hash-queue.ts';
import { memoryCache } from '../../../src-main/core/models/model-cache.ts';

const never = new AbortController().signal;
const MIB = 1024 * 1024;
let dir: string;
let queue: HashQueue;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'assize-hash-'));
  queue = createHashQueue(memoryCache());
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function file(name: string, bytes: number): FoundPart[] {
  const path = join(dir, name);
  writeFileSync(path, Buffer.alloc(bytes, name));
  const stats = statSync(path);
  return [{ path, bytes, modifiedAt: stats.mtimeMs }];
}

const expected = (name: string, bytes: number): string =>
  createHash('sha256').update(Buffer.alloc(bytes, name)).digest('hex');

it('reads nothing for later while paused, however much is hashed for now', async () => {
  const later: number[] = [];
  queue.pause();
  const waiting = queue.hash({
    parts: file('a', 3 * MIB),
    urgent: false,
    signal: never,
    onProgress: ({ bytesDone }) => later.push(bytesDone),
  });
  for (const name of ['b', 'c', 'd'])
    expect(await queue.hash({ parts: file(name, 2 * MIB), urgent: true, signal: never })).toBe(
      expected(name, 2 * MIB),
    );
  expect(later).toEqual([]);
  queue.resume();
  expect(await waiting).toBe(expected('a', 3 * MIB));
  expect(later).toEqual([MIB, 2 * MIB, 3 * MIB]);
});

it('does what is for later one after the other: two readers halve a disk', async () => {
  const order: string[] = [];
  await Promise.all(
    ['a', 'b'].map((name) =>
      queue.hash({
        parts: file(name, 3 * MIB),
        urgent: false,
        signal: never,
        onProgress: () => order.push(name),
      }),
    ),
  );
  expect(order.join('')).toBe('aaabbb');
});

it('hashes once for all who ask', async () => {
  const parts = file('a', 2 * MIB);
  let reads = 0;
  const ask = (): Promise<string> =>
    queue.hash({ parts, urgent: true, signal: never, onProgress: () => (reads += 1) });
  expect(new Set(await Promise.all([ask(), ask(), ask()])).size).toBe(1);
  // Three listeners to one reading of two pieces.
  expect(reads).toBe(6);
  expect(await queue.known(parts)).toBe(expected('a', 2 * MIB));
});

it('makes a hash urgent that is waiting for later when someone needs it now', async () => {
  queue.pause();
  const parts = file('a', MIB);
  const later = queue.hash({ parts, urgent: false, signal: never });
  expect(await queue.hash({ parts, urgent: true, signal: never })).toBe(expected('a', MIB));
  expect(await later).toBe(expected('a', MIB));
});
