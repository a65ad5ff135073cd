import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  createMemoryQueue,
  type MemoryQueue,
  type Place,
} from '../../../src-main/core/experiments/memory-queue.ts';
import type { PlanPhase } from '../../../src-main/domain/plan.ts';
import type { Occupied } from '../../../src-main/domain/planning/plan-model.ts';

const CAPACITY = 100;

/** Two cards of 100 bytes: what is loaded on them, and plans as the planner makes them of what is free. */
function box(queue: MemoryQueue) {
  const used: Record<string, number> = { one: 0, two: 0 };
  const planOf = (card: string, bytes: number, free = CAPACITY, gpuLayers = 3): PlanPhase => ({
    role: 'generate',
    modelId: 'm',
    modelName: 'M',
    totalLayers: 3,
    settings: {
      gpuLayers,
      contextPerSequence: 256,
      sequences: 1,
      batch: 512,
      threads: 1,
      flashAttention: true,
      kvType: 'f16',
      mmap: true,
      backend: 'cuda',
      devices: [0],
    },
    devices: [
      {
        deviceId: card,
        name: card,
        components: [{ name: 'weights', bytes, basis: 'exact', source: 'test' }],
        capacityBytes: free,
        reserveBytes: 0,
        marginBytes: free - bytes,
      },
    ],
  });
  const replan = (card: string, bytes: number, occupied: Occupied) => () =>
    Promise.resolve(planOf(card, bytes, CAPACITY - (used[card] ?? 0) - (occupied[card] ?? 0)));
  const load = (card: string, bytes: number): void => {
    used[card] = (used[card] ?? 0) + bytes;
    if ((used[card] ?? 0) > CAPACITY) throw new Error(`${card} holds ${used[card]}`);
  };
  const unload = (card: string, bytes: number): void => {
    used[card] = (used[card] ?? 0) - bytes;
  };
  const begun = new Map<Place, number>();
  const next = (place: Place): number => {
    const seq = begun.get(place) ?? 0;
    begun.set(place, seq + 1);
    return seq;
  };
  return {
    planOf,
    load,
    unload,
    /** One phase's wait: resolves 'in' once it is loaded, or stays pending. */
    ask: (
      place: Place,
      card: string,
      bytes: number,
      signal = new AbortController().signal,
      told: string[] = [],
    ) => {
      const state = { in: false };
      const done = place
        .admit({
          seqs: [next(place)],
          room: { wanted: planOf(card, bytes), plan: () => replan(card, bytes, place.leaveToOthers())() },
          signal,
          onWait: (names) => told.push(...names),
        })
        .then(() => {
          load(card, bytes);
          state.in = true;
          place.loaded();
        });
      return { state, done };
    },
    enter: (runId: number, ...phases: (readonly [string, number])[]) =>
      queue.enter(
        `run ${runId}`,
        phases.map(([card, bytes], seq) => ({ seq, plan: planOf(card, bytes) })),
      ),
  };
}

