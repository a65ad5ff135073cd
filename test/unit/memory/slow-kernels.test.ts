import { describe, expect, test } from 'vitest';
import { slowKernels, slowKernelsSentence } from '../../../src-main/domain/memory/slow-kernels.ts';
import type { GgufHeader } from '../../../src-main/domain/model.ts';
import { guideSpec, headerOf } from '../../fixtures/gguf-headers.ts';
import type { Recipe } from '../../fixtures/gguf-recipes.ts';

const header = (quantization: Recipe): GgufHeader => headerOf(guideSpec('Llama-3-8B', quantization));
const cpu = (...features: string[]) => ({
  arch: 'x64',
  cpu: { model: 'x', physicalCores: 2, logicalCores: 2, loadPercent: null, features },
});
const AVX2 = cpu('avx', 'avx2', 'fma');
const AMX = cpu('avx2', 'avx512f', 'avx512_vnni', 'amx_tile', 'amx_int8');

describe('a quantization without fast kernels on this CPU', () => {
  test('is said with what would be faster', () => {
    expect(slowKernels(header('F16'), AVX2)).toMatch(/no fast kernels for F16.*Q4_K_M.*twice as fast/);
  });
  test('is not said of those that are fast, nor where the CPU’s matrix unit takes them', () => {
    for (const fast of ['Q4_K_M', 'Q8_0'] as const) expect(slowKernels(header(fast), AVX2)).toBeNull();
    expect(slowKernels(header('F16'), AMX)).toBeNull();
  });
  test('is said after a load only when most of the weights were not packed', () => {
    expect(slowKernelsSentence('Q4_1', 0, 100)).toMatch(/Q4_1/);
    expect(slowKernelsSentence('Q4_1', 80, 100)).toBeNull();
  });
});
