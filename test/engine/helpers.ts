import { fileURLToPath } from 'node:url';
import type { GenerateJob, ScoreJob } from '../../src-main/engine/engine.ts';
import type { StartOptions } from '../../src-main/engine/host/start-engine.ts';
import { SCRIPT_VARIABLE } from '../../src-main/engine/fake/script.ts';
import type { scriptSchema } from '../../src-main/engine/fake/script.ts';
import type { LoadSettings } from '../../src-main/domain/plan.ts';
import { GREEDY } from '../../src-main/domain/decoding.ts';
import type { z } from 'zod';

const path = (url: string): string => fileURLToPath(new URL(url, import.meta.url));
export const FAKE_ENTRY = path('../../src-main/engine/fake/main.ts');
export const RUNTIME_ENTRY = path('../../src-main/engine/runtime/main.ts');

export const SETTINGS: LoadSettings = {
  gpuLayers: 0,
  contextPerSequence: 256,
  sequences: 8,
  batch: 64,
  // One: on a busy machine two threads of a tiny model wait for each other most of the time.
  threads: 1,
  flashAttention: true,
  kvType: 'f16',
  mmap: true,
  backend: 'cpu',
  devices: [],
};

/** Options that start the scripted engine with a script. */
export function fakeOptions(
  script: z.input<typeof scriptSchema> = {},
  more: Partial<StartOptions> = {},
): StartOptions {
  return {
    entry: FAKE_ENTRY,
    modelPath: 'scripted',
    settings: SETTINGS,
    signal: new AbortController().signal,
    log: () => undefined,
    env: { [SCRIPT_VARIABLE]: JSON.stringify(script) },
    ...more,
  };
}

export async function* from<T>(items: Iterable<T>): AsyncGenerator<T, void, undefined> {
  yield* items;
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

export function question(id: string, user: string, more: Partial<GenerateJob> = {}): GenerateJob {
  return {
    id,
    prompt: { kind: 'chat', system: null, user },
    decoding: { ...GREEDY, maxTokens: 16 },
    sampleIndex: 0,
    seed: 1,
    ...more,
  };
}

export function verdict(id: string, user: string, labels: readonly string[] = ['A', 'B']): ScoreJob {
  return { id, prompt: { kind: 'chat', system: null, user }, labels };
}

export const never = (): AbortSignal => new AbortController().signal;

/** Options that start the real engine with a model, on the CPU. */
export function localOptions(modelPath: string, more: Partial<StartOptions> = {}): StartOptions {
  return {
    entry: RUNTIME_ENTRY,
    modelPath,
    settings: SETTINGS,
    signal: never(),
    log: () => undefined,
    ...more,
  };
}
