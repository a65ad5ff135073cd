import { expect, test } from 'vitest';
import { computeBytes, type ComputeQuestion } from '../../../src-main/domain/memory/compute.ts';
import { modelShape } from '../../../src-main/domain/memory/model-shape.ts';
import { placeLayers } from '../../../src-main/domain/memory/placement.ts';
import type { Backend } from '../../../src-main/domain/hardware.ts';
import { SMALL_DECODERS, smallDecoder } from '../../fixtures/gguf-architectures.ts';
import { headerOf } from '../../fixtures/gguf-headers.ts';

const SETTINGS = {
  contextPerSequence: 4096,
  sequences: 1,
  batch: 512,
  flashAttention: true,
  kvType: 'f16',
} as const;

function question(layers: number, gpuLayers: number, kinds: readonly Backend[]): ComputeQuestion {
  return {
    placement: placeLayers(
      layers,
      gpuLayers,
      kinds.map(() => 1),
    ),
    displaced: new Set(),
    settings: SETTINGS,
    gpus: kinds.map((kind) => ({ kind, maxTensorBytes: Infinity })),
    gpuLayers,
    pinNorms: false,
  };
}

// Catches: long runs of layers shortened so far that the peak of the whole graph is missed (by up to 16 % before).
test.each(SMALL_DECODERS)('%s: enough layers give the peak of all of them', (name) => {
  const differing: string[] = [];
  for (const layers of [26, 61]) {
    const shape = modelShape(headerOf(smallDecoder(name, 'Q4_K_M', layers)));
    for (const kinds of [[], ['cuda'], ['vulkan'], ['cuda', 'cuda']] as const) {
      const counts = kinds.length === 0 ? [0] : [0, 7, Math.floor(layers / 2) + 1, layers - 2, layers + 1];
      for (const gpuLayers of counts) {
        const asked = question(layers, gpuLayers, kinds);
        const short = computeBytes(shape, asked);
        const whole = computeBytes(shape, { ...asked, everyLayer: true });
        if (short.join() !== whole.join())
          differing.push(
            `${layers} layers, ${kinds.join()} ${gpuLayers}: ${short.join()} for ${whole.join()}`,
          );
      }
    }
  }
  expect(differing).toEqual([]);
});
