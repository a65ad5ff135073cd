/**
 * llama.cpp's AMX kernels (ggml-cpu/amx) multiply the first two dimensions of their operands and leave the rest of the
 * result as it was in memory. Its other CPU kernels were mended (llama.cpp #17030), these were not. Known here, so that a
 * plan says before a load what the engine would say after it.
 */
import type { GgufHeader } from '../model.ts';
import type { PlanPhase } from '../plan.ts';
import { AMX, isAmxPacked } from './cpu-packing.ts';
import { modelShape } from './model-shape.ts';

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
    ? `llama.cpp's AMX kernels, which this CPU has, compute the architecture "${header.architecture}" wrongly in this type. Put all of it on a GPU, or take a file of it in BF16 or F32.`
    : null;
}

/** Why sequences of a model that keeps a state run in turn on AMX kernels, and what to do about it. */
export const AMX_ONE_AT_A_TIME =
  "llama.cpp's AMX kernels, which this CPU has, get several sequences of a recurrent model wrong: they are evaluated one at a time. A GPU takes them together.";

/**
 * Whether AMX kernels must be given one sequence of this model at a time: those of a model that keeps a state go through
 * matrices with a third dimension, and all but the first would read memory that nobody wrote.
 */
export function amxOneAtATime(header: GgufHeader): boolean {
  return modelShape(header).hp.recurrent.includes(true) && header.tensors.some(isAmxPacked);
}

/** What AMX kernels get wrong of a model that runs on them alone, for its plan. */
export function amxFaults(header: GgufHeader): Pick<PlanPhase, 'problem' | 'oneAtATime'> {
  const problem = amxProblem(header);
  return {
    ...(problem === null ? {} : { problem }),
    ...(amxOneAtATime(header) ? { oneAtATime: true } : {}),
  };
}
