import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countTokens, dryRun, probeHeaders, readPrompt } from '../../src-main/engine/host/probe.ts';
import { startEngine } from '../../src-main/engine/host/start-engine.ts';
import { writeGguf } from '../fixtures/gguf-writer.ts';
import { writeTinyModel } from '../fixtures/tiny-gguf.ts';
import { collect, FAKE_ENTRY, localOptions, never, RUNTIME_ENTRY, SETTINGS } from './helpers.ts';

const folder = mkdtempSync(join(tmpdir(), 'assize-probe-'));
const at = (name: string): string => join(folder, name);
const options = { entry: RUNTIME_ENTRY, signal: never() };

/** Bodies of headers that tell of lengths no file has: [type of the fact's value, then bytes as hex]. */
const ABSURD = {
  'long-text.gguf': '08000000 0000000001000000',
  'long-key.gguf': null,
  'long-list.gguf': '09000000 00000000 0000000000010000',
  'long-texts.gguf': '09000000 08000000 00ffffff00000000',
  'deep.gguf': '09000000 09000000 ffffff0000000000',
} as const;

/** A header with one fact of this value, in a file of 2 MiB. */
function absurd(value: string | null): Buffer {
  const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
  const fact =
    value === null ? hex('ffffffffffffff00') : Buffer.concat([hex('0100000000000000 61'), hex(value)]);
  const head = [Buffer.from('GGUF\x03\0\0\0'), hex('0000000000000000 0100000000000000'), fact];
  return Buffer.concat([...head, Buffer.alloc(2 ** 21)]);
}

