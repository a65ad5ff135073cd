import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { headerEnd } from '../../../src-main/engine/gguf-head.ts';
import { remoteHeaders } from '../../../src-main/core/planning/remote-header.ts';
import { modelMemory } from '../../../src-main/domain/memory/model-memory.ts';
import { probeHeaders } from '../../../src-main/engine/host/probe.ts';
import { decoderSpec } from '../../fixtures/gguf-headers.ts';
import { writeGguf, type GgufSpec } from '../../fixtures/gguf-writer.ts';
import { serveRanges, type RangeServer } from './range-server.ts';

const ENTRY = join(import.meta.dirname, '../../../src-main/engine/runtime/main.ts');
const NEVER = new AbortController().signal;

/** A header of more than one range, as a vocabulary of 60,000 tokens makes it, before weights that are many times longer. */
const SPEC: GgufSpec = withTokens(
  decoderSpec(
    {
      architecture: 'llama',
      layers: 4,
      embedding: 512,
      heads: 8,
      headsKv: 2,
      feedForward: 1024,
      vocabulary: 60_000,
      context: 4096,
    },
    'F16',
  ),
  60_000,
);

function withTokens(spec: GgufSpec, count: number): GgufSpec {
  const values = Array.from({ length: count }, (_, i) => `token number ${i}`);
  return { ...spec, metadata: { ...spec.metadata, 'tokenizer.ggml.tokens': { array: 'string', values } } };
}

let folder = '';
let whole: Buffer;
let headBytes = 0;
let server: RangeServer;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'assize-remote-'));
  headBytes = writeGguf(join(folder, 'whole.gguf'), SPEC).dataOffset;
  whole = readFileSync(join(folder, 'whole.gguf'));
  expect(whole.length).toBeGreaterThan(100 * 2 ** 20);
  expect(headBytes).toBeGreaterThan(2 ** 20);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(async () => {
  server = await serveRanges();
});
afterEach(() => server[Symbol.asyncDispose]());

function reader(env: NodeJS.ProcessEnv = {}) {
  return remoteHeaders({
    probeHeaders: (paths, signal) => probeHeaders(paths, { entry: ENTRY, signal }),
    env,
  });
}

const read = (address: string, env: NodeJS.ProcessEnv = {}) => reader(env)(address, NEVER);

/** What the planner makes of a header: the same for the file at hand and the file elsewhere, or the plan is of another model. */
function bytesOf(header: Parameters<typeof modelMemory>[0]): unknown {
  const settings = {
    gpuLayers: 99,
    mmap: true,
    contextPerSequence: 4096,
    sequences: 1,
    batch: 512,
    flashAttention: true,
    kvType: 'f16',
  } as const;
  return modelMemory(header, settings, [{ kind: 'cuda', share: 1 }]);
}

async function localHeader(path: string) {
  for await (const { header } of probeHeaders([path], { entry: ENTRY, signal: NEVER }))
    if (header) return header;
  throw new Error('the file itself could not be read');
}

describe('a header that lies elsewhere', () => {
  // Catches: the whole file fetched for the sake of its first megabytes; a header that differs from the file's.
  test('is read by ranges, and of the weights nothing', async () => {
    server.files.set('/m.gguf', { body: whole });
    const header = await read(`${server.origin}/m.gguf`);
    expect(server.sent()).toBeGreaterThan(headBytes - 32);
    expect(server.sent()).toBeLessThan(2 * headBytes + 2 ** 20);
    expect(server.sent()).toBeLessThan(whole.length / 20);
    expect(header.fileBytes).toBe(whole.length);
    expect(bytesOf(header)).toEqual(bytesOf(await localHeader(join(folder, 'whole.gguf'))));
  });

  // Catches: a server without ranges that makes the planner download (and hold) gigabytes.
  test('comes from a server that ignores ranges without the rest of the file', async () => {
    server.files.set('/m.gguf', { body: whole, plain: true });
    const header = await read(`${server.origin}/m.gguf`);
    expect(header.fileBytes).toBe(whole.length);
    expect(server.sent()).toBeLessThan(whole.length / 3);
  });

  // Catches: a server that does not say how long the file is taken for one that has cut it off.
  test('is planned although the server does not say how long the file is', async () => {
    server.files.set('/m.gguf', { body: whole, plain: true, unsized: true });
    const header = await read(`${server.origin}/m.gguf`);
    expect(header.tensors).toHaveLength(SPEC.tensors.length);
    expect(Math.abs(header.fileBytes - whole.length)).toBeLessThan(4096);
  });

  // Catches: redirects not followed (every hub redirects to its storage), or followed for the first range only.
  test('is found behind a redirect', async () => {
    server.redirects.set('/page/m.gguf', '/storage/m.gguf');
    server.files.set('/storage/m.gguf', { body: whole });
    const header = await read(`${server.origin}/page/m.gguf`);
    expect(header.fileBytes).toBe(whole.length);
    expect(server.requests.filter((line) => line.includes('/storage/')).length).toBeGreaterThan(1);
  });

  // Catches: a connection that breaks once taken for a damaged file.
  test('is gone on with after a broken connection', async () => {
    server.files.set('/m.gguf', { body: whole, cuts: [1000, 300_000] });
    expect((await read(`${server.origin}/m.gguf`)).fileBytes).toBe(whole.length);
  });

  // Catches: asked again for every plan.
  test('is fetched once', async () => {
    server.files.set('/m.gguf', { body: whole });
    const once = reader();
    await once(`${server.origin}/m.gguf`, NEVER);
    const before = server.requests.length;
    await once(`${server.origin}/m.gguf`, NEVER);
    expect(server.requests).toHaveLength(before);
  });

  // Catches: only the first part of a split model planned.
  test('of a split model is that of all its parts', async () => {
    const half = Math.ceil(SPEC.tensors.length / 2);
    const split = (no: number, tensors: GgufSpec['tensors']): GgufSpec => ({
      metadata: {
        ...(no === 0 ? SPEC.metadata : { 'general.architecture': 'llama' }),
        'split.no': { type: 'u32', value: no },
        'split.count': { type: 'u32', value: 2 },
        'split.tensors.count': { type: 'i32', value: SPEC.tensors.length },
      },
      tensors,
    });
    const names = ['big-00001-of-00002.gguf', 'big-00002-of-00002.gguf'] as const;
    writeGguf(join(folder, names[0]), split(0, SPEC.tensors.slice(0, half)));
    writeGguf(join(folder, names[1]), split(1, SPEC.tensors.slice(half)));
    for (const name of names) server.files.set(`/repo/${name}`, { body: readFileSync(join(folder, name)) });
    for (const name of names) {
      const header = await read(`${server.origin}/repo/${name}`);
      expect(header.parts).toBe(2);
      expect(header.tensors).toHaveLength(SPEC.tensors.length);
      expect(bytesOf(header)).toEqual(bytesOf(await localHeader(join(folder, names[0]))));
    }
    expect(server.sent()).toBeLessThan(whole.length / 5);
    server.files.delete(`/repo/${names[1]}`);
    await expect(read(`${server.origin}/repo/${names[0]}`)).rejects.toThrow(/has no \/repo\/big-00002/);
  });

  // Catches: a name on the hub that is not looked up, or another file of the repository taken.
  test('is found by its name on the hub', async () => {
    server.json.set('/api/models/some/model-GGUF/tree/main', [
      { type: 'file', path: 'model-Q8_0.gguf', size: 9 },
      { type: 'file', path: 'model-Q4_K_M.gguf', size: 9 },
    ]);
    server.files.set('/some/model-GGUF/resolve/main/model-Q4_K_M.gguf', { body: whole });
    const env = { HF_ENDPOINT: server.origin };
    expect((await read('hf:some/model-GGUF:Q4_K_M', env)).fileBytes).toBe(whole.length);
    expect((await read('hf:some/model-GGUF/model-Q4_K_M.gguf', env)).fileBytes).toBe(whole.length);
    await expect(read('hf:some/model-GGUF:Q2_K', env)).rejects.toThrow(/has no Q2_K. It has: model-Q8_0/);
  });
});

