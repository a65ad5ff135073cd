import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { assertSound } from './audit.ts';
import { newRun, open, tempDir } from './helpers.ts';
import { histories, play } from './history.ts';

// Sums, verdict cells, marks and the text index are kept beside the rows they follow from. Whatever is done in whatever
// order, they must be what the rows say: the audit works them out anew after each history.
test('after any history the derived tables say what the rows say', async () => {
  using dir = tempDir();
  await using store = await open(dir.file);
  let played = 0;
  await fc.assert(
    fc.asyncProperty(histories, async (steps) => {
      played += 1;
      await play(store, `history ${played}`, steps);
      assertSound(dir.file);
    }),
    { numRuns: 60 },
  );
  expect(played).toBeGreaterThanOrEqual(60);
}, 120_000);

test('a refused call leaves nothing behind, and the next one works', async () => {
  using dir = tempDir();
  await using store = await open(dir.file);
  const selection = { kind: 'answers-of-run', runId: 7, limit: null } as const;
  await expect(store.call('runs.create', newRun(1, { selection }))).rejects.toMatchObject({
    kind: 'not-found',
  });
  await store.call('cache.put', { key: 'k', value: 'v' });
  expect(await store.call('runs.list', { limit: 9, before: null })).toEqual([]);
});
