import type { Cpu } from '../hardware.ts';
import type { GgufTensor } from '../model.ts';
import { blockLayout, tensorBytes } from './ggml-types.ts';
import type { ModelShape } from './model-shape.ts';
import { tableTwice, weightBytes } from './weights.ts';

/** Kernels of a CPU for which llama.cpp lays weights out anew while it loads them. */
export type CpuKernels = 'amx' | 'avx512' | 'avx2' | 'neon';

/**
 * By instruction sets as /proc/cpuinfo names them. A CPU that says nothing is taken for what nearly every machine of its
 * kind has.
 */
export function cpuKernels({ features }: Pick<Cpu, 'features'>, arch: string): CpuKernels | null {
  const has = new Set(features);
  if (has.has('amx_int8') && has.has('avx512_vnni')) return 'amx';
  if (has.has('avx512f')) return 'avx512';
  if (has.has('avx2')) return 'avx2';
  if (arch === 'arm64') return has.size === 0 || has.has('asimddp') || has.has('i8mm') ? 'neon' : null;
  return has.size === 0 ? 'avx2' : null;
}

/** Types with packed kernels (ggml-cpu/repack.cpp), and of how many rows a matrix must have a multiple. */
const REPACKED: Readonly<Record<Exclude<CpuKernels, 'amx'>, Readonly<Record<string, number>>>> = {
  avx2: { Q4_0: 8, Q4_K: 8, IQ4_NL: 8, MXFP4: 8 },
  avx512: { Q4_0: 8, Q4_K: 8, IQ4_NL: 8, MXFP4: 8, Q2_K: 8 },
  neon: { Q4_0: 4, Q4_K: 8, Q5_K: 8, Q6_K: 8, IQ4_NL: 4, MXFP4: 4, Q8_0: 4, Q1_0: 4 },
};

/** Of how many elements a row must be a multiple for AMX (ggml-cpu/amx/amx.cpp), and bytes a block is larger by when packed (mmq.cpp). */
export const AMX: Readonly<Record<string, { readonly row: number; readonly more: number }>> = {
  Q4_0: { row: 32, more: 0 },
  Q4_1: { row: 32, more: 0 },
  Q8_0: { row: 32, more: 4 },
  Q4_K: { row: 256, more: 4 },
  Q5_K: { row: 256, more: 4 },
  Q6_K: { row: 256, more: 0 },
  IQ4_XS: { row: 256, more: 2 },
  F16: { row: 16, more: 0 },
};
const AMX_ROWS = 32;

/** Whether the AMX kernels take this weight, in a form of their own. */
export function isAmxPacked({ type, dimensions }: GgufTensor): boolean {
  const [row = 1, rows = 1, experts = 1] = dimensions;
  const amx = experts === 1 ? AMX[type.toUpperCase()] : undefined;
  return amx !== undefined && row % amx.row === 0 && rows % AMX_ROWS === 0;
}

/** Bytes of a weight in the order that the kernels read; null where it stays as it is in the file. */
function packedBytes(tensor: GgufTensor, kernels: CpuKernels): number | null {
  const { type, dimensions } = tensor;
  const [row = 1, rows = 1] = dimensions;
  if (dimensions.length < 2) return null;
  const bytes = tensorBytes(type, dimensions);
  if (kernels === 'amx' && isAmxPacked(tensor)) {
    return bytes + (AMX[type.toUpperCase()]?.more ?? 0) * (row / blockLayout(type).elements) * rows;
  }
  const multiple = REPACKED[kernels === 'amx' ? 'avx512' : kernels][type.toUpperCase()];
  return multiple !== undefined && rows % multiple === 0 ? bytes : null;
}

/** Weights that are read by other operations than a product of matrices: looked up, convolved, scanned. */
const NO_PRODUCT = /(token_types|position_embd|rope_freqs|_norm|ssm_conv1d|ssm_a|shortconv\.conv|\.bias$)/;

/** What packing adds to the weights of a model that runs on the CPU alone. */
export interface CpuPacking {
  /** Of packed weights, as they are in the file. */
  readonly originalBytes: number;
  /** Of the same when packed, and of a tied table once more as the output. */
  readonly packedBytes: number;
}

const known = new WeakMap<ModelShape, Map<CpuKernels, CpuPacking>>();

/** Computed once per model and kind of CPU. */
export function cpuPacking(shape: ModelShape, kernels: CpuKernels): CpuPacking {
  const answers = known.get(shape) ?? new Map<CpuKernels, CpuPacking>();
  known.set(shape, answers);
  const before = answers.get(kernels);
  if (before !== undefined) return before;
  let [originalBytes, packed] = [0, 0];
  for (const { tensor, role } of shape.tensors) {
    if (role === 'unused' || NO_PRODUCT.test(tensor.name)) continue;
    const bytes = packedBytes(tensor, kernels);
    if (bytes === null) continue;
    if (role !== 'input') {
      originalBytes += weightBytes(tensor, 'cpu');
      packed += bytes;
    } else if (shape.tied && tensor.name === 'token_embd.weight') {
      // Rows of the table are looked up as they are; as the output it is a matrix, packed beside them.
      packed += bytes;
      if (tableTwice(shape)) originalBytes += weightBytes(tensor, 'cpu');
    }
  }
  const answer = { originalBytes, packedBytes: packed };
  answers.set(kernels, answer);
  return answer;
}
