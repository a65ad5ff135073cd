import { describe, expect, test } from 'vitest';
import type { MemorySettings } from '../../../src-main/domain/memory/model-memory.ts';
import { SMALL_ARCHITECTURES, smallSpec, withPredictionLayer } from '../../fixtures/gguf-architectures.ts';
import { guideSpec, headerOf, type GuideModel } from '../../fixtures/gguf-headers.ts';
import type { GgufSpec } from '../../fixtures/gguf-writer.ts';
import { askDryRun, beyondTheBar, softwareVulkan, type OracleBackend, type OracleCase } from './dry-run.ts';

const BASE: MemorySettings = {
  gpuLayers: 0,
  mmap: false,
  contextPerSequence: 4096,
  sequences: 1,
  batch: 512,
  flashAttention: true,
  kvType: 'f16',
};

/** The bar: compute within 2 %, never under. */
const SHARE = 0.02;

function layersOf(spec: GgufSpec): number {
  const { architecture, metadata } = headerOf(spec);
  return Number(metadata[`${architecture}.block_count`]);
}

function everyLayerCount(name: string, spec: GgufSpec, changes: Partial<MemorySettings> = {}): OracleCase[] {
  return Array.from({ length: layersOf(spec) + 2 }, (_, gpuLayers) => ({
    name: `${name} with ${gpuLayers} layers`,
    spec,
    settings: { ...BASE, ...changes, gpuLayers },
  }));
}

function problemsOf(backend: OracleBackend, cases: readonly OracleCase[]): string[] {
  return askDryRun(backend, cases).flatMap((c) => beyondTheBar(c, SHARE, 0));
}

const driver = softwareVulkan();
if (driver === null) {
  console.warn(
    'SKIPPED: no Vulkan driver in software here (mesa-vulkan-drivers); partial offload is not checked.',
  );
}

describe.skipIf(driver === null)('Vulkan on a device in software', () => {
  // Catches: weights fetched for a batch that are not counted, a cache on the wrong side, an order of work misread.
  test.each(['vulkan', 'two-vulkan'] as const)(
    'every architecture and layer count, %s',
    (backend) => {
      const cases = SMALL_ARCHITECTURES.flatMap((name) => everyLayerCount(name, smallSpec(name, 'Q4_K_M')));
      expect(problemsOf(backend, cases)).toEqual([]);
    },
    300_000,
  );

  // Catches: layers that llama.cpp leaves in the file (multi-token prediction) counted as loaded.
  test('files with a prediction layer', () => {
    const cases = ['glm4moe', 'qwen35', 'exaone4'].flatMap((name) =>
      everyLayerCount(name, withPredictionLayer(smallSpec(name, 'Q4_K_M'))),
    );
    expect(problemsOf('vulkan', cases)).toEqual([]);
  }, 300_000);

  // Catches: a figure that holds for one setting only.
  test.each([
    ['without flash attention', { flashAttention: false }],
    ['q8_0 cache', { kvType: 'q8_0' as const }],
    [
      'three sequences, odd batch',
      { sequences: 3, contextPerSequence: 700, batch: 200, flashAttention: false },
    ],
  ])(
    'some architectures at every layer count, %s',
    (_, changes) => {
      const names = ['llama', 'qwen3', 'gemma3', 'qwen2moe', 'jamba', 'deepseek2'];
      const cases = names.flatMap((name) => everyLayerCount(name, smallSpec(name, 'Q8_0'), changes));
      expect(problemsOf('vulkan', cases)).toEqual([]);
    },
    300_000,
  );

  // Catches: tied embeddings held once, tensors too large for the device placed on it, pipeline copies forgotten.
  test.each(['vulkan', 'two-vulkan'] as const)(
    'models of the guide, %s',
    (backend) => {
      const models: GuideModel[] = ['Llama-3.2-1B', 'Llama-3-8B', 'Llama-2-7b'];
      const cases = models.flatMap((model) => everyLayerCount(model, guideSpec(model, 'Q4_K_M')));
      const large = guideSpec('Llama-3.1-70B', 'Q4_K_M');
      for (const gpuLayers of [1, 16, 40, 79, 80, 81]) {
        cases.push({ name: `70B with ${gpuLayers} layers`, spec: large, settings: { ...BASE, gpuLayers } });
      }
      expect(problemsOf(backend, cases)).toEqual([]);
    },
    300_000,
  );
});
