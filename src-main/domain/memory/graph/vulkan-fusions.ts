import type { Op, Tensor } from './tensor.ts';

/** Sequences that ggml-vulkan runs as one kernel choosing a mixture's experts (ggml-vulkan-types.h). */
export const EXPERT_CHOICE: readonly (readonly Op[])[] = [
  ['soft_max', 'reshape', 'argsort', 'view', 'get_rows', 'reshape', 'sum_rows', 'clamp', 'div', 'reshape'],
  [
    'unary',
    'reshape',
    'add',
    'argsort',
    'view',
    'get_rows',
    'reshape',
    'sum_rows',
    'clamp',
    'div',
    'reshape',
  ],
  [
    'unary',
    'sqrt',
    'reshape',
    'add',
    'argsort',
    'view',
    'get_rows',
    'reshape',
    'sum_rows',
    'clamp',
    'div',
    'reshape',
  ],
  ['soft_max', 'reshape', 'argsort', 'view', 'get_rows'],
  ['argsort', 'view', 'get_rows', 'reshape', 'soft_max', 'reshape'],
];

/** Sequences of other fused kernels, kept together when they are found. */
export const KEPT: readonly (readonly Op[])[] = [
  ['rms_norm', 'mul', 'add', 'mul'],
  ['rms_norm', 'mul', 'add'],
  ['rms_norm', 'mul', 'rope', 'view', 'set_rows'],
  ['rms_norm', 'view', 'set_rows'],
  ['rope', 'view', 'set_rows'],
];

/** Pairs that may stay neighbours although the second needs the first. */
export const NEIGHBOURS: readonly (readonly [Op, Op])[] = [
  ['mul_mat', 'add'],
  ['mul_mat_id', 'add_id'],
  ['mul_mat_id', 'mul'],
  ['add', 'add'],
  ['ssm_conv', 'add'],
  ['ssm_conv', 'unary'],
];

/** Whether the backend has nothing to do for the node: a view, or a leaf. */
export function isEmpty(node: Tensor): boolean {
  return node.viewOp || node.op === 'none';
}

function base(tensor: Tensor): Tensor {
  return tensor.viewSrc ?? tensor;
}

/** Whether `later` must wait for `earlier`. */
export function dependsOn(later: Tensor, earlier: Tensor): boolean {
  const bothWork = !isEmpty(later) && !isEmpty(earlier);
  const earlierBase = base(earlier);
  for (const source of later.src) {
    if (source === earlier || (bothWork && base(source) === earlierBase)) {
      return true;
    }
  }
  const laterBase = base(later);
  if (bothWork) {
    for (const source of earlier.src) {
      if (base(source) === laterBase) {
        return true;
      }
    }
  }
  return laterBase === earlierBase;
}
