/** Whether vector registers are cleared before sampling, found by trying: over a context that is slow until they are. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { NativeContext, NativeSampler, Sampled } from '../../src-main/engine/runtime/binding.ts';
import { createRegisterWash } from '../../src-main/engine/runtime/register-wash.ts';

const SAMPLER: NativeSampler = { applyConfig: () => undefined, dispose: () => undefined };

/** The clock that the samples are measured by: a busy machine makes no sample slow. */
let clock = 0;
beforeEach(() => {
  vi.spyOn(performance, 'now').mockImplementation(() => clock);
});
afterEach(() => {
  vi.restoreAllMocks();
});

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
    sampleToken: (): Promise<Sampled> => {
      clock += isDirty ? 6 : 0.25;
      return Promise.resolve([0, undefined, undefined, undefined, 1]);
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
