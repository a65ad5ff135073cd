/**
 * llama.cpp's AMX kernels (ggml-cpu/amx) multiply the first two dimensions of their operands and leave the rest of the
 * result as it was in memory. Its other CPU kernels were mended (llama.cpp #17030), these were not.
 */
import type { GgufHeader } from '../../domain/model.ts';
import { AMX } from '../../domain/memory/cpu-packing.ts';

/** Of llama.cpp's own list of what its kernels use: "CPU : … | AMX_INT8 = 1 | …". */
export function hasAmx(systemInfo: string): boolean {
  return /\bAMX_INT8 = 1\b/.test(systemInfo);
}

/**
 * A sentence when AMX kernels would get this model wrong: it has matrices of three dimensions (Gemma 3n, DeepSeek's
 * latent attention) that are packed for them. Those of experts are not: they are multiplied one by one.
 */
export function amxProblem(header: GgufHeader): string | null {
  const isWrong = header.tensors.some(
    ({ name, dimensions, type }) =>
      (dimensions[2] ?? 1) > 1 && !/_(ch)?exps\b/.test(name) && AMX[type.toUpperCase()] !== undefined,
  );
  return isWrong
    ? `llama.cpp's AMX kernels compute the architecture "${header.architecture}" wrongly in this type. Put all of it on a GPU, or take a file of it in BF16 or F32.`
    : null;
}
