/** What people's files and data can do to the real engine: each time a sentence or a marked answer, and it goes on. */
import { mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine, GenerateJob, ScoreJob } from '../../src-main/engine/engine.ts';
import { startEngine } from '../../src-main/engine/host/start-engine.ts';
import { writeTinyModel } from '../fixtures/tiny-gguf.ts';
import { collect, from, localOptions, never, question, SETTINGS } from './helpers.ts';

const folder = mkdtempSync(join(tmpdir(), 'assize-breaking-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

const text = (id: string, prompt: string, maxTokens = 4): GenerateJob =>
  question(id, '', {
    prompt: { kind: 'text', text: prompt },
    decoding: { temperature: 0, topP: 1, maxTokens, stop: [] },
  });
const judged = (id: string, prompt: string, labels: readonly string[]): ScoreJob => ({
  id,
  prompt: { kind: 'text', text: prompt },
  labels,
});

describe('prompts', () => {
  let engine: Engine;
  let tokensOf: (count: number) => string;
  beforeAll(async () => {
    writeTinyModel(at('tiny.gguf'));
    engine = await startEngine(localOptions(at('tiny.gguf')));
    // " A" is one token of this vocabulary.
    tokensOf = (count) => ' A'.repeat(count);
    expect(await engine.countTokens([{ kind: 'text', text: tokensOf(250) }])).toEqual([250]);
  });
  afterAll(() => engine.stop());

  it('without a token, or longer than a sequence, are answered with a sentence, and the others are answered', async () => {
    const jobs = [
      text('empty', ''),
      text('long', tokensOf(400)),
      text('full', tokensOf(256)),
      text('fine', 'who?'),
    ];
    const results = await collect(engine.generate(from(jobs), never()));
    const errors = new Map(results.map(({ id, error }) => [id, error]));
    expect(errors.get('empty')).toMatch(/empty/);
    expect(errors.get('long')).toMatch(/400 tokens and each sequence holds 256/);
    expect(errors.get('full')).toMatch(/256 tokens and each sequence holds 256/);
    expect(errors.get('fine')).toBeNull();
    const scores = await collect(
      engine.score(from([judged('empty', '', ['A', 'B']), judged('fine', 'who?', ['A', 'B'])]), never()),
    );
    expect(scores.find(({ id }) => id === 'empty')?.error).toMatch(/empty/);
    expect(scores.find(({ id }) => id === 'fine')?.error).toBeNull();
  });

  it('that leave room for one token get one, marked as cut by the context', async () => {
    const [result] = await collect(engine.generate(from([text('last', tokensOf(255), 64)]), never()));
    expect(result).toMatchObject({ error: null, finishReason: 'context', promptTokens: 255 });
    expect(result?.tokenIds).toHaveLength(1);
  });

  it('are judged with labels that are texts: an empty one is refused with a sentence, not by the end of the engine', async () => {
    const jobs = [judged('empty', 'who?', ['', 'A']), judged('fine', 'who?', ['A', 'B'])];
    const scores = await collect(engine.score(from(jobs), never()));
    expect(scores.find(({ id }) => id === 'empty')?.error).toMatch(/label/i);
    expect(scores.find(({ id }) => id === 'fine')?.error).toBeNull();
  });
});

it('a vocabulary without an end writes to the limit and chooses among texts that begin alike', async () => {
  writeTinyModel(at('endless.gguf'), { ends: false, chatTemplate: null });
  await using engine = await startEngine(localOptions(at('endless.gguf')));
  const choices = ['right', 'rubbish'];
  const jobs = [text('free', 'who?', 20), { ...text('held', 'who?'), choices }];
  const results = await collect(engine.generate(from(jobs), never()));
  const free = results.find(({ id }) => id === 'free');
  expect(free).toMatchObject({ error: null, eogLogprob: null });
  expect(['length', 'loop']).toContain(free?.finishReason);
  expect(free?.tokenIds).toHaveLength(20);
  const held = results.find(({ id }) => id === 'held');
  expect(held?.error !== null || choices.includes(held.answer)).toBe(true);
});

it.each(['q8_0', 'q4_0'] as const)('a KV cache in %s answers, and is called experimental', async (kvType) => {
  writeTinyModel(at('kv.gguf'), { headWidth: 32 });
  const settings = { ...SETTINGS, kvType };
  await using engine = await startEngine(localOptions(at('kv.gguf'), { settings }));
  expect(engine.model.notes.join(' ')).toMatch(/experimental/);
  const [result] = await collect(engine.generate(from([text('q', 'who was the king?')]), never()));
  expect(result?.error).toBeNull();
  expect(engine.model.settings.kvType).toBe(kvType);
});

it('a KV cache in a type that the heads do not allow is refused with what to do about it', async () => {
  writeTinyModel(at('narrow.gguf'), { headWidth: 16 });
  const settings = { ...SETTINGS, kvType: 'q8_0' } as const;
  await expect(startEngine(localOptions(at('narrow.gguf'), { settings }))).rejects.toMatchObject({
    kind: 'unsupported',
    message: expect.stringMatching(/cache .*f16/i),
  });
});

it.skipIf(process.platform === 'win32')(
  'a model file that is cut while its weights are mapped ends the engine with a reason, and nothing hangs',
  async () => {
    // Not repacked: the weights are read from the file itself.
    writeTinyModel(at('replaced.gguf'), { type: 'F32', layers: 8 });
    const engine = await startEngine(localOptions(at('replaced.gguf')));
    const endless = Array.from({ length: 20_000 }, (_, index) => text(`q${index}`, `number ${index}?`, 32));
    const reading = async (): Promise<void> => {
      let taken = 0;
      for await (const _ of engine.generate(from(endless), never())) {
        taken += 1;
        if (taken === 5) truncateSync(at('replaced.gguf'), 4096);
      }
    };
    await expect(reading()).rejects.toMatchObject({ kind: 'crashed' });
    expect((await engine.exited).signal).toBe('SIGBUS');
    await expect(startEngine(localOptions(at('replaced.gguf')))).rejects.toMatchObject({
      name: 'EngineError',
      message: expect.stringMatching(/\S/),
    });
  },
);
