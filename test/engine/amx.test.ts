/** Which models AMX kernels get wrong; found by running small files of 67 architectures with and without them. */
import { describe, expect, it } from 'vitest';
import { amxProblem, hasAmx } from '../../src-main/engine/runtime/amx.ts';
import { smallSpec } from '../fixtures/gguf-architectures.ts';
import { headerOf } from '../fixtures/gguf-headers.ts';

describe('AMX kernels', () => {
  it('are told by llama.cpp', () => {
    expect(hasAmx('CPU : AVX512_VNNI = 1 | AMX_INT8 = 1 | REPACK = 1 | ')).toBe(true);
    expect(hasAmx('CPU : SSE3 = 1 | AVX2 = 1 | REPACK = 1 | ')).toBe(false);
  });
  it.each(['gemma3n', 'deepseek2'])('get %s wrong, whose matrices have three dimensions', (name) => {
    expect(amxProblem(headerOf(smallSpec(name, 'Q8_0')))).toMatch(
      /wrongly in this type\. Put all of it on a GPU/,
    );
  });
  it.each(['llama', 'qwen3', 'gemma3', 'gemma4', 'mixtral', 'gpt-oss', 'lfm2moe', 'qwen3next'])(
    'are no reason to refuse %s, experts and all',
    (name) => {
      expect(amxProblem(headerOf(smallSpec(name, 'Q8_0')))).toBeNull();
    },
  );
});
