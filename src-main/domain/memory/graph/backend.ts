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

/** ssm_scan kernels: Vulkan has Mamba 2's only; CUDA has Mamba's for 16 states too. */
function scanSupported(tensor: Tensor, mambaOne: boolean): boolean {
  const [states, , , decay] = tensor.src;
  if (states === undefined || decay === undefined) {
    return true;
  }
  const [state, head, heads] = states.ne;
  if (decay.ne[0] === 1) {
    return (state === 128 || state === 256) && head % 16 === 0;
  }
  return mambaOne && state === 16 && head === 1 && heads % 128 === 0;
}

/** Rows and columns without gaps (ggml_vk_dim01_contiguous). */
function packed(tensor: Tensor): boolean {
  const contiguous = tensor.nb[1] === rowBytes(tensor.type, tensor.ne[0]);
  return contiguous && (tensor.ne[3] === 1 || tensor.nb[3] === tensor.nb[2] * tensor.ne[2]);
}

/** ggml_backend_vk_device_supports_op for products: no broadcast over the last dimension, quantised sources packed. */
function vulkanMultiplies(tensor: Tensor): boolean {
  const [a, b, ids] = tensor.src;
  if (a === undefined || b === undefined) {
    return true;
  }
  const shared = tensor.op === 'mul_mat_id' ? ids : a;
  const readable = !isQuantized(a.type) || packed(a);
  return readable && (shared === undefined || shared.ne[3] === b.ne[3]);
}

function vulkanSupports(tensor: Tensor): boolean {
  if (tensor.op === 'mul_mat' || tensor.op === 'mul_mat_id') {
    return vulkanMultiplies(tensor);
  }
  return tensor.op !== 'ssm_scan' || scanSupported(tensor, false);
}

/** Head sizes for which ggml-cuda has flash attention kernels with keys as wide as values. */
const CUDA_HEADS: ReadonlySet<number> = new Set([40, 64, 72, 80, 96, 112, 128, 256]);

/** ggml_cuda_get_best_fattn_kernel: wide heads need a mask, a padded cache and queries that share keys. */
function cudaAttends(tensor: Tensor): boolean {
  const [q, k, v] = tensor.src;
  if (q === undefined || k === undefined || v === undefined) {
    return true;
  }
  const [key, value] = [k.ne[0], v.ne[0]];
  if (CUDA_HEADS.has(key)) {
    return key === value;
  }
  const group = q.ne[2] / k.ne[2];
  const grouped = group >= 2 && k.ne[1] % 256 === 0;
  const pairs: Readonly<Record<number, boolean>> = {
    192: value === 128 && group % 8 === 0,
    320: value === 256 && group % 32 === 0,
    512: value === 512,
    576: value === 512,
  };
  return grouped && pairs[key] === true;
}

function cudaSupports(tensor: Tensor): boolean {
  if (tensor.op === 'ssm_scan') {
    return scanSupported(tensor, true);
  }
  if (tensor.op === 'ssm_conv') {
    return (tensor.src[0]?.ne[1] ?? 0) % 128 === 0;
  }
  return tensor.op !== 'flash_attn' || cudaAttends(tensor);
}

const CPU_GRAPH: GraphBackend = {
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
    supports: cudaSupports,
    offloads: worthFetching,
    reorders: false,
  },
  vulkan: {
    kind: 'vulkan',
    alignment: 16,
    maxChunkBytes: VULKAN_CHUNK,
    allocBytes: bytesOf,
    supports: vulkanSupports,
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

/** minMemoryMapAlignment: Vulkan's host memory. CUDA's is aligned as the CPU's own. */
const VULKAN_HOST_ALIGNMENT = 64;

/**
 * The CPU as the last backend of a graph. Beside GPUs its buffer is host memory pinned by the first GPU's driver, which
 * Vulkan hands out in blocks.
 */
export function hostBackend(firstGpu: Backend | null): GraphBackend {
  return firstGpu === 'vulkan'
    ? { ...CPU_GRAPH, alignment: VULKAN_HOST_ALIGNMENT, maxChunkBytes: VULKAN_CHUNK }
    : CPU_GRAPH;
}
