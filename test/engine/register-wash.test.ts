/** Whether vector registers are cleared before sampling, found by trying: over a context that is slow until they are. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { NativeContext, NativeSampler, Sampled } from '../../src-main/engine/runtime/binding.ts';
import { createRegisterWash } from '../../src-main/engine/runtime/register-wash.ts';

const SAMPLER: NativeSampler = { applyConfig: () => undefined, dispose: () => undefined };
const SLOW_MS = 60;

/** After a decode a sample takes long until a job has washed; `isAffected` false is a CPU that does not mind. */
function machine(isAffected: boolean): { context: NativeContext; job: () => void; jobs: () => number } {
  let isDirty = false;
  let jobs = 0;
  const unused = (): never => {
    throw new Error('not of this test');
  };
  const context: NativeContext = {
    initBatch: unused,
    addToBatch: unused,
    decodeBatch: () => {
      isDirty = isAffected;
      return Promise.resolve();
    },
    sampleToken: async (): Promise<Sampled> => {
      await sleep(isDirty ? SLOW_MS : 5);
      return [0, undefined, undefined, undefined, 1];
    },
    disposeSequence: unused,
    removeTokenCellsFromSequence: unused,
    copySequenceStateFromOtherSequence: unused,
    setThreads: unused,
  };
  const job = (): void => {
    isDirty = false;
    jobs += 1;
  };
  return { context, job, jobs: () => jobs };
}

async function tried(isAffected: boolean): Promise<number> {
  const { context, job, jobs } = machine(isAffected);
  const registers = createRegisterWash(1, job);
  registers.wash();
  expect(jobs()).toBe(0);
  for (let step = 0; step < 3; step++) {
    await context.decodeBatch();
    await registers.tryOn(context, 0, SAMPLER);
  }
  expect(registers.isNeeded).toBe(isAffected);
  const before = jobs();
  registers.wash();
  return jobs() - before;
}

describe('washing registers', () => {
  it('is done where samples after a decode are slow without it', async () => {
    expect(await tried(true)).toBe(1);
  });
  it('is left where it brings nothing', async () => {
    expect(await tried(false)).toBe(0);
  });
});
