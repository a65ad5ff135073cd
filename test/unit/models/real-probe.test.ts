import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createModelLibrary } from '../../../src-main/core/models/library.ts';
import type { ModelLibrary } from '../../../src-main/core/models/library.ts';
import { memoryCache } from '../../../src-main/core/models/model-cache.ts';
import { scanModels } from '../../../src-main/core/models/scan-models.ts';
import type { ModelFile } from '../../../src-main/domain/model.ts';
import { probeHeaders } from '../../../src-main/engine/host/probe.ts';
import { writeGguf } from '../../fixtures/gguf-writer.ts';
import type { GgufTensorSpec, GgufValue } from '../../fixtures/gguf-writer.ts';

const entry = join(import.meta.dirname, '../../../src-main/engine/runtime/main.ts');
const never = new AbortController().signal;

let dir: string;
let models: ModelLibrary;
const byName = (name: string): ModelFile | undefined => models.list().find((model) => model.name === name);

const embedding: GgufTensorSpec = { name: 'token_embd.weight', dims: [32, 8], type: 'Q8_0' };
const metadata = (more: Record<string, GgufValue>): Record<string, GgufValue> => ({
  'general.architecture': 'llama',
  'general.name': 'Tiny',
  'general.file_type': 7,
  'llama.block_count': 1,
  'llama.context_length': 64,
  'tokenizer.ggml.tokens': { array: 'string', values: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] },
  'tokenizer.chat_template': '{{ messages }}',
  ...more,
});

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'assize-real-probe-'));
  const write = (name: string, more: Record<string, GgufValue> = {}, tensors = [embedding]): string => {
    writeGguf(join(dir, `${name}.gguf`), { metadata: metadata(more), tensors });
    return join(dir, `${name}.gguf`);
  };
  write('good');
  write('vision', { 'general.architecture': 'clip', 'general.type': 'mmproj' });
  write('lora', { 'general.type': 'adapter', 'adapter.type': 'lora' });
  write('vocabulary', {}, []);
  truncateSync(write('cut'), 700);
  const whole = readFileSync(join(dir, 'good.gguf'));
  writeFileSync(join(dir, 'half-header.gguf'), whole.subarray(0, 120));
  writeFileSync(join(dir, 'noise.gguf'), Buffer.concat([whole.subarray(0, 24), Buffer.alloc(4096, 0xa5)]));
  writeFileSync(join(dir, 'page.gguf'), '<html>404</html>');
  models = createModelLibrary({
    cache: memoryCache(),
    probeHeaders: (paths, signal) => probeHeaders(paths, { entry, signal }),
    scan: (signal) =>
      scanModels({
        folders: [dir],
        ownFolder: null,
        env: {},
        home: join(dir, 'home'),
        platform: 'linux',
        signal,
      }),
  });
  for await (const progress of models.rescan(never)) if (progress.phase === 'done') break;
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('the library over the real probe', () => {
  it('knows a whole model: a header key that the probe writes otherwise would leave these empty', () => {
    expect(byName('good')).toMatchObject({
      problem: null,
      facts: {
        name: 'Tiny',
        architecture: 'llama',
        quantization: 'Q8_0',
        parameters: 256,
        layers: 1,
        contextTrained: 64,
        vocabulary: 8,
        hasChatTemplate: true,
        chatTemplateSha256: createHash('sha256').update('{{ messages }}').digest('hex'),
      },
    });
  });

  it.each([
    ['vision', /vision part/],
    ['lora', /adapter/],
    ['vocabulary', /only a vocabulary/],
    ['cut', /cut off/],
    ['half-header', /cut off/],
    ['noise', /damaged|cut off/],
    ['page', /web page/],
  ])('gives %s its reason', (name, sentence) => {
    expect(byName(name)?.problem).toMatch(sentence);
  });

  it('hands the planner the whole header', async () => {
    const header = await models.header(byName('good')?.id ?? '', never);
    expect(header.tensors.map((tensor) => [tensor.name, tensor.type])).toEqual([
      ['token_embd.weight', 'Q8_0'],
    ]);
  });
});
