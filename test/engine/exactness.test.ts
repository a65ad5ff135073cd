/** On a CPU, bit for bit: an answer depends on nothing but its prompt, its decoding and its seed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine, GenerateJob, ScoreJob } from '../../src-main/engine/engine.ts';
import type { LoadSettings } from '../../src-main/domain/plan.ts';
import { startEngine } from '../../src-main/engine/host/start-engine.ts';
import { writeTinyModel } from '../fixtures/tiny-gguf.ts';
import { collect, from, localOptions, never, question, SETTINGS } from './helpers.ts';

const folder = mkdtempSync(join(tmpdir(), 'assize-exact-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SETUP =
  'Answer the question about the river and the city in one word. The first is never the last. '.repeat(3);
const WORDS = ['king', 'river', 'city', 'water', 'gold', 'capital', 'London', 'Paris'];

function prompts(): GenerateJob[] {
  return Array.from({ length: 24 }, (_, index) => {
    const subject = Array.from(
      { length: 1 + (index % 7) },
      (_, word) => WORDS[(index * 3 + word) % WORDS.length],
    ).join(' ');
    const user = `${SETUP}Question ${index}: what of ${subject}?`;
    return question(`q${index}`, user, {
      prompt: { kind: 'chat', system: null, user, shared: [SETUP.length] },
    });
  });
}

/** An answer's every bit, as text. */
async function write(engine: Engine, jobs: readonly GenerateJob[]): Promise<Map<string, string>> {
  const results = await collect(engine.generate(from(jobs), never()));
  return new Map(
    results.map((result) => {
      const bits = Buffer.from(
        result.logprobs.buffer,
        result.logprobs.byteOffset,
        result.logprobs.byteLength,
      );
      return [
        `${result.id}/${result.sampleIndex}`,
        `${result.tokenIds.join(' ')} ${bits.toString('hex')} ${result.eogLogprob}`,
      ];
    }),
  );
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item, index) => ({ item, at: (index * 7919 + 13) % 101 }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

const MODELS = [
  { name: 'llama Q8_0', options: { type: 'Q8_0' }, settings: {} },
  { name: 'llama Q4_0', options: { type: 'Q4_0' }, settings: {} },
  { name: 'llama F32', options: { type: 'F32' }, settings: {} },
  {
    name: 'llama Q8_0 without flash attention',
    options: { type: 'Q8_0' },
    settings: { flashAttention: false },
  },
  { name: 'gemma2 with a sliding window', options: { architecture: 'gemma2' }, settings: {} },
  { name: 'mamba F32, which is recurrent', options: { architecture: 'mamba', type: 'F32' }, settings: {} },
  {
    name: 'lfm2 F32, which attends and keeps a state',
    options: { architecture: 'lfm2', type: 'F32' },
    settings: {},
  },
  // With AMX kernels one sequence at a time, elsewhere all together.
  { name: 'lfm2 Q8_0', options: { architecture: 'lfm2', type: 'Q8_0' }, settings: {} },
] as const;

describe.each(MODELS)('$name', ({ options, settings }) => {
  const path = join(folder, `${Math.random()}.gguf`);
  const open = (more: Partial<LoadSettings> = {}): Promise<Engine> =>
    startEngine(localOptions(path, { settings: { ...SETTINGS, ...settings, ...more } }));
  let engine: Engine;
  let expected: Map<string, string>;
  beforeAll(async () => {
    writeTinyModel(path, options);
    engine = await open();
    expected = await write(engine, prompts());
  });
  afterAll(() => engine.stop());

  it('runs by the own loop in constant shape, and writes 24 different answers', () => {
    expect(engine.model).toMatchObject({ loop: 'own', shape: 'constant' });
    expect(new Set(expected.values()).size).toBe(24);
  });

  it('answers the same in any order, in any slot, beside any neighbours', async () => {
    expect(await write(engine, prompts().toReversed())).toEqual(expected);
    expect(await write(engine, shuffled(prompts()))).toEqual(expected);
  });
  it('answers the same alone', async () => {
    for (const job of prompts().slice(3, 6)) {
      expect((await write(engine, [job])).get(`${job.id}/0`)).toBe(expected.get(`${job.id}/0`));
    }
  });
  it('answers the same in another process, with 16 and with 32 sequences', async () => {
    for (const sequences of [8, 16, 32]) {
      const other = await open({ sequences });
      try {
        expect(await write(other, shuffled(prompts()))).toEqual(expected);
      } finally {
        await other.stop();
      }
    }
  });
  it('answers the same after a kill and a resume', async () => {
    const first = await open();
    const kept = new Map<string, string>();
    const reading = async (): Promise<void> => {
      for await (const result of first.generate(from(prompts()), never())) {
        kept.set(`${result.id}/0`, '');
        if (kept.size === 7) process.kill(first.model.pid, 'SIGKILL');
      }
    };
    await expect(reading()).rejects.toMatchObject({ kind: 'crashed' });
    const missing = prompts().filter((job) => !kept.has(`${job.id}/0`));
    const second = await open();
    try {
      const resumed = await write(second, missing);
      for (const [key, bits] of resumed) expect(bits).toBe(expected.get(key));
      expect(resumed.size + kept.size).toBe(24);
    } finally {
      await second.stop();
    }
  });
  it('draws the same samples in any order and with other rows', async () => {
    const decoding = { temperature: 0.8, topP: 0.9, maxTokens: 12, stop: [] };
    const jobs = prompts()
      .slice(0, 6)
      .flatMap((job) => [0, 1, 2].map((sampleIndex) => ({ ...job, decoding, sampleIndex, seed: 11 })));
    const samples = await write(engine, jobs);
    expect(new Set(samples.values()).size).toBe(jobs.length);
    expect(await write(engine, shuffled(jobs))).toEqual(samples);
    const other = await open({ sequences: 16 });
    try {
      expect(await write(other, jobs.toReversed())).toEqual(samples);
    } finally {
      await other.stop();
    }
  });
  it('scores the same whether a prefix was kept, copied or evaluated anew', async () => {
    const jobs = prompts().map((job): ScoreJob => ({
      id: job.id,
      prompt: job.prompt,
      labels: ['A', 'B', 'yes'],
    }));
    const score = async (of: Engine, list: readonly ScoreJob[]): Promise<Map<string, string>> => {
      const results = await collect(of.score(from(list), never()));
      return new Map(results.map((result) => [result.id, result.probabilities.join(' ')]));
    };
    const scores = await score(engine, jobs);
    expect(new Set(scores.values()).size).toBe(24);
    expect(await score(engine, shuffled(jobs))).toEqual(scores);
    for (const job of jobs.slice(0, 2)) {
      const fresh = await open();
      try {
        expect((await score(fresh, [job])).get(job.id)).toBe(scores.get(job.id));
      } finally {
        await fresh.stop();
      }
    }
  });
});
