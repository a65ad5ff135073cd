import { describe, expect, it } from 'vitest';

import { explainHead } from '../../../src-main/core/models/check-magic.ts';
import { facts, headerProblem } from '../../../src-main/core/models/facts.ts';
import type { GgufHeader, GgufTensor } from '../../../src-main/domain/model.ts';

const tensor = (name: string, type: string, ...dimensions: number[]): GgufTensor => ({
  name,
  type,
  dimensions,
  offset: 0,
  part: 0,
});

const header = (
  metadata: GgufHeader['metadata'],
  tensors: readonly GgufTensor[] = [tensor('token_embd.weight', 'Q4_1', 576, 49152)],
  more: Partial<GgufHeader> = {},
): GgufHeader => ({ architecture: 'llama', metadata, tensors, fileBytes: 1e9, parts: 1, ...more });

describe('facts', () => {
  it('are those of Llama-3.2-1B-Instruct Q4_K_M: 1,235,814,400 parameters, rope_freqs not counted', () => {
    const layer = (i: number): GgufTensor[] => [
      tensor(`blk.${i}.attn_norm.weight`, 'F32', 2048),
      tensor(`blk.${i}.ffn_norm.weight`, 'F32', 2048),
      tensor(`blk.${i}.attn_q.weight`, 'Q4_K', 2048, 2048),
      tensor(`blk.${i}.attn_k.weight`, 'Q4_K', 2048, 512),
      tensor(`blk.${i}.attn_v.weight`, 'Q6_K', 2048, 512),
      tensor(`blk.${i}.attn_output.weight`, 'Q4_K', 2048, 2048),
      tensor(`blk.${i}.ffn_gate.weight`, 'Q4_K', 2048, 8192),
      tensor(`blk.${i}.ffn_up.weight`, 'Q4_K', 2048, 8192),
      tensor(`blk.${i}.ffn_down.weight`, 'Q6_K', 8192, 2048),
    ];
    const found = facts(
      header(
        {
          'general.name': 'Llama 3.2 1B Instruct',
          'general.file_type': 15,
          'llama.block_count': 16,
          'llama.context_length': 131072,
          'llama.vocab_size': 128256,
          'tokenizer.chat_template': '{{ bos_token }}',
        },
        [
          tensor('rope_freqs.weight', 'F32', 32),
          tensor('token_embd.weight', 'Q6_K', 2048, 128256),
          tensor('output_norm.weight', 'F32', 2048),
          ...Array.from({ length: 16 }, (_, i) => layer(i)).flat(),
        ],
      ),
    );
    expect(found).toMatchObject({
      name: 'Llama 3.2 1B Instruct',
      quantization: 'Q4_K_M',
      parameters: 1_235_814_400,
      layers: 16,
      contextTrained: 131072,
      vocabulary: 128256,
      hasChatTemplate: true,
      tensorTypes: { F32: 34, Q4_K: 80, Q6_K: 33 },
    });
    expect(found.chatTemplateSha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    [{ 'general.file_type': 3 }, 'Q4_1'],
    [{ 'general.file_type': 1024 + 7 }, 'Q8_0'],
    [{}, 'Q4_1'],
    [{ 'general.file_type': 1 }, 'Q4_1'],
    [{ 'general.file_type': 4 }, 'Q4_1'],
    [{ 'general.file_type': 99 }, 'Q4_1'],
  ])('quantization of %o over Q4_1 tensors is %s', (metadata, expected) => {
    expect(facts(header(metadata)).quantization).toBe(expected);
  });

  it('prefer what the probe counted over what is left in the header', () => {
    const found = facts(header({}), { chatTemplateSha256: 'ab'.repeat(32), vocabulary: 49152 });
    expect(found).toMatchObject({
      hasChatTemplate: true,
      chatTemplateSha256: 'ab'.repeat(32),
      vocabulary: 49152,
    });
  });

  it('count the vocabulary by the embedding when nothing says it', () => {
    expect(facts(header({})).vocabulary).toBe(49152);
  });
});

describe('headerProblem', () => {
  it.each<[string, GgufHeader, RegExp]>([
    ['a vision part', header({}, undefined, { architecture: 'clip' }), /vision part/],
    ['a LoRA', header({ 'general.type': 'adapter', 'adapter.type': 'lora' }), /adapter \(LoRA\)/],
    ['a vocabulary', header({}, []), /only a vocabulary/],
    ['BERT', header({}, undefined, { architecture: 'nomic-bert' }), /writes no text/],
    ['an embedder of a causal family', header({ 'llama.attention.causal': false }), /writes no text/],
    ['FLUX', header({}, undefined, { architecture: 'flux' }), /image or audio/],
    ['a cut file', header({}, undefined, { fileBytes: 17_000_000 }), /cut off.*0\.02 GB.*0\.02 GB/],
    // Catches: a plan with a list of so many layers, which ended the workbench.
    ['two billion layers', header({ 'llama.block_count': 2 ** 31 }), /tells of 2147483648 layers/],
    ['less than no layers', header({ 'llama.block_count': -1 }), /damaged/],
    ['layers that are no number', header({ 'llama.block_count': 'many' }), /damaged/],
  ])('recognises %s', (_, given, sentence) => {
    expect(headerProblem(given)).toMatch(sentence);
  });

  it('has nothing against a whole model, nor against tensor types newer than itself', () => {
    expect(headerProblem(header({}))).toBeNull();
    expect(headerProblem(header({}, [tensor('token_embd.weight', 'Q9_X', 8, 8)]))).toBeNull();
  });
});

describe('explainHead', () => {
  const gguf = (version: number, tensors = 10n, keys = 20n): Buffer => {
    const head = Buffer.alloc(64);
    head.write('GGUF', 0, 'latin1');
    head.writeUInt32LE(version, 4);
    head.writeBigUInt64LE(tensors, 8);
    head.writeBigUInt64LE(keys, 16);
    return head;
  };

  it.each<[string, Buffer, RegExp]>([
    ['an empty file', Buffer.alloc(0), /empty \(0 bytes\)/],
    ['a web page', Buffer.from('<!DOCTYPE html><html>'), /web page/],
    ['a Git LFS pointer', Buffer.from('version https://git-lfs.github.com/spec/v1\noid'), /git lfs pull/],
    ['old GGML', Buffer.from('tjggxxxxxxxxxxxxxxxxxxxxxxxx'), /old GGML/],
    ['a ZIP', Buffer.from('PK\u0003\u0004'), /ZIP/],
    ['safetensors', Buffer.concat([Buffer.alloc(8), Buffer.from('{"__metadata__"')]), /safetensors/],
    ['zeros', Buffer.alloc(512), /zeros/],
    ['anything else', Buffer.from('hello world, not a model'), /not a GGUF/],
    ['a cut header', gguf(3).subarray(0, 12), /cut off/],
    ['version 1', gguf(1), /version 1/],
    ['version 9', gguf(9), /version 9/],
    ['big-endian', gguf(0x03000000), /big-endian/],
    ['impossible counts', gguf(3, 2n ** 60n), /damaged/],
  ])('recognises %s', (_, head, sentence) => {
    expect(explainHead(head)).toMatch(sentence);
  });

  it.each([2, 3])('lets GGUF version %i pass', (version) => {
    expect(explainHead(gguf(version))).toBeNull();
  });
});