describe('what cannot be planned is said in a sentence', () => {
  test.each<[string, () => Buffer | null, RegExp]>([
    ['nothing there', () => null, /has no \/m\.gguf \(404\)/],
    ['a web page', () => Buffer.from('<!doctype html><title>404</title>'), /web page/],
    ['an end within the header', () => whole.subarray(0, 900_000), /ends within its header/],
    [
      'an end within the weights',
      () => whole.subarray(0, whole.length - 1_000_000),
      /cut off|has lost|fetch it again/i,
    ],
    [
      'noise behind the first bytes',
      () => Buffer.concat([whole.subarray(0, 24), Buffer.alloc(1 << 20, 0xa5)]),
      /damaged/,
    ],
  ])('%s', async (_, body, sentence) => {
    const file = body();
    if (file !== null) server.files.set('/m.gguf', { body: file });
    await expect(read(`${server.origin}/m.gguf`)).rejects.toThrow(sentence);
  });

  test('an address that is no model’s, or not safe', async () => {
    await expect(read('http://example.com/m.gguf')).rejects.toThrow(/over https/);
    await expect(read(`${server.origin}/m.zip`)).rejects.toThrow(/\.gguf/);
  });

  // Catches: a planner that hangs, or goes on fetching, after the person has left.
  test('an abort ends it', async () => {
    server.files.set('/m.gguf', { body: whole });
    const controller = new AbortController();
    controller.abort();
    await expect(reader()(`${server.origin}/m.gguf`, controller.signal)).rejects.toThrow(/abort/i);
  });
});

// Catches: a step over a value of the wrong length, which ends the header too early or never.
test('the end of a header is where the writer put it, and not one byte before', () => {
  const end = headerEnd(whole);
  expect(end).not.toBeNull();
  expect(headBytes - (end ?? 0)).toBeLessThan(32);
  expect(headerEnd(whole.subarray(0, (end ?? 0) - 1))).toBeNull();
  expect(headerEnd(whole.subarray(0, 24))).toBeNull();
  expect(headerEnd(Buffer.alloc(0))).toBeNull();
});

// Catches: a length that no file has taken for one that will come, so that all memory is taken for it.
test.each([
  ['a text longer than the file', [8, 100_000n], /ends within its header/],
  ['a list longer than any', [9, 0n, 2n ** 40n], /lists longer/],
  ['a text longer than any header', [8, 2n ** 40n], /more in it than any model has/, Infinity],
] as const)('%s is refused before anything is allocated', (_, [type, ...values], sentence, size = 4096) => {
  const bytes = Buffer.alloc(4096);
  bytes.write('GGUF\x03', 'latin1');
  bytes.writeBigUInt64LE(1n, 16);
  bytes.writeBigUInt64LE(0n, 24);
  let at = bytes.writeUInt32LE(type, 32);
  for (const [i, value] of values.entries()) {
    at = type === 9 && i === 0 ? bytes.writeUInt32LE(Number(value), at) : bytes.writeBigUInt64LE(value, at);
  }
  expect(() => headerEnd(bytes, size)).toThrow(sentence);
});
