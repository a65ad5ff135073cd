/** The engine on the default model: a real vocabulary, a real template, real kernels. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LoadSettings } from '../../src-main/domain/plan.ts';
import type { Engine, GenerateJob, ScoreJob } from '../../src-main/engine/engine.ts';
import { startEngine } from '../../src-main/engine/host/start-engine.ts';
import { collect, from, localOptions, never, question, SETTINGS } from '../engine/helpers.ts';
import { DEFAULT_MODEL, noDefaultModel } from './default-model.ts';

const REAL: LoadSettings = { ...SETTINGS, contextPerSequence: 512, batch: 512 };
const TOPICS = [
  'France',
  'the Nile',
  'gold',
  'Hamlet',
  'Mars',
  'the number 12',
  'bees',
  'Rome',
  'tea',
  'salt',
];

function jobs(): GenerateJob[] {
  const setup = 'Answer in a short sentence. Do not explain.\n\n';
  return TOPICS.map((topic) => {
    const user = `${setup}What is special about ${topic}?`;
    const decoding = { temperature: 0, topP: 1, maxTokens: 24, stop: [] };
    return question(topic, user, {
      decoding,
      prompt: { kind: 'chat', system: null, user, shared: [setup.length] },
    });
  });
}

async function write(engine: Engine, list: readonly GenerateJob[]): Promise<Map<string, string>> {
  const results = await collect(engine.generate(from(list), never()));
  return new Map(
    results.map((result) => [
      result.id,
      `${result.tokenIds.join(' ')} ${result.logprobs.join(' ')} ${result.eogLogprob}`,
    ]),
  );
}

describe.skipIf(noDefaultModel)('the default model', () => {
  let engine: Engine;
  const open = (settings: Partial<LoadSettings> = {}): Promise<Engine> =>
    startEngine(localOptions(DEFAULT_MODEL, { settings: { ...REAL, ...settings } }));
  beforeAll(async () => {
    engine = await open();
  });
  afterAll(() => engine.stop());

  it('loads with everything that provenance needs', () => {
    expect(engine.model).toMatchObject({
      totalLayers: 31,
      contextTrained: 8192,
      instruct: true,
      loop: 'own',
      shape: 'constant',
    });
    expect(engine.model.memory).toMatchObject([{ deviceId: 'host' }]);
    // 30 layers × 3 heads × 64 × 2 bytes × key and value × 512 cells × 8 sequences.
    expect(engine.model.memory[0]?.kvBytes).toBe(30 * 3 * 64 * 2 * 2 * 512 * 8);
  });

  it('answers in words, by its own template, with texts that join to what was written', async () => {
    const [result] = await collect(
      engine.generate(from([question('q', 'What is the capital of France?')]), never()),
    );
    expect(result?.renderedPrompt).toBe(
      '<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n' +
        '<|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\n',
    );
    expect(result?.tokenTexts.join('')).toBe(result?.answer);
    expect(result?.answer).toMatch(/\w+ \w+/);
  });

  it('writes the same to the bit reversed, alone, in another process with 16 rows', async () => {
    const expected = await write(engine, jobs());
    expect(await write(engine, jobs().toReversed())).toEqual(expected);
    const alone = await write(engine, jobs().slice(1, 2));
    expect([...expected]).toEqual(expect.arrayContaining([...alone]));
    const other = await open({ sequences: 16 });
    try {
      expect(await write(other, jobs().toReversed())).toEqual(expected);
    } finally {
      await other.stop();
    }
  });

  it('scores the same to the bit in any order, by a kept prefix', async () => {
    const list = jobs().map((job): ScoreJob => ({ id: job.id, prompt: job.prompt, labels: ['Yes', 'No'] }));
    const score = async (of: readonly ScoreJob[]): Promise<Map<string, string>> =>
      new Map(
        (await collect(engine.score(from(of), never()))).map((result) => [
          result.id,
          result.probabilities.join(' '),
        ]),
      );
    const before = engine.progress().promptTokens;
    const expected = await score(list);
    expect(new Set(expected.values()).size).toBe(TOPICS.length);
    const evaluated = engine.progress().promptTokens - before;
    const [counted = 0] = await engine.countTokens([list[0]?.prompt ?? { kind: 'text', text: '' }]);
    expect(evaluated).toBeLessThan((counted * TOPICS.length) / 2);
    expect(await score(list.toReversed())).toEqual(expected);
  });

  it('is stopped while it writes, without writing to the end, and its process ends by itself', async () => {
    const abort = new AbortController();
    const long = jobs().map((job) => ({ ...job, decoding: { ...job.decoding, maxTokens: 400 } }));
    const reading = collect(engine.generate(from(long), abort.signal));
    await expect.poll(() => engine.progress().activeSequences, { timeout: 20_000 }).toBeGreaterThan(0);
    abort.abort();
    expect((await reading).length).toBeLessThan(long.length);
    expect(await engine.stop()).toMatchObject({ code: 0, signal: null });
  });
});
