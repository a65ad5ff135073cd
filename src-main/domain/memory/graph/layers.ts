import type { ModelShape } from '../model-shape.ts';
import type { Placement } from '../placement.ts';

/** How many layers of a kind on a device reach the peak: allocation repeats itself from the second on. */
const ENOUGH = 3;

/**
 * Layers that suffice to find the peak of the whole graph: of every kind of layer on every device the first few, and
 * the last of all. On the host a layer's tensor sizes are part of its kind, because GPUs fetch them.
 */
export function representativeLayers(shape: ModelShape, placement: Placement): number[] {
  const seen = new Map<string, number>();
  const chosen: number[] = [];
  const last = shape.hp.layers - 1;
  for (let layer = 0; layer <= last; layer++) {
    const device = placement.layer[layer] ?? placement.host;
    const kind = `${device}:${layerKind(shape, layer, device === placement.host)}`;
    const count = seen.get(kind) ?? 0;
    seen.set(kind, count + 1);
    if (count < ENOUGH || layer === last) {
      chosen.push(layer);
    }
  }
  return chosen;
}

const kinds = new WeakMap<ModelShape, Map<string, string>>();

function layerKind(shape: ModelShape, layer: number, withSizes: boolean): string {
  let known = kinds.get(shape);
  if (known === undefined) {
    known = layerKinds(shape);
    kinds.set(shape, known);
  }
  return known.get(`${layer}${withSizes ? 's' : ''}`) ?? '';
}

function layerKinds(shape: ModelShape): Map<string, string> {
  const { hp } = shape;
  const result = new Map<string, string>();
  const names = new Map<number, string[]>();
  const sizes = new Map<number, string[]>();
  for (const { tensor, role, layer } of shape.tensors) {
    if (role === 'layer') {
      const name = tensor.name.replace(/^blk\.\d+\./, '');
      names.set(layer, [...(names.get(layer) ?? []), `${name}${tensor.dimensions.join('x')}`]);
      sizes.set(layer, [...(sizes.get(layer) ?? []), `${name}${tensor.type}`]);
    }
  }
  for (let layer = 0; layer < hp.layers; layer++) {
    const flags = [
      hp.swa[layer],
      hp.recurrent[layer],
      hp.hasKv[layer],
      hp.heads[layer],
      hp.headsKv[layer],
    ].join(',');
    const base = `${flags}|${(names.get(layer) ?? []).join(' ')}`;
    result.set(`${layer}`, base);
    result.set(`${layer}s`, `${base}|${(sizes.get(layer) ?? []).join(' ')}`);
  }
  return result;
}
