import { expect, test } from 'vitest';
import { placeLayers } from '../../../src-main/domain/memory/placement.ts';

const GIB = 1024 ** 3;

// Catches: an output layer that is not counted, layers taken from the front.
test('the last layers go to the GPU, the output first', () => {
  expect(placeLayers(4, 0, [GIB])).toEqual({ layer: [1, 1, 1, 1], output: 1, host: 1 });
  expect(placeLayers(4, 1, [GIB])).toEqual({ layer: [1, 1, 1, 1], output: 0, host: 1 });
  expect(placeLayers(4, 3, [GIB])).toEqual({ layer: [1, 1, 0, 0], output: 0, host: 1 });
  expect(placeLayers(4, 99, [GIB])).toEqual({ layer: [0, 0, 0, 0], output: 0, host: 1 });
});

// Catches: a split by the number of cards instead of their free memory, or an off-by-one at the border.
test('layers are split over GPUs by free memory, the border belonging to the next card', () => {
  expect(placeLayers(3, 4, [GIB, GIB]).layer).toEqual([0, 0, 1]);
  expect(placeLayers(3, 4, [GIB, GIB]).output).toBe(1);
  expect(placeLayers(7, 8, [3 * GIB, GIB]).layer).toEqual([0, 0, 0, 0, 0, 0, 1]);
  expect(placeLayers(7, 8, [1, 0, 1]).layer).toEqual([0, 0, 0, 0, 2, 2, 2]);
});

// Catches: a border computed in double precision; llama.cpp divides floats, and a third lands on the other side.
test('borders fall where 32-bit floats put them', () => {
  const layers = placeLayers(32, 33, [1, 1, 1]);
  const asFloat = (n: number): number => Math.fround(n);
  const third = asFloat(1 / 3);
  layers.layer.forEach((device, i) => {
    const position = asFloat(asFloat(i) / asFloat(33));
    expect(device === 0).toBe(position < third);
  });
});

// Catches: no GPU, and a layer placed on it all the same.
test('without GPUs everything is in RAM', () => {
  expect(placeLayers(3, 99, [])).toEqual({ layer: [0, 0, 0], output: 0, host: 0 });
});
