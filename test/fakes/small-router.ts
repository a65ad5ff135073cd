import { EventEmitter } from 'node:events';
import { AsyncIteratorClass, implement } from '@orpc/server';
import { contract } from '../../src-main/contract/index.ts';
import { Problem } from '../../src-main/core/problem.ts';
import type { Machine } from '../../src-main/domain/hardware.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../src-main/domain/settings.ts';

/** A machine without cards, for streams that need some value. */
export const MACHINE: Machine = {
  at: 0,
  hostname: 'test',
  os: 'Linux',
  arch: 'x64',
  gpus: [],
  cpu: { model: 'test', physicalCores: 1, logicalCores: 1, features: [], loadPercent: null },
  memory: { totalBytes: 1, availableBytes: 1, swapTotalBytes: 0, swapUsedBytes: 0, source: 'os' },
  disks: [],
  notes: [],
};

export type StreamEvent = 'opened' | 'ended';

/**
 * A few procedures of the contract that answer from memory and fail on purpose, for what a line must carry whoever is behind it.
 * `hardware.watch` gives one reading and then waits, deaf to its signal, until someone stops it; `events` tells of that.
 */
export function createSmallRouter() {
  const os = implement(contract);
  const events = new EventEmitter<{ stream: [StreamEvent] }>();
  let settings: Settings = DEFAULT_SETTINGS;
  const router = {
    settings: {
      get: os.settings.get.handler(() => settings),
      set: os.settings.set.handler(({ input }) => {
        const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
        settings = { ...settings, ...given };
        return settings;
      }),
      about: os.settings.about.handler(() => {
        throw new Error('the key is hunter2, in /home/ada/secret.txt');
      }),
    },
    hardware: {
      watch: os.hardware.watch.handler(() => deafStream(events)),
    },
    models: {
      /** Two readings, then a failure nobody foresaw. */
      rescan: os.models.rescan.handler(async function* () {
        yield { step: 'first', done: 1, total: 3, etaSeconds: null };
        yield { step: 'second', done: 2, total: 3, etaSeconds: null };
        throw new TypeError('undefined is not a model at /home/ada/models');
      }),
      hash: os.models.hash.handler(async function* ({ input }) {
        yield { step: input.modelId, done: 0, total: 1, etaSeconds: null };
        throw new Problem('NOT_FOUND', `There is no model ${input.modelId} any more.`);
      }),
    },
    runs: {
      get: os.runs.get.handler(({ input }) => {
        throw new Problem('NOT_FOUND', `There is no run ${input.runId}.`);
      }),
    },
    datasets: {
      inspect: os.datasets.inspect.handler(() => {
        throw new Problem('REFUSED', 'The file /home/ada/qa.bin is no dataset.', ['Drop a CSV']);
      }),
    },
  };
  return { router, events };
}

function deafStream(events: EventEmitter<{ stream: [StreamEvent] }>): AsyncIteratorClass<Machine> {
  let given = false;
  events.emit('stream', 'opened');
  return new AsyncIteratorClass<Machine>(
    () => {
      if (given) return new Promise(() => undefined);
      given = true;
      return Promise.resolve({ done: false, value: MACHINE });
    },
    async () => {
      events.emit('stream', 'ended');
    },
  );
}
