/** What the own loop hands to the kernels, batch by batch: the shape that answers must not depend on, and who waits for whom. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Llama, LlamaModel } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reachNative } from '../../src-main/engine/runtime/binding.ts';
import type { Native } from '../../src-main/engine/runtime/binding.ts';
import { createLlamaLog } from '../../src-main/engine/runtime/llama-log.ts';
import { openLlama } from '../../src-main/engine/runtime/llama.ts';
import { OwnLoop } from '../../src-main/engine/runtime/own-loop.ts';
import type { Memory } from '../../src-main/engine/runtime/sequences.ts';
import { piecesOf } from '../../src-main/engine/runtime/task.ts';
import { writeTinyModel } from '../fixtures/tiny-gguf.ts';

const BATCH = 64;
const SEQUENCES = 8;
const CONTEXT = 512;
const folder = mkdtempSync(join(tmpdir(), 'assize-loop-'));
let llama: Llama;
let model: LlamaModel;
beforeAll(async () => {
  const modelPath = join(folder, 'tiny.gguf');
  writeTinyModel(modelPath);
  llama = await openLlama(
    'cpu',
    createLlamaLog(() => undefined),
    1,
  );
  model = await llama.loadModel({ modelPath, gpuLayers: 0 });
});
afterAll(async () => {
  await llama.dispose();
  rmSync(folder, { recursive: true });
});

/** A loop over the real context, with the rows of each batch and the copies written down as they happen. */
async function watchedLoop(
  of: LlamaModel = model,
  memory: Memory = 'cells',
): Promise<{
  loop: OwnLoop;
  log: (number | 'copy')[];
  readonly close: () => Promise<void>;
}> {
  const context = await of.createContext({
    contextSize: CONTEXT,
    sequences: SEQUENCES,
    batchSize: BATCH,
    threads: 1,
    flashAttention: true,
  });
  const native = reachNative(llama, of, context);
  if (typeof native === 'string') throw new Error(native);
  const log: (number | 'copy')[] = [];
  const watched = new Proxy(native.context, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        if (name === 'initBatch') log.push(Number(args[0]));
        if (name === 'copySequenceStateFromOtherSequence') log.push('copy');
        return Reflect.apply(value, target, args);
      };
    },
  });
  const watchedNative: Native = { ...native, context: watched };
  const loop = new OwnLoop({
    native: watchedNative,
    sequences: SEQUENCES,
    batch: BATCH,
    context: CONTEXT,
    workers: 4,
    threads: 0,
    memory,
    idleToken: 0,
    broken: (error) => {
      throw error;
    },
  });
  return { loop, log, close: () => context.dispose() };
}

const words = (count: number): Uint32Array => Uint32Array.from(model.tokenize(' A'.repeat(count)));

/** Writes so many tokens after a prompt. */
function write(loop: OwnLoop, tokens: Uint32Array, cuts: readonly number[], count: number): Promise<void> {
  return new Promise((resolve) => {
    let written = 0;
    loop.submit({
      kind: 'generate',
      stream: 1,
      tokens,
      pieces: piecesOf(tokens.length, cuts, BATCH),
      sampling: null,
      started: () => undefined,
      token: () => ++written < count,
      finished: () => resolve(),
    });
  });
}

describe('the own loop', () => {
  it('feeds a long prompt in pieces, and lets those that write make a step after each', async () => {
    const { loop, log, close } = await watchedLoop();
    await Promise.all([write(loop, words(4), [], 40), write(loop, words(300), [], 2)]);
    const from = log.indexOf(BATCH);
    // 300 tokens are four whole pieces and 44 more.
    expect(log.slice(from, from + 9)).toEqual([64, 8, 64, 8, 64, 8, 64, 8, 44]);
    await close();
  });

  it('makes every step with one row a sequence, however many write', async () => {
    const { loop, log, close } = await watchedLoop();
    await Promise.all([1, 5, 9].map((count, index) => write(loop, words(3 + index), [], count)));
    expect(log.filter((rows) => rows !== 3 && rows !== 4 && rows !== 5)).toEqual(Array(8).fill(SEQUENCES));
    await close();
  });

  it('evaluates a shared part once, copies it, and cuts every prompt there', async () => {
    const { loop, log, close } = await watchedLoop();
    await Promise.all(Array.from({ length: 4 }, (_, index) => write(loop, words(100 + index), [90], 1)));
    // 90 shared tokens in two pieces; then what each adds.
    expect(log.slice(0, 3)).toEqual([64, 26, 10]);
    expect(log.filter((rows) => rows === 64)).toHaveLength(1);
    expect(log.filter((rows) => typeof rows === 'number').slice(2)).toEqual([10, 11, 12, 13]);
    await close();
  });

  it.each([
    ['gemma2', 'window'],
    ['lfm2', 'state'],
  ] as const)(
    'keeps a copy of a shared part where nothing can be cut back (%s)',
    async (architecture, memory) => {
      const modelPath = join(folder, `${architecture}.gguf`);
      writeTinyModel(modelPath, { architecture, type: 'F32' });
      const other = await llama.loadModel({ modelPath, gpuLayers: 0 });
      const { loop, log, close } = await watchedLoop(other, memory);
      const score = (length: number, cuts: readonly number[]): Promise<void> =>
        new Promise((resolve) => {
          const pieces = piecesOf(length, cuts, BATCH);
          const task = { kind: 'score', stream: 1, tokens: words(length), pieces, labels: [1] } as const;
          loop.submit({ ...task, started: () => undefined, scored: () => resolve() });
        });
      // Two questions with two answers each, behind the same 50 tokens.
      await Promise.all([
        score(100, [50, 80]),
        score(103, [50, 80]),
        score(101, [50, 90]),
        score(104, [50, 90]),
      ]);
      expect(log.filter((rows) => typeof rows === 'number')).toEqual([50, 30, 20, 23, 40, 11, 14]);
      await close();
      await other.dispose();
    },
  );
});
