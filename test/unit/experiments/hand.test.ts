import { expect, test } from 'vitest';
import { createHand } from '../../../src-main/core/experiments/hand.ts';

// Catches: a suspect that is handed over beside others, or that waits for ever for one that was given back undone.
test('suspects go one at a time, also after one was let go without being done', async () => {
  const hand = createHand(new Set([1, 2]), new Set([3]));
  expect(await hand.take(1)).toBe(true);
  let taken = false;
  const second = hand.take(2).then((may) => {
    taken = may;
  });
  await Promise.resolve();
  expect(taken).toBe(false);
  hand.letGo(1);
  await second;
  expect(hand.positions).toEqual([2]);
  expect([hand.finishedItems, await hand.take(3)]).toEqual([0, false]);
  // Handed over anew, it counts like any other.
  hand.finished(2, 5);
  expect(await hand.take(1)).toBe(true);
  hand.finished(1, 7);
  expect([hand.finishedItems, hand.finishedTokens, hand.positions]).toEqual([2, 12, []]);
});
