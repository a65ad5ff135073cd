import { expect, test } from 'vitest';
import { createBatcher } from '../../../src-main/core/batcher.ts';

/** Flushes that end when they are told to, in the order they began. */
function gate(): {
  readonly flush: (items: readonly number[]) => Promise<void>;
  readonly open: (error?: Error) => Promise<void>;
  readonly begun: (readonly number[])[];
} {
  const waiting: ((error?: Error) => void)[] = [];
  const begun: (readonly number[])[] = [];
  return {
    begun,
    flush(items) {
      begun.push(items);
      return new Promise((resolve, reject) => {
        waiting.push((error) => (error === undefined ? resolve() : reject(error)));
      });
    },
    async open(error) {
      waiting.shift()?.(error);
      await turn();
    },
  };
}

const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

const HOUR = 3_600_000;

test('collects while it writes: two batches may wait, the third holds up whoever adds, and flushes never overlap', async () => {
  const { flush, open, begun } = gate();
  const batcher = createBatcher<number>({ maxItems: 2, maxMs: HOUR, flush });
  const added: number[] = [];
  const adding = (async () => {
    for (let item = 0; item < 10; item++) {
      await batcher.add(item);
      added.push(item);
    }
  })();
  await turn();
  expect(begun).toEqual([[0, 1]]);
  expect(added).toEqual([0, 1, 2, 3, 4]);
  await open();
  expect(begun).toEqual([
    [0, 1],
    [2, 3],
  ]);
  expect(added).toEqual([0, 1, 2, 3, 4, 5, 6]);
  for (let batch = 1; batch < 5; batch++) await open();
  await adding;
  await batcher.drain();
  expect(begun.flat()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('says that a flush failed to whoever adds or drains after it, and writes nothing more', async () => {
  const { flush, open, begun } = gate();
  const batcher = createBatcher<number>({ maxItems: 1, maxMs: HOUR, flush });
  await batcher.add(1);
  await batcher.add(2);
  await open(new Error('disk full'));
  await expect(batcher.add(3)).rejects.toThrow('disk full');
  await expect(batcher.drain()).rejects.toThrow('disk full');
  expect(begun).toEqual([[1]]);
});
