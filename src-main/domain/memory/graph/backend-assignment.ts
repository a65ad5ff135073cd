import type { GraphBackend } from './backend.ts';
import type { Graph } from './builder.ts';
import { bufferOf, type Tensor } from './tensor.ts';

/** Passes 1 to 4 of ggml_backend_sched_split_graph: which backend runs each node. The CPU is the last backend. */
export function assignBackends(graph: Graph, backends: readonly GraphBackend[]): void {
  const cpu = backends.length - 1;
  assignFromData(graph, backends, cpu);
  spread(graph.nodes, backends, cpu, true);
  spread(graph.nodes, backends, cpu, false);
  assignTheRest(graph.nodes, backends);
}

function homeBackend(tensor: Tensor, op: Tensor, backends: readonly GraphBackend[]): number {
  const buffer = bufferOf(tensor);
  if (buffer < 0) {
    return -1;
  }
  for (let b = 0; b < backends.length; b++) {
    if (b === buffer && backends[b]?.supports(op) === true) {
      return b;
    }
  }
  return -1;
}

/** ggml_backend_sched_backend_id_from_cur: from where the data is, or where the weights are. */
function backendFromData(tensor: Tensor, backends: readonly GraphBackend[], cpu: number): number {
  const own = homeBackend(tensor, tensor, backends);
  if (own !== -1) {
    return own;
  }
  if (tensor.isInput) {
    return cpu;
  }
  if (tensor.op === 'rope' || tensor.op === 'flash_attn') {
    return -1;
  }
  for (const source of tensor.src) {
    if (!source.isWeight || source.buffer < 0) {
      continue;
    }
    const weightBackend = homeBackend(source, tensor, backends);
    if (weightBackend === cpu) {
      for (let b = 0; b < cpu; b++) {
        const backend = backends[b];
        if (backend?.supports(tensor) === true && backend.offloads(tensor)) {
          return b;
        }
      }
    }
    return weightBackend;
  }
  return -1;
}

function assignFromData(graph: Graph, backends: readonly GraphBackend[], cpu: number): void {
  for (const leaf of graph.leafs) {
    leaf.backend = leaf.pinned === -1 ? backendFromData(leaf, backends, cpu) : leaf.pinned;
  }
  for (const node of graph.nodes) {
    node.backend = node.pinned === -1 ? backendFromData(node, backends, cpu) : node.pinned;
  }
}

/** Pass 2: neighbours of an assigned node run on the same backend; GPUs spread first, then the CPU. */
function spread(
  nodes: readonly Tensor[],
  backends: readonly GraphBackend[],
  cpu: number,
  gpuOnly: boolean,
): void {
  for (const backwards of [false, true]) {
    let current = -1;
    for (let step = 0; step < nodes.length; step++) {
      const node = nodes[backwards ? nodes.length - 1 - step : step];
      if (node === undefined || node.viewOp) {
        continue;
      }
      if (node.backend !== -1) {
        current = gpuOnly && node.backend === cpu ? -1 : node.backend;
      } else if (current !== -1 && backends[current]?.supports(node) === true) {
        node.backend = current;
      }
    }
  }
}

/** Passes 3 and 4. Pass 3's upgrade needs two backends that share memory, which these do not. */
function assignTheRest(nodes: readonly Tensor[], backends: readonly GraphBackend[]): void {
  for (const node of nodes) {
    if (node.viewOp || node.backend !== -1) {
      continue;
    }
    let best = -1;
    for (let b = 0; b < backends.length; b++) {
      if (backends[b]?.supports(node) !== true) {
        continue;
      }
      const readable = node.src.filter((s) => s.backend !== -1 && b === memoryOf(s)).length;
      if (readable > best) {
        best = readable;
        node.backend = b;
      }
    }
  }
  for (const node of nodes) {
    if (node.viewSrc !== null && node.backend === -1) {
      node.backend = node.viewSrc.backend;
    }
    for (const source of node.src) {
      if (source.backend === -1) {
        source.backend = source.viewSrc === null ? node.backend : source.viewSrc.backend;
      }
    }
    if (node.backend === -1) {
      node.backend = 0;
    }
  }
}

/** The memory a tensor's bytes are in: its buffer, or that of the backend that makes it. */
export function memoryOf(tensor: Tensor): number {
  const buffer = bufferOf(tensor);
  if (buffer >= 0) {
    return buffer;
  }
  return tensor.backend === -1 && tensor.viewSrc !== null ? tensor.viewSrc.backend : tensor.backend;
}

/** A backend reads its own memory only; host memory of every kind is the CPU's. */
export function readable(source: Tensor, backend: number): boolean {
  return backend === memoryOf(source);
}
