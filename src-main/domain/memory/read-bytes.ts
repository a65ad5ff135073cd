import type { GgufHeader } from '../model.ts';
import { tensorBytes } from './ggml-types.ts';
import { modelShape } from './model-shape.ts';
import { placeLayers } from './placement.ts';

/** What one decoding step must read and compute, per GPU and for the host last. */
export interface StepWork {
  /** Bytes of weights read once a step, whatever the number of sequences (experts: as many as are chosen). */
  readonly weightBytes: readonly number[];
  /** Multiply-adds a token costs, each two operations. */
  readonly operationsPerToken: readonly number[];
  /** Weights that run for a token, elements: all of them but for experts that are not chosen. */
  readonly activeParameters: number;
}

const EXPERTS = /ffn_(gate|up|down|gate_up)_exps\./;

/**
 * Work of a step for `sequences` tokens at once. The embedding table is looked up, not read, unless it is the output
 * matrix too. `shares` as for placeLayers.
 */
export function stepWork(
  header: GgufHeader,
  gpuLayers: number,
  shares: readonly number[],
  sequences: number,
): StepWork {
  const shape = modelShape(header);
  const placement = placeLayers(shape.hp.layersAll, gpuLayers, shares);
  const weightBytes = Array.from({ length: placement.host + 1 }, () => 0);
  const operations = Array.from({ length: placement.host + 1 }, () => 0);
  let active = 0;
  const used = Math.max(0, ...shape.hp.expertsUsed);
  const chosen = shape.hp.experts > 0 ? used / shape.hp.experts : 1;
  for (const { tensor, role, layer } of shape.tensors) {
    const tied = role === 'input' && shape.tied && tensor.name === 'token_embd.weight';
    if ((role === 'input' && !tied) || role === 'unused' || layer >= shape.hp.layers) {
      continue;
    }
    const device = tied || role === 'output' ? placement.output : (placement.layer[layer] ?? placement.host);
    const experts = EXPERTS.test(tensor.name);
    const elements = tensor.dimensions.reduce((product, n) => product * n, 1);
    const read = experts ? Math.min(1, chosen * sequences) : 1;
    weightBytes[device] = (weightBytes[device] ?? 0) + tensorBytes(tensor.type, tensor.dimensions) * read;
    if (tensor.dimensions.length > 1) {
      const run = elements * (experts ? chosen : 1);
      operations[device] = (operations[device] ?? 0) + 2 * run;
      active += run;
    }
  }
  return { weightBytes, operationsPerToken: operations, activeParameters: active };
}
