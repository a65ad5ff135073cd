import { expect, test, vi } from 'vitest';
import { recentMachine } from '../../../src-main/core/planning/recent-machine.ts';
import type { Machine } from '../../../src-main/domain/hardware.ts';
import { box } from './worlds.ts';

const SIGNAL = new AbortController().signal;

/** A machine whose whole readings end when the test says so. */
function slowMachine() {
  let clock = 0;
  const waiting: ((machine: Machine) => void)[] = [];
  const read = vi.fn<() => Promise<Machine>>(() => new Promise<Machine>((resolve) => waiting.push(resolve)));
  const pending: Machine = { ...box('cpu'), pending: true };
  const quick = vi.fn<() => Promise<Machine>>(async () => pending);
  const recent = recentMachine({ read, quick, closing: SIGNAL, now: () => clock });
  return {
    recent,
    read,
    pending,
    /** The probe answers. */
    arrives: async (machine: Machine): Promise<void> => {
      waiting.splice(0).forEach((resolve) => resolve(machine));
      await new Promise((resolve) => setImmediate(resolve));
    },
    later: (ms: number) => {
      clock += ms;
    },
  };
}

const CARDS = box('RTX 4090');

// Catches: a page that waits seconds for the engine to list its cards before it shows anything.
test('before the engine has answered, a page gets what is known, marked, and the rest when it is there', async () => {
  const { recent, pending, arrives } = slowMachine();
  expect(await recent.now(SIGNAL)).toBe(pending);
  expect(await recent.now(SIGNAL)).toBe(pending);
  await arrives(CARDS);
  expect(await recent.now(SIGNAL)).toBe(CARDS);
});

// Catches: every step of a slider starting children that list devices.
test('one reading at a time, and none while the last is fresh', async () => {
  const { recent, read, arrives, later } = slowMachine();
  await Promise.all([recent.now(SIGNAL), recent.now(SIGNAL)]);
  expect(read).toHaveBeenCalledTimes(1);
  await arrives(CARDS);
  for (let i = 0; i < 20; i++) await recent.whole(SIGNAL);
  expect(read).toHaveBeenCalledTimes(1);
  later(5000);
  expect(await recent.whole(SIGNAL)).toBe(CARDS);
  expect(read).toHaveBeenCalledTimes(2);
});

// Catches: a plan on the free memory of an hour ago; a plan that calls the machine one without cards.
test('who needs cards waits for the first reading, and for a new one after a pause', async () => {
  const { recent, arrives, later } = slowMachine();
  const first = recent.whole(SIGNAL);
  await arrives(CARDS);
  expect(await first).toBe(CARDS);
  later(3_600_000);
  const again = recent.whole(SIGNAL);
  const now = box('RTX 4060');
  await arrives(now);
  expect(await again).toBe(now);
});

// Catches: one failed reading after which nothing is ever read again.
test('a reading that failed is tried again by the next who asks', async () => {
  const read = vi
    .fn<() => Promise<Machine>>()
    .mockRejectedValueOnce(new Error('a driver hangs'))
    .mockResolvedValue(CARDS);
  const recent = recentMachine({ read, quick: async () => box('cpu'), closing: SIGNAL });
  await expect(recent.whole(SIGNAL)).rejects.toThrow('a driver hangs');
  expect(await recent.whole(SIGNAL)).toBe(CARDS);
});
