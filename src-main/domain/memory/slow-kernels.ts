import type { Machine } from '../hardware.ts';
import type { GgufHeader } from '../model.ts';
import { cpuKernels, cpuPacking } from './cpu-packing.ts';
import { tensorBytes } from './ggml-types.ts';
import { modelShape } from './model-shape.ts';

/**
 * Types that llama.cpp multiplies on a CPU by its plain kernels. Measured with one model at 8 sequences: Q4_1 wrote 150
 * tokens a second where Q8_0 wrote 254, Q4_K_M 305 and Q4_0 348, and read prompts two to three times as slowly.
 */
const PLAIN: ReadonlySet<string> = new Set(['F16', 'Q4_1', 'Q5_0', 'Q5_1', 'Q3_K']);

/** Below this share of the weights in a packed form most of the time goes to plain kernels. */
const MOSTLY = 0.5;

/** What to tell of a model most of whose weights are of this type and not packed for the CPU; null where there is nothing to tell. */
export function slowKernelsSentence(type: string, packedBytes: number, weightBytes: number): string | null {
  if (!PLAIN.has(type.toUpperCase()) || packedBytes > MOSTLY * weightBytes) return null;
  return (
    `This CPU has no fast kernels for ${type.toUpperCase()}: ` +
    'the same model in Q4_0, Q4_K_M or Q8_0 would be about twice as fast here.'
  );
}

interface Weights {
  /** Type that most bytes have. */
  readonly type: string;
  readonly bytes: number;
}
const known = new WeakMap<GgufHeader, Weights>();

/** Added up once a header: plans are made again with every move of a slider. */
function weightsOf(header: GgufHeader): Weights {
  const before = known.get(header);
  if (before !== undefined) return before;
  const sums = new Map<string, number>();
  for (const { type, dimensions } of header.tensors) {
    sums.set(type, (sums.get(type) ?? 0) + tensorBytes(type, dimensions));
  }
  const [type] = [...sums].reduce((best, entry) => (entry[1] > best[1] ? entry : best), ['', 0]);
  const found = { type, bytes: [...sums.values()].reduce((sum, part) => sum + part, 0) };
  known.set(header, found);
  return found;
}

/** The same from a header, before anything is loaded. */
export function slowKernels(header: GgufHeader, machine: Pick<Machine, 'cpu' | 'arch'>): string | null {
  const { type, bytes } = weightsOf(header);
  const kernels = cpuKernels(machine.cpu, machine.arch);
  const packed = kernels === null ? 0 : cpuPacking(modelShape(header), kernels).originalBytes;
  return slowKernelsSentence(type, packed, bytes);
}
