import type { Backend } from '../../hardware.ts';
import { isQuantized, padTo, rowBytes } from '../ggml-types.ts';
import { elements, type Tensor } from './tensor.ts';

/** What the scheduler and the allocator need to know of one backend. */
export interface GraphBackend {
  readonly kind: Backend;
  /** Every allocation starts at a multiple of this, bytes. */
  readonly alignment: number;
  /** Largest single allocation; larger graphs take several. */
  readonly maxChunkBytes: number;
  /** Bytes that the backend reserves for a result: its extent and what its kernels want behind it. */
  readonly allocBytes: (tensor: Tensor) => number;
  readonly supports: (tensor: Tensor) => boolean;
  /** Whether an operation on weights in host memory is worth copying the weights over for. */
  readonly offloads: (tensor: Tensor) => boolean;
  readonly reorders: boolean;
}

/** GGML_OP_OFFLOAD_MIN_BATCH's default: rows from which CUDA and Vulkan fetch weights from host memory. */
const OFFLOAD_MIN_ROWS = 32;

/** MATRIX_ROW_PADDING of ggml-cuda: quantised rows are padded to this many elements. */
const CUDA_ROW_PADDING = 512;

/** ggml-vulkan's suballocation block: a compute buffer is split into allocations of at most this. */
const VULKAN_CHUNK = 1024 * 1024 * 1024;

/** get_op_batch_size of ggml-cuda and ggml_vk_get_op_batch_size. */
function rowsOfWork(tensor: Tensor): number {
  switch (tensor.op) {
    case 'get_rows':
      return 0;
    case 'mul_mat':
      return tensor.ne[1];
    case 'mul_mat_id':
    case 'rope':
      return tensor.ne[2];
    default:
      return tensor.ne[1] * tensor.ne[2] * tensor.ne[3];
  }
}

const all = (): boolean => true;
const none = (): boolean => false;
const bytesOf = (tensor: Tensor): number => tensor.bytes;
const worthFetching = (tensor: Tensor): boolean => rowsOfWork(tensor) >= OFFLOAD_MIN_ROWS;

/** ggml_cuda_flash_attn_ext_get_alloc_size: kernels for large batches read f16, so a quantised cache is unpacked behind the result. */
function cudaBytes(tensor: Tensor): number {
  let bytes = tensor.bytes;
  if (tensor.op === 'flash_attn') {
    const [, k, v] = tensor.src;
    for (const cache of [k, v]) {
      if (cache !== undefined && cache.type !== 'F16') {
        bytes = padTo(bytes, 128) + elements(cache) * 2;
      }
    }
  }
  if (isQuantized(tensor.type) && tensor.ne[0] % CUDA_ROW_PADDING !== 0) {
    bytes += rowBytes(tensor.type, CUDA_ROW_PADDING - (tensor.ne[0] % CUDA_ROW_PADDING));
  }
  return bytes;
}

export const CPU_GRAPH: GraphBackend = {
  kind: 'cpu',
  alignment: 32,
  maxChunkBytes: Number.MAX_SAFE_INTEGER,
  allocBytes: bytesOf,
  supports: all,
  offloads: none,
  reorders: false,
};

const GPU_GRAPHS: Readonly<Record<Exclude<Backend, 'cpu'>, GraphBackend>> = {
  cuda: {
    kind: 'cuda',
    alignment: 128,
    maxChunkBytes: Number.MAX_SAFE_INTEGER,
    allocBytes: cudaBytes,
    supports: all,
    offloads: worthFetching,
    reorders: false,
  },
  vulkan: {
    kind: 'vulkan',
    alignment: 64,
    maxChunkBytes: VULKAN_CHUNK,
    allocBytes: bytesOf,
    supports: all,
    offloads: worthFetching,
    reorders: true,
  },
  metal: {
    kind: 'metal',
    alignment: 32,
    maxChunkBytes: Number.MAX_SAFE_INTEGER,
    allocBytes: bytesOf,
    supports: all,
    offloads: worthFetching,
    reorders: false,
  },
};

/**
 * A backend's rules. `maxTensorBytes` is the device's largest buffer binding (Vulkan's maxStorageBufferRange): an
 * operation with a larger source or result runs on the CPU.
 */
export function graphBackend(kind: Backend, maxTensorBytes = Infinity): GraphBackend {
  if (kind === 'cpu') {
    return CPU_GRAPH;
  }
  const rules = GPU_GRAPHS[kind];
  if (maxTensorBytes === Infinity) {
    return rules;
  }
  const fits = (tensor: Tensor): boolean =>
    tensor.bytes <= maxTensorBytes && tensor.src.every((source) => source.bytes <= maxTensorBytes);
  return { ...rules, supports: (tensor) => rules.supports(tensor) && fits(tensor) };
}

/** Alignment of host memory in which a GPU's driver pins what the CPU side of the graph needs (CUDA_Host, Vulkan_Host). */
export const HOST_ALIGNMENT = 64;
