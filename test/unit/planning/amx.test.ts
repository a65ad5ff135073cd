/** Which models AMX kernels get wrong; found by running small files of 67 architectures with and without them. */
import { describe, expect, it } from 'vitest';
import type { Machine } from '../../../src-main/domain/hardware.ts';
import { AMX_ONE_AT_A_TIME, amxOneAtATime, amxProblem } from '../../../src-main/domain/memory/amx.ts';
import { cellText, fitCell } from '../../../src-main/domain/planning/matrix.ts';
import { planExperiment, type PlannedModel } from '../../../src-main/domain/planning/plan-experiment.ts';
import { planModel, wishesFor } from '../../../src-main/domain/planning/plan-model.ts';
import { estimateSpeed } from '../../../src-main/domain/planning/speed.ts';
import { hasAmx } from '../../../src-main/engine/runtime/llama.ts';
import { smallSpec } from '../../fixtures/gguf-architectures.ts';
import { headerOf } from '../../fixtures/gguf-headers.ts';
import { box, CARDS, prompts } from './worlds.ts';

const small = (name: string): PlannedModel['header'] => headerOf(smallSpec(name, 'Q8_0'));
const inBf16 = (name: string): PlannedModel['header'] => {
  const header = small(name);
  return { ...header, tensors: header.tensors.map((tensor) => ({ ...tensor, type: 'BF16' })) };
};
const machine = (features: readonly string[], on = 'cpu'): Machine => {
  const there = box(on);
  return { ...there, arch: 'x64', cpu: { ...there.cpu, features } };
};
const AMX = ['avx2', 'avx512f', 'avx512_vnni', 'amx_int8'];
const model = (name: string, wishes: PlannedModel['wishes'] = {}): PlannedModel => ({
  modelId: 'm',
  modelName: 'M',
  header: small(name),
  prompts: prompts(500, 100),
  newTokens: 64,
  wishes,
});
const plan = (on: Machine, generator: PlannedModel): ReturnType<typeof planExperiment> =>
  planExperiment({ machine: on, generator, judges: [generator], schedule: 'auto' });

describe('AMX kernels', () => {
  it('are told by llama.cpp', () => {
    expect(hasAmx('CPU : AVX512_VNNI = 1 | AMX_INT8 = 1 | REPACK = 1 | ')).toBe(true);
    expect(hasAmx('CPU : SSE3 = 1 | AVX2 = 1 | REPACK = 1 | ')).toBe(false);
  });
  it.each(['gemma3n', 'deepseek2'])('get %s wrong, whose matrices have three dimensions', (name) => {
    expect(amxProblem(small(name))).toMatch(/wrongly in this type\. Put all of it on a GPU/);
    expect(amxProblem(inBf16(name))).toBeNull();
  });
  it.each(['llama', 'qwen3', 'gemma3', 'gemma4', 'mixtral', 'gpt-oss', 'lfm2moe', 'qwen3next'])(
    'are no reason to refuse %s, experts and all',
    (name) => {
      expect(amxProblem(small(name))).toBeNull();
    },
  );
  it.each(['mamba', 'jamba', 'lfm2', 'qwen3next', 'qwen35'])('take one sequence of %s at a time', (name) => {
    expect(amxOneAtATime(small(name))).toBe(true);
    expect(amxOneAtATime(inBf16(name))).toBe(false);
  });
  it.each(['llama', 'gemma3', 'mixtral'])('take several sequences of %s', (name) => {
    expect(amxOneAtATime(small(name))).toBe(false);
  });
});

// Catches: "fits" for a model that the engine then refuses, after an hour of other phases.
describe('a plan on AMX kernels', () => {
  it('is a no with the sentence of the engine, and not elsewhere', () => {
    const refused = plan(machine(AMX), model('gemma3n'));
    expect(refused.verdict).toBe('no');
    expect(refused.reasons.join(' ')).toContain(`M: ${amxProblem(small('gemma3n'))}`);
    expect(plan(machine(['avx2']), model('gemma3n')).verdict).toBe('yes');
    // All of it on a card, as the sentence advises.
    expect(plan(machine(AMX, 'RTX 4090'), model('gemma3n')).verdict).toBe('yes');
    expect(plan(machine(AMX, 'RTX 4090'), model('gemma3n', { gpuLayers: 0 })).verdict).toBe('no');
  });
  it('is no number of missing bytes in the matrix', () => {
    const wishes = wishesFor({ role: 'generate', modelId: 'm', modelName: 'M' });
    const cell = fitCell(small('deepseek2'), machine(AMX), wishes);
    expect(cell).toMatchObject({ verdict: 'no', layersThatFit: null });
    expect(cellText(cell)).toBe('no, wrong on this CPU');
  });
  it('has one sequence of a recurrent model and says why; a writer and a judge', () => {
    const onAmx = plan(machine(AMX), model('lfm2'));
    expect(onAmx.verdict).toBe('yes');
    expect(onAmx.phases.map(({ settings }) => settings.sequences)).toEqual([1, 1]);
    expect(onAmx.reasons).toContain(`M: ${AMX_ONE_AT_A_TIME}`);
    const elsewhere = plan(machine(['avx2']), model('lfm2'));
    expect(elsewhere.phases.every(({ settings }) => settings.sequences >= 8)).toBe(true);
    expect(elsewhere.reasons.join(' ')).not.toContain('AMX');
  });
  it('keeps sequences that were asked for, and expects no more of them than of one', () => {
    const speed = (sequences: number): readonly [number, number] => {
      const wishes = wishesFor({ role: 'generate', modelId: 'm', modelName: 'M', sequences });
      const phase = planModel(small('mamba'), machine(AMX), wishes);
      expect(phase.settings.sequences).toBe(sequences);
      return estimateSpeed(phase, small('mamba'), machine(AMX), CARDS).tokensPerSecond;
    };
    expect(speed(8)).toEqual(speed(1));
  });
});
