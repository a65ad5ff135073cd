/** The engine's probabilities against a softmax in 64-bit floats over all logits, in this very process. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Llama, LlamaContext, LlamaModel } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reachNative } from '../../src-main/engine/runtime/binding.ts';
import type { Native } from '../../src-main/engine/runtime/binding.ts';
import { checkOwnLoop } from '../../src-main/engine/runtime/check.ts';
import { drawFrom, randomFrom } from '../../src-main/engine/runtime/draw.ts';
import { createLlamaLog } from '../../src-main/engine/runtime/llama-log.ts';
import { openLlama } from '../../src-main/engine/runtime/llama.ts';
import { OwnLoop } from '../../src-main/engine/runtime/own-loop.ts';
import { PublicLoop } from '../../src-main/engine/runtime/public-loop.ts';
import type { Decoder, Sampling } from '../../src-main/engine/runtime/task.ts';
import { writeTinyModel } from '../fixtures/tiny-gguf.ts';

const CONTEXT = 256;
const LABELS = [65, 66, 121];
const folder = mkdtempSync(join(tmpdir(), 'assize-softmax-'));
let llama: Llama;
let model: LlamaModel;

beforeAll(async () => {
  const modelPath = join(folder, 'tiny.gguf');
  writeTinyModel(modelPath, { type: 'F32' });
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

async function openContext(sequences: number): Promise<{ context: LlamaContext; native: Native }> {
  const context = await model.createContext({
    contextSize: CONTEXT,
    sequences,
    batchSize: 64,
    threads: 1,
    flashAttention: true,
  });
  const native = reachNative(llama, model, context);
  if (typeof native === 'string') throw new Error(native);
  return { context, native };
}

function ownLoop(native: Native, sequences: number): OwnLoop {
  const broken = (error: unknown): never => {
    throw error;
  };
  return new OwnLoop({
    native,
    sequences,
    batch: 64,
    context: CONTEXT,
    workers: 4,
    threads: 0,
    memory: 'cells',
    idleToken: 0,
    broken,
  });
}

interface Written {
  readonly token: number;
  readonly logprob: number;
}

function write(
  decoder: Decoder,
  tokens: Uint32Array,
  count: number,
  sampling: Sampling | null = null,
): Promise<Written[]> {
  return new Promise((resolve) => {
    const written: Written[] = [];
    decoder.submit({
      kind: 'generate',
      stream: 1,
      tokens,
      pieces: [tokens.length],
      sampling,
      started: () => undefined,
      token: (token, logprob) => written.push({ token, logprob }) < count,
      finished: () => resolve(written),
    });
  });
}

/**
 * Feeds a prompt, then its continuation token by token, as the loop does with one sequence; returns ln softmax in 64
 * bits over all logits after each.
 */
async function distributions(
  native: Native,
  prompt: Uint32Array,
  after: readonly number[],
): Promise<Map<number, number>[]> {
  const { context } = native;
  const sampler = native.createSampler();
  sampler.applyConfig({ temperature: 0 });
  context.disposeSequence(0);
  const found: Map<number, number>[] = [];
  let position = 0;
  for (const tokens of [prompt, ...after.map((token) => Uint32Array.of(token))]) {
    context.initBatch(tokens.length);
    const [index] = context.addToBatch(0, position, tokens, Uint32Array.of(tokens.length - 1));
    await context.decodeBatch();
    position += tokens.length;
    const [, , , pairs = []] = await context.sampleToken(index ?? 0, sampler, false, false, true, false);
    const logits = new Map<number, number>();
    for (let at = 0; at < pairs.length; at += 2) logits.set(pairs[at] ?? -1, pairs[at + 1] ?? Number.NaN);
    const max = Math.max(...logits.values());
    const total = [...logits.values()].reduce((sum, logit) => sum + Math.exp(logit - max), 0);
    found.push(new Map([...logits].map(([token, logit]) => [token, logit - max - Math.log(total)])));
  }
  context.disposeSequence(0);
  return found;
}

const argmax = (distribution: ReadonlyMap<number, number>): number =>
  [...distribution].reduce((best, entry) => (entry[1] > best[1] ? entry : best), [-1, -Infinity])[0] ?? -1;