beforeAll(() => {
  writeTinyModel(at('tiny.gguf'));
  writeTinyModel(at('cut.gguf'));
  truncateSync(at('cut.gguf'), 60_000);
  writeFileSync(at('empty.gguf'), '');
  writeFileSync(at('text.gguf'), 'just some text in a file with the wrong name');
  writeFileSync(at('short.gguf'), 'GGUF\x03\0\0\0');
  const counts = Buffer.from('ffffffffffffff7fffffffffffffff7f', 'hex');
  writeFileSync(at('counts.gguf'), Buffer.concat([Buffer.from('GGUF\x03\0\0\0'), counts]));
  for (const [name, body] of Object.entries(ABSURD)) writeFileSync(at(name), absurd(body));
  writeFileSync(at('noise.gguf'), Buffer.concat([Buffer.from('GGUF\x03\0\0\0'), Buffer.alloc(4096, 7)]));
  writeGguf(at('alien.gguf'), {
    metadata: { 'general.architecture': 'alien', 'alien.block_count': 1 },
    tensors: [{ name: 'token_embd.weight', dims: [32, 32], type: 'F32' }],
  });
  for (const part of [1, 2]) {
    writeGguf(at(`split-0000${part}-of-00002.gguf`), {
      metadata: { 'general.architecture': 'llama', 'split.no': part - 1, 'split.count': 2 },
      tensors: [{ name: `blk.${part - 1}.attn_norm.weight`, dims: [64], type: 'F32' }],
    });
  }
  writeGguf(at('half-00001-of-00002.gguf'), { metadata: { 'general.architecture': 'llama' }, tensors: [] });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('headers', () => {
  it('of a model are facts, its big arrays told by their length', async () => {
    const [probed] = await collect(probeHeaders([at('tiny.gguf')], options));
    expect(probed).toMatchObject({ problem: null, path: at('tiny.gguf') });
    expect(probed?.vocabulary).toBeGreaterThan(256);
    expect(probed?.chatTemplateSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(probed?.header?.metadata).toMatchObject({
      'llama.block_count': 3,
      'tokenizer.ggml.tokens.length': probed?.vocabulary,
    });
    expect(probed?.header?.metadata['tokenizer.ggml.tokens']).toBeUndefined();
    expect(probed?.header?.tensors[0]).toMatchObject({ name: 'token_embd.weight', type: 'Q8_0', part: 0 });
  });
  it('of a split model are those of all parts together', async () => {
    const [probed] = await collect(probeHeaders([at('split-00001-of-00002.gguf')], options));
    expect(probed).toMatchObject({ problem: null, header: { parts: 2 } });
    expect(probed?.header?.tensors.map((tensor) => tensor.part)).toEqual([0, 1]);
  });
  const bad = [
    ['empty.gguf', /empty/],
    ['text.gguf', /does not begin with the letters GGUF/],
    ['short.gguf', /cut off/],
    ['counts.gguf', /damaged/],
    ['noise.gguf', /damaged/],
    ['long-text.gguf', /ends within its header/],
    ['long-key.gguf', /damaged/],
    ['long-list.gguf', /lists longer than those of any model/],
    ['long-texts.gguf', /lists longer than those of any model/],
    ['deep.gguf', /lists longer than those of any model/],
    ['cut.gguf', /cut off: it has 60000 bytes/],
    ['alien.gguf', /architecture "alien"/],
    ['gone.gguf', /not there/],
    ['half-00001-of-00002.gguf', /part of this split model is missing/],
  ] as const;
  it('that cannot be used come with a sentence each, in one go and in order', async () => {
    const paths = bad.map(([name]) => at(name));
    const probed = await collect(probeHeaders([...paths, at('tiny.gguf')], options));
    expect(probed.map(({ path }) => path)).toEqual([...paths, at('tiny.gguf')]);
    for (const [index, [, sentence]] of bad.entries()) expect(probed[index]?.problem).toMatch(sentence);
    expect(probed.at(-1)?.problem).toBeNull();
    // Not by dying: a reader that trusts such a length takes all memory, or half a minute.
    expect(probed.map(({ died }) => died ?? false)).not.toContain(true);
  });
  it.each(bad.filter(([name]) => name !== 'gone.gguf'))('of %s also refuse to load', async (name) => {
    const kind = name === 'alien.gguf' ? 'unsupported' : 'not-a-model';
    await expect(startEngine(localOptions(at(name)))).rejects.toMatchObject({ kind });
  });
  it('over which the reader dies get a sentence, and the rest a new reader', async () => {
    const dying = {
      ...options,
      entry: FAKE_ENTRY,
      env: { ASSIZE_FAKE: '{"die":{"when":"header","how":"SIGSEGV"}}' },
    };
    const probed = await collect(probeHeaders(['one.gguf', 'two.gguf'], dying));
    expect(probed.map(({ problem }) => problem)).toEqual(
      Array(2).fill(expect.stringMatching(/ended the reader/)),
    );
  });
  it('stop when asked to', async () => {
    const abort = new AbortController();
    const reading = async (): Promise<void> => {
      for await (const probed of probeHeaders([at('tiny.gguf'), at('tiny.gguf')], {
        ...options,
        signal: abort.signal,
      })) {
        if (probed.problem === null) abort.abort();
      }
    };
    await expect(reading()).rejects.toMatchObject({ kind: 'cancelled' });
  });
});

describe('the dry run', () => {
  it('says what a load then takes, and grows by the context as the cache does', async () => {
    const small = { ...SETTINGS, contextPerSequence: 256 };
    const large = { ...SETTINGS, contextPerSequence: 1024 };
    const [first, second] = await dryRun({ path: at('tiny.gguf'), variations: [small, large] }, options);
    expect(first?.problem).toBeNull();
    expect(first?.weights.gpuBytes).toBe(0);
    // 3 layers × 2 heads × 16 × 2 bytes × key and value, a token.
    expect(first?.kv.hostBytes).toBe(3 * 2 * 16 * 2 * 2 * 256 * SETTINGS.sequences);
    expect(second?.kv.hostBytes).toBe(4 * (first?.kv.hostBytes ?? 0));
    const engine = await startEngine(localOptions(at('tiny.gguf'), { settings: small }));
    await engine.stop();
    const [host] = engine.model.memory;
    expect(host?.kvBytes).toBe(first?.kv.hostBytes);
  });
  it('tells of a file that is no model instead of throwing', async () => {
    const [estimate] = await dryRun({ path: at('text.gguf'), variations: [SETTINGS] }, options);
    expect(estimate?.problem).toMatch(/GGUF/);
  });
});

describe('counting tokens', () => {
  it('needs no weights and counts as the loaded model does', async () => {
    const prompts = [
      { kind: 'chat', system: 'Be brief.', user: 'who was the king?' },
      { kind: 'text', text: 'the river' },
    ] as const;
    const engine = await startEngine(localOptions(at('tiny.gguf')));
    const loaded = await engine.countTokens(prompts);
    await engine.stop();
    expect(await countTokens(at('tiny.gguf'), prompts, options)).toEqual(loaded);
  });

  it('of one prompt come with its text in the template and the first token of each label', async () => {
    const prompt = { kind: 'chat', system: 'Grade.', user: 'Is it right?' } as const;
    const asked = { prompt, labels: ['right', 'right away', 'wrong'] };
    const read = await readPrompt(at('tiny.gguf'), asked, options);
    expect(read.text).toContain('Is it right?');
    expect(read.text.length).toBeGreaterThan(prompt.system.length + prompt.user.length);
    expect([read.tokens]).toEqual(await countTokens(at('tiny.gguf'), [prompt], options));
    const [right, away, wrong] = read.labelTokens;
    expect(away).toBe(right);
    expect(wrong).not.toBe(right);
  });
});