/** Lets everything happen that can happen without another event. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
};

test('a run alone in line begins whatever its plan says: the user may have asked to load it anyway', async () => {
  const queue = createMemoryQueue();
  const { planOf } = box(queue);
  const place = queue.enter('run 1', [{ seq: 0, plan: planOf('one', 500) }]);
  const never = (): Promise<PlanPhase> => Promise.reject(new Error('asked for a plan'));
  await place.admit({
    seqs: [0],
    room: { wanted: planOf('one', 500), plan: never },
    signal: new AbortController().signal,
    onWait: () => expect.unreachable(),
  });
});

test('a second run loads beside the first where there is room, and waits for it where there is none', async () => {
  const queue = createMemoryQueue();
  const { ask, enter, unload } = box(queue);
  const [first, second, third] = [enter(1, ['one', 60]), enter(2, ['one', 60]), enter(3, ['two', 90])];
  await ask(first, 'one', 60).done;
  const told: string[] = [];
  const waiting = ask(second, 'one', 60, undefined, told);
  const other = ask(third, 'two', 90);
  await settle();
  expect([waiting.state.in, other.state.in]).toEqual([false, true]);
  expect(told).toContain('run 1');
  expect(second.hadCompany()).toBe(false);
  expect(third.hadCompany()).toBe(true);
  expect(first.hadCompany()).toBe(true);
  unload('one', 60);
  first.leave();
  await waiting.done;
  expect(queue.held()).toEqual({ one: 60, two: 90 });
});

test('a later run leaves what an earlier one is planned to need next', async () => {
  const queue = createMemoryQueue();
  const { ask, enter, unload } = box(queue);
  const first = enter(1, ['one', 20], ['one', 80]);
  const second = enter(2, ['one', 50]);
  const third = enter(3, ['one', 20]);
  await ask(first, 'one', 20).done;
  const large = ask(second, 'one', 50);
  const small = ask(third, 'one', 20);
  await settle();
  // 50 would fit now, and would keep the first run's judge of 80 out. 20 keep nobody out.
  expect([large.state.in, small.state.in]).toEqual([false, false]);
  unload('one', 20);
  first.release();
  await ask(first, 'one', 80).done;
  await settle();
  expect([large.state.in, small.state.in]).toEqual([false, false]);
  unload('one', 80);
  first.leave();
  await Promise.all([large.done, small.done]);
});

test('models that compute on the CPU take turns, however much memory there is', async () => {
  const queue = createMemoryQueue();
  const { planOf } = box(queue);
  const cpu = planOf('host', 1, CAPACITY, 0);
  const signal = new AbortController().signal;
  const plan = (): Promise<PlanPhase> => Promise.resolve(cpu);
  const [first, second] = [1, 2].map((id) => queue.enter(`run ${id}`, [{ seq: 0, plan: cpu }]));
  await first?.admit({ seqs: [0], room: { wanted: cpu, plan }, signal, onWait: () => expect.unreachable() });
  first?.loaded();
  let began = false;
  const turn = second
    ?.admit({ seqs: [0], room: { wanted: cpu, plan }, signal, onWait: () => undefined })
    .then(() => {
      began = true;
    });
  await settle();
  expect(began).toBe(false);
  first?.release();
  await settle();
  // Its place in line says that nothing of the first run is left.
  expect(began).toBe(true);
  await turn;
});

test('a run that is stopped while it waits gives its turn on, and a remote model never waits', async () => {
  const queue = createMemoryQueue();
  const { ask, enter, unload } = box(queue);
  const [first, second, third] = [enter(1, ['one', 90]), enter(2, ['one', 90]), enter(3, ['one', 90])];
  await ask(first, 'one', 90).done;
  const stop = new AbortController();
  const stopped = ask(second, 'one', 90, stop.signal);
  const last = ask(third, 'one', 90);
  await settle();
  stop.abort('cancelled');
  await expect(stopped.done).rejects.toBe('cancelled');
  second.leave();
  await queue.enter('run 4', []).admit({
    seqs: [0],
    room: null,
    signal: new AbortController().signal,
    onWait: () => expect.unreachable(),
  });
  expect(last.state.in).toBe(false);
  unload('one', 90);
  first.leave();
  await last.done;
});

test('what a process held that died is kept for the fresh one, whoever looks for room meanwhile', async () => {
  const queue = createMemoryQueue();
  const { ask, enter, load, planOf, unload } = box(queue);
  const signal = new AbortController().signal;
  // One waits before it (what it needs nobody knew in time) and one behind it; either would fit where the process was.
  const [earlier, run, later] = [enter(1), enter(2, ['one', 60]), enter(3, ['one', 60])];
  await ask(run, 'one', 60).done;
  const [before, behind] = [ask(earlier, 'one', 60), ask(later, 'one', 60)];
  await settle();
  unload('one', 60);
  run.lost(0, planOf('one', 60));
  await settle();
  expect([before.state.in, behind.state.in]).toEqual([false, false]);
  expect(queue.held()).toEqual({ one: 0 });
  await run.comeBack(0, signal);
  load('one', 60);
  run.cameBack(0);
  await settle();
  expect([before.state.in, behind.state.in]).toEqual([false, false]);
  unload('one', 60);
  run.release();
  await before.done;
});

test('a fresh process waits until nobody else loads, and nobody plans until it is loaded', async () => {
  const queue = createMemoryQueue();
  const { ask, enter, load, planOf, unload } = box(queue);
  const signal = new AbortController().signal;
  const [run, other, third] = [enter(1, ['one', 60]), enter(2, ['two', 60]), enter(3, ['two', 30])];
  await ask(run, 'one', 60).done;
  // It holds the door: admitted, not yet loaded.
  const room = { wanted: planOf('two', 60), plan: () => Promise.resolve(planOf('two', 60)) };
  await other.admit({ seqs: [0], room, signal, onWait: () => expect.unreachable() });
  unload('one', 60);
  run.lost(0, planOf('one', 60));
  let back = false;
  const coming = run.comeBack(0, signal).then(() => {
    back = true;
  });
  const small = ask(third, 'two', 30);
  await settle();
  expect(back).toBe(false);
  load('two', 60);
  other.loaded();
  await coming;
  await settle();
  expect(small.state.in).toBe(false);
  load('one', 60);
  run.cameBack(0);
  await small.done;
});

test('a run that is stopped while it waits to load again, or that gives up, leaves the door and its memory', async () => {
  const queue = createMemoryQueue();
  const { ask, enter, planOf, unload } = box(queue);
  const [run, other, third] = [enter(1, ['one', 60]), enter(2, ['two', 60]), enter(3, ['one', 60])];
  await ask(run, 'one', 60).done;
  const room = { wanted: planOf('two', 60), plan: () => Promise.resolve(planOf('two', 60)) };
  const signal = new AbortController().signal;
  await other.admit({ seqs: [0], room, signal, onWait: () => expect.unreachable() });
  unload('one', 60);
  run.lost(0, planOf('one', 60));
  const stop = new AbortController();
  const coming = run.comeBack(0, stop.signal);
  stop.abort('cancelled');
  await expect(coming).rejects.toBe('cancelled');
  const waiting = ask(third, 'one', 60);
  other.loaded();
  await settle();
  expect(waiting.state.in).toBe(false);
  run.leave();
  await waiting.done;
});

test('a process that died while a plan was made for another: the plan has not seen that it comes back', async () => {
  const queue = createMemoryQueue();
  const { ask, enter, planOf, unload } = box(queue);
  const [run, other] = [enter(1, ['one', 60]), enter(2, ['one', 60])];
  await ask(run, 'one', 60).done;
  const planned = Promise.withResolvers<PlanPhase>();
  const asked = Promise.withResolvers<void>();
  let plans = 0;
  const plan = (): Promise<PlanPhase> => {
    plans += 1;
    asked.resolve();
    return plans === 1 ? planned.promise : Promise.resolve(planOf('one', 60, 40));
  };
  let began = false;
  const room = { wanted: planOf('one', 60), plan };
  void other
    .admit({ seqs: [0], room, signal: new AbortController().signal, onWait: () => undefined })
    .then(() => {
      began = true;
    });
  await asked.promise;
  unload('one', 60);
  // Read in the moment in which the memory was free.
  planned.resolve(planOf('one', 60));
  run.lost(0, planOf('one', 60));
  await settle();
  expect(began).toBe(false);
});

test('who may leave a model loaded learns that somebody before it waits for the memory', async () => {
  const queue = createMemoryQueue();
  const { ask, enter } = box(queue);
  const [first, second] = [enter(1), enter(2, ['one', 60])];
  await ask(second, 'one', 60).done;
  expect(second.isInTheWay()).toBe(false);
  void ask(first, 'one', 60);
  await settle();
  expect([first.isInTheWay(), second.isInTheWay()]).toEqual([false, true]);
});

test('any runs in any order: no card ever holds more than it has, and all of them end', async () => {
  const phase = fc.tuple(fc.constantFrom('one', 'two'), fc.integer({ min: 1, max: CAPACITY }));
  const runs = fc.array(fc.array(phase, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 7 });
  await fc.assert(
    fc.asyncProperty(runs, fc.scheduler(), async (all, scheduler) => {
      const queue = createMemoryQueue();
      const cards = box(queue);
      const work = all.map(async (phases, index) => {
        const place = cards.enter(index, ...phases);
        for (const [card, bytes] of phases) {
          await cards.ask(place, card, bytes).done;
          await scheduler.schedule(Promise.resolve(), `run ${index}`);
          cards.unload(card, bytes);
          place.release();
        }
        place.leave();
      });
      const everyone = Promise.all(work);
      await scheduler.waitFor(everyone);
      expect(queue.held()).toEqual({});
    }),
    { numRuns: 300 },
  );
});