describe('log-probabilities', () => {
  const prompt = (): Uint32Array => Uint32Array.from(model.tokenize('who was the king of the river city?'));

  it('of greedy tokens are those of the whole softmax, and each token is its maximum', async () => {
    const { context, native } = await openContext(1);
    const written = await write(ownLoop(native, 1), prompt(), 12);
    const all = await distributions(
      native,
      prompt(),
      written.map(({ token }) => token),
    );
    for (const [step, { token, logprob }] of written.entries()) {
      expect(token).toBe(argmax(all[step] ?? new Map()));
      expect(Math.abs(logprob - (all[step]?.get(token) ?? 0))).toBeLessThan(1e-3);
    }
    await context.dispose();
  });

  it('of sampled tokens too, at temperature 1 over the whole vocabulary, not over what top-p left', async () => {
    const { context, native } = await openContext(1);
    const sampling = { temperature: 1.3, topP: 0.7, seed: 5 };
    const written = await write(ownLoop(native, 1), prompt(), 12, sampling);
    const all = await distributions(
      native,
      prompt(),
      written.map(({ token }) => token),
    );
    for (const [step, { token, logprob }] of written.entries()) {
      expect(Math.abs(logprob - (all[step]?.get(token) ?? 0))).toBeLessThan(1e-3);
    }
    expect(written.some(({ token }, step) => token !== argmax(all[step] ?? new Map()))).toBe(true);
    await context.dispose();
  });

  it('of labels are those of the whole softmax', async () => {
    const { context, native } = await openContext(1);
    const loop = ownLoop(native, 1);
    const [probabilities, top] = await new Promise<[readonly number[], number]>((resolve) => {
      loop.submit({
        kind: 'score',
        stream: 1,
        tokens: prompt(),
        pieces: [prompt().length],
        labels: LABELS,
        started: () => undefined,
        scored: (found, best) => resolve([found, best]),
      });
    });
    const [distribution = new Map<number, number>()] = await distributions(native, prompt(), []);
    expect(top).toBe(argmax(distribution));
    for (const [index, label] of LABELS.entries()) {
      expect(Math.abs(Math.log(probabilities[index] ?? 0) - (distribution.get(label) ?? 0))).toBeLessThan(
        1e-3,
      );
    }
    await context.dispose();
  });
});

describe('the public way', () => {
  it('writes what the own loop writes, bit for bit, with one sequence', async () => {
    const { context, native } = await openContext(1);
    const tokens = Uint32Array.from(model.tokenize('what is the capital?'));
    const own = await write(ownLoop(native, 1), tokens, 12);
    native.context.disposeSequence(0);
    const broken = (error: unknown): never => {
      throw error;
    };
    const viaPublic = await write(
      new PublicLoop({ context, sequences: 1, capacity: CONTEXT, broken }),
      tokens,
      12,
    );
    expect(viaPublic).toEqual(own);
    await context.dispose();
  });
  it('is what the start-up check compares with: it passes here, and fails on a loop that samples otherwise', async () => {
    const { context, native } = await openContext(8);
    const options = { batch: 64, context: CONTEXT, workers: 4 };
    expect(await checkOwnLoop(model, context, native, options)).toBeNull();
    const wrong: Native = {
      ...native,
      createSampler: () => {
        const sampler = native.createSampler();
        sampler.applyConfig({ temperature: 50, seed: 3 });
        return Object.defineProperty(sampler, 'applyConfig', { value: () => undefined });
      },
    };
    expect(await checkOwnLoop(model, context, wrong, options)).toMatch(/do not write the same tokens/);
    await context.dispose();
  });
});

describe('drawing in the open', () => {
  const logits = new Map([1, 2, 3, 4].map((token) => [token, Math.log(token / 10)]));
  it('follows the probabilities', () => {
    const random = randomFrom(9);
    const counts = new Map<number, number>();
    for (let draw = 0; draw < 20_000; draw++) {
      const { token } = drawFrom(logits, { temperature: 1, topP: 1, seed: 0 }, random);
      counts.set(token, (counts.get(token) ?? 0) + 1);
    }
    for (const token of [1, 2, 3, 4]) expect((counts.get(token) ?? 0) / 20_000).toBeCloseTo(token / 10, 1);
  });
  it('keeps only the fewest tokens that reach top-p, and tells their probability in the whole', () => {
    const random = randomFrom(1);
    for (let draw = 0; draw < 200; draw++) {
      const { token, logprob } = drawFrom(logits, { temperature: 1, topP: 0.6, seed: 0 }, random);
      expect([3, 4]).toContain(token);
      expect(logprob).toBeCloseTo(Math.log(token / 10), 6);
    }
  });
});
