import type { ModelShape } from '../model-shape.ts';
import type { Placement } from '../placement.ts';

/**
 * The allocator's free list repeats itself every few equal layers, so how many there are matters only modulo a small
 * number, once the first few are past. Numbers that reproduced every graph of test/unit/memory; shorter ones did not.
 */
const EQUAL = { settled: 6, period: 12 } as const;
const PATTERN = { settled: 3, period: 6 } as const;

/** Longest pattern of layers looked for: Gemma 3 repeats every six. */
const LONGEST_PATTERN = 8;

/**
 * Layers that suffice to find the peak of the whole graph: long runs of equal layers, or of an equal pattern of
 * layers, are shortened by whole periods. On the host a layer's tensor types are part of its kind, because GPUs
 * fetch them.
 */
export function representativeLayers(shape: ModelShape, placement: Placement): number[] {
  const kinds = layerKinds(shape);
  const sequence = Array.from({ length: shape.hp.layers }, (_, layer) => {
    const device = placement.layer[layer] ?? placement.host;
    const fetched = placement.host > 0 && device === placement.host;
    const kind = fetched ? kinds.sized[layer] : kinds.plain[layer];
    return device * kinds.count + (kind ?? 0);
  });
  const chosen: number[] = [];
  let at = 0;
  while (at < sequence.length) {
    const run = longestRepetition(sequence, at);
    const kept = shortened(run.times, run.length === 1 ? EQUAL : PATTERN);
    const skipped = (run.times - kept) * run.length;
    for (let i = 0; i < run.times * run.length - skipped; i++) {
      chosen.push(at + i);
    }
    at += run.times * run.length;
  }
  return chosen;
}

function shortened(times: number, rule: { readonly settled: number; readonly period: number }): number {
  const { settled, period } = rule;
  return times <= settled + period ? times : settled + ((times - settled) % period);
}

/** The pattern that, repeated from `at`, covers most layers; one layer once where nothing repeats. */
function longestRepetition(sequence: readonly number[], at: number): { length: number; times: number } {
  let best = { length: 1, times: 1 };
  for (let length = 1; length <= LONGEST_PATTERN && at + length <= sequence.length; length++) {
    let end = at + length;
    while (end < sequence.length && sequence[end] === sequence[end - length]) {
      end += 1;
    }
    const times = Math.floor((end - at) / length);
    if (times > 1 && times * length > best.times * best.length) {
      best = { length, times };
    }
  }
  return best;
}

/** Every layer's kind as a small number, without and with the types of its tensors. */
interface LayerKinds {
  readonly plain: readonly number[];
  readonly sized: readonly number[];
  readonly count: number;
}

const known = new WeakMap<ModelShape, LayerKinds>();

function layerKinds(shape: ModelShape): LayerKinds {
  const before = known.get(shape);
  if (before !== undefined) {
    return before;
  }
  const { hp } = shape;
  const texts = Array.from({ length: hp.layers }, (_, i) => {
    const flags = [
      hp.swa[i],
      hp.recurrent[i],
      hp.hasKv[i],
      hp.heads[i],
      hp.headsKv[i],
      hp.expertsUsed[i],
    ].join(',');
    return { plain: flags, sized: flags };
  });
  for (const { tensor, role, layer } of shape.tensors) {
    const text = texts[layer];
    if (role === 'layer' && text !== undefined) {
      const name = tensor.name.replace(/^blk\.\d+\./, '');
      text.plain += ` ${name}:${tensor.dimensions.join('x')}`;
      text.sized += ` ${name}:${tensor.dimensions.join('x')}:${tensor.type}`;
    }
  }
  const numbers = new Map<string, number>();
  const numbered = (text: string): number => {
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    return number;
  };
  const result = {
    plain: texts.map((t) => numbered(t.plain)),
    sized: texts.map((t) => numbered(t.sized)),
    count: 0,
  };
  const kinds = { ...result, count: numbers.size };
  known.set(shape, kinds);
  return kinds;
}
