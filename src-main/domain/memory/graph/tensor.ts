import { blockLayout } from '../ggml-types.ts';

/**
 * The operations that decide where a result lives and whether it may overwrite a source. `none` is data: a weight, a
 * cache or an input. Operations that allocate in the same way share a name ("unary", "glu", "compute").
 */
export type Op =
  | 'none'
  | 'view'
  | 'reshape'
  | 'permute'
  | 'transpose'
  | 'get_rows'
  | 'set_rows'
  | 'cpy'
  | 'cont'
  | 'mul_mat'
  | 'mul_mat_id'
  | 'rope'
  | 'flash_attn'
  | 'soft_max'
  | 'rms_norm'
  | 'norm'
  | 'add'
  | 'add_id'
  | 'mul'
  | 'div'
  | 'sub'
  | 'scale'
  | 'clamp'
  | 'unary'
  | 'sqr'
  | 'sqrt'
  | 'fill'
  | 'glu'
  | 'argsort'
  | 'sum_rows'
  | 'ssm_conv'
  | 'ssm_scan'
  | 'compute';

/** Operations that ggml lets write over a source of the same layout: ggml_op_can_inplace in ggml-alloc.c. */
const IN_PLACE: ReadonlySet<Op> = new Set<Op>([
  'fill',
  'scale',
  'add',
  'add_id',
  'sub',
  'mul',
  'div',
  'sqr',
  'sqrt',
  'unary',
  'rope',
  'rms_norm',
  'clamp',
  'soft_max',
]);

export type Dimensions = readonly [number, number, number, number];

/**
 * A value of the compute graph: shape, strides and sources as ggml has them, and the fields in which scheduler and
 * allocator keep their notes. Mutable, because both are ports of algorithms that mark their nodes as they go.
 */
export interface Tensor {
  readonly op: Op;
  readonly type: string;
  /** Elements per dimension, innermost first. */
  readonly ne: Dimensions;
  /** Bytes between neighbours per dimension. */
  readonly nb: Dimensions;
  readonly src: Tensor[];
  readonly viewSrc: Tensor | null;
  readonly viewOffset: number;
  /** Bytes that ggml_nbytes says: the extent, with gaps. */
  readonly bytes: number;
  readonly inPlace: boolean;
  readonly viewOp: boolean;
  isInput: boolean;
  isOutput: boolean;
  /** Memory that exists before the graph: buffer of weights or cache. -1: the graph allocates it. */
  readonly buffer: number;
  readonly isWeight: boolean;
  /** Backend the builder insists on (llama.cpp's norm callback); -1: the scheduler decides. */
  pinned: number;
  // Scheduler and allocator notes; every run starts by resetting them.
  backend: number;
  seen: boolean;
  /** How often other nodes of the graph take it as a source. */
  uses: number;
  children: number;
  views: number;
  allocated: boolean;
  chunk: number;
  offset: number;
  allocatedIn: number;
  /** Copies in other backends' memory, by backend. */
  copies: Tensor[][] | null;
}

function contiguousStrides(type: string, ne: Dimensions): Dimensions {
  if (type === 'F32') {
    const row = ne[0] * 4;
    const sheet = row * ne[1];
    return [4, row, sheet, sheet * ne[2]];
  }
  const layout = blockLayout(type);
  const first = layout.bytes;
  const second = (ne[0] / layout.elements) * layout.bytes;
  const third = second * ne[1];
  return [first, second, third, third * ne[2]];
}

function extent(type: string, ne: Dimensions, nb: Dimensions): number {
  if (ne[0] === 0 || ne[1] === 0 || ne[2] === 0 || ne[3] === 0) {
    return 0;
  }
  const outer = (ne[1] - 1) * nb[1] + (ne[2] - 1) * nb[2] + (ne[3] - 1) * nb[3];
  if (type === 'F32') {
    return 4 + (ne[0] - 1) * nb[0] + outer;
  }
  const layout = blockLayout(type);
  if (layout.elements === 1) {
    return layout.bytes + (ne[0] - 1) * nb[0] + outer;
  }
  return (ne[0] * nb[0]) / layout.elements + outer;
}

interface TensorInit {
  readonly op: Op;
  readonly type: string;
  readonly ne: Dimensions;
  readonly nb?: Dimensions;
  readonly src?: Tensor[];
  readonly viewSrc?: Tensor | null;
  readonly viewOffset?: number;
  readonly buffer?: number;
  readonly isWeight?: boolean;
  readonly isInput?: boolean;
}

/** One tensor. Strides default to contiguous ones; a view of a view is a view of the first source, as in ggml. */
export function makeTensor(init: TensorInit): Tensor {
  const nb = init.nb ?? contiguousStrides(init.type, init.ne);
  const from = init.viewSrc ?? null;
  return {
    op: init.op,
    type: init.type,
    ne: init.ne,
    nb,
    src: init.src ?? [],
    viewSrc: from === null ? null : (from.viewSrc ?? from),
    viewOffset: (init.viewOffset ?? 0) + (from?.viewOffset ?? 0),
    bytes: extent(init.type, init.ne, nb),
    inPlace: IN_PLACE.has(init.op),
    viewOp: init.op === 'view' || init.op === 'reshape' || init.op === 'permute' || init.op === 'transpose',
    isInput: init.isInput ?? false,
    isOutput: false,
    buffer: init.buffer ?? -1,
    isWeight: init.isWeight ?? false,
    pinned: -1,
    backend: -1,
    seen: false,
    uses: 0,
    children: 0,
    views: 0,
    allocated: false,
    chunk: -1,
    offset: 0,
    allocatedIn: -1,
    copies: null,
  };
}

/** Same type, shape and strides: the condition for writing in place. */
export function sameLayout(a: Tensor, b: Tensor): boolean {
  return (
    a.type === b.type &&
    a.ne[0] === b.ne[0] &&
    a.ne[1] === b.ne[1] &&
    a.ne[2] === b.ne[2] &&
    a.ne[3] === b.ne[3] &&
    a.nb[0] === b.nb[0] &&
    a.nb[1] === b.nb[1] &&
    a.nb[2] === b.nb[2] &&
    a.nb[3] === b.nb[3]
  );
}

/** Of a tensor, not bytes: quantized types hold several in one block. */
export function elements(tensor: Tensor): number {
  return tensor.ne[0] * tensor.ne[1] * tensor.ne[2] * tensor.ne[3];
}

/** Where the bytes of a tensor are before the graph runs: its own buffer, or its source's. -1 when the graph allocates them. */
export function bufferOf(tensor: Tensor): number {
  return tensor.viewSrc === null ? tensor.buffer : tensor.viewSrc.buffer;
}
