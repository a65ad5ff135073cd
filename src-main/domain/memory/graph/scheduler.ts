import type { Graph } from './builder.ts';
import type { GraphBackend } from './backend.ts';
import { assignBackends, readable } from './backend-assignment.ts';
import { makeTensor, type Tensor } from './tensor.ts';
import { reorderForVulkan, type AllocationDependency } from './vulkan-order.ts';

/** The graph as the allocator sees it: nodes with the backend that runs each, and data that is placed first. */
export interface ScheduledGraph {
  readonly nodes: readonly Tensor[];
  readonly nodeBackends: readonly number[];
  readonly leafs: readonly Tensor[];
  readonly leafBackends: readonly number[];
}

interface Split {
  readonly backend: number;
  readonly start: number;
  end: number;
  readonly inputs: Tensor[];
}

/** GGML_SCHED_MAX_COPIES: graph inputs are kept this many times when several devices work as a pipeline. */
const PIPELINE_COPIES = 4;

/**
 * Decides which backend runs each node and which values are copied between backends: the five passes of
 * ggml_backend_sched_split_graph (ggml-backend.cpp). `backends` is in llama.cpp's order, GPUs first and the CPU
 * last; a tensor's `buffer` is the index of the backend whose memory holds it. Tensors must be fresh.
 */
export function scheduleGraph(
  graph: Graph,
  backends: readonly GraphBackend[],
  pipeline: boolean,
): ScheduledGraph {
  const cpu = backends.length - 1;
  assignBackends(graph, backends);
  const copies = pipeline ? PIPELINE_COPIES : 1;
  const pinnedInputs: Tensor[] = [];
  const splits = splitGraph(graph.nodes, cpu, copies, pinnedInputs);
  return assemble(graph, backends, splits, copies, pinnedInputs);
}

/** Weights that must be fetched start a split of their own, so that the memory of the ones before can be used again. */
function fetchesWeights(node: Tensor, backend: number): boolean {
  return node.src.some((s) => s.isWeight && s.buffer >= 0 && s.backend !== backend && !readable(s, backend));
}

function copyOf(tensor: Tensor, keep: boolean): Tensor {
  const copy = makeTensor({ op: 'none', type: tensor.type, ne: tensor.ne, nb: tensor.nb, isInput: keep });
  copy.isOutput = keep;
  return copy;
}

function slots(tensor: Tensor): Tensor[][] {
  tensor.copies ??= [];
  return tensor.copies;
}

/** Keeps a graph input once per pipeline stage, the original being the first; it is never freed. */
function keepPipelineInput(source: Tensor, copies: number, pinnedInputs: Tensor[]): void {
  const perBackend = slots(source);
  if (perBackend[source.backend] !== undefined) {
    return;
  }
  const kept = [source];
  for (let c = 1; c < copies; c++) {
    kept.push(copyOf(source, true));
  }
  source.isOutput = true;
  perBackend[source.backend] = kept;
  pinnedInputs.push(source);
}

/** Pass 5. Replaces sources in other memory by copies, which become inputs of the split. */
function splitGraph(nodes: readonly Tensor[], cpu: number, copies: number, pinnedInputs: Tensor[]): Split[] {
  const first = nodes.find((n) => !n.viewOp);
  let split: Split = { backend: first?.backend ?? cpu, start: 0, end: 0, inputs: [] };
  const splits = [split];
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i];
    if (node === undefined || node.viewOp) {
      continue;
    }
    const fresh =
      node.backend === split.backend && split.inputs.length > 0 && fetchesWeights(node, split.backend);
    if (node.backend !== split.backend || fresh) {
      split.end = i;
      split = { backend: node.backend, start: i, end: i, inputs: [] };
      splits.push(split);
    }
    for (let j = 0; j < node.src.length; j++) {
      const source = node.src[j];
      if (source === undefined) {
        continue;
      }
      if (copies > 1 && source.isInput) {
        keepPipelineInput(source, copies, pinnedInputs);
      }
      if (source.backend === split.backend || readable(source, split.backend)) {
        continue;
      }
      const perBackend = slots(source);
      let copied = perBackend[split.backend];
      if (copied === undefined) {
        copied = Array.from({ length: copies }, () => copyOf(source, copies > 1));
        perBackend[split.backend] = copied;
        split.inputs.push(source);
      }
      const current = copied[0];
      if (current !== undefined) {
        node.src[j] = current;
      }
    }
  }
  split.end = nodes.length;
  return splits;
}

/** A node that only holds on to `sources`: ggml's way to say when something may be freed. */
function dependency(on: Tensor, sources: Tensor[]): Tensor {
  return makeTensor({ op: 'none', type: on.type, ne: on.ne, nb: on.nb, src: sources, viewSrc: on });
}

/** Adds what must outlive `node` behind it. */
function holdOn(
  node: Tensor,
  dependencies: readonly AllocationDependency[],
  backend: number,
  nodes: Tensor[],
  nodeBackends: number[],
): void {
  for (const { keep, until } of dependencies) {
    if (until === node) {
      nodes.push(dependency(keep, [keep]));
      nodeBackends.push(backend);
    }
  }
}

function assemble(
  graph: Graph,
  backends: readonly GraphBackend[],
  splits: readonly Split[],
  copies: number,
  pinnedInputs: readonly Tensor[],
): ScheduledGraph {
  const nodes: Tensor[] = [];
  const nodeBackends: number[] = [];
  const leafs: Tensor[] = [];
  const leafBackends: number[] = [];
  for (const split of splits) {
    const dependencies: AllocationDependency[] = [];
    const slice = graph.nodes.slice(split.start, split.end);
    const ordered =
      backends[split.backend]?.reorders === true ? reorderForVulkan(slice, dependencies) : slice;
    for (const input of split.inputs) {
      nodes.push(dependency(input, [input]));
      nodeBackends.push(input.backend);
      const copy = input.copies?.[split.backend]?.[0];
      if (copy !== undefined) {
        nodes.push(copy);
        nodeBackends.push(split.backend);
      }
    }
    for (const node of ordered) {
      nodes.push(node);
      nodeBackends.push(node.backend);
      if (dependencies.length > 0) {
        holdOn(node, dependencies, split.backend, nodes, nodeBackends);
      }
    }
  }
  if (copies > 1) {
    const place = (kept: readonly Tensor[] | undefined, backend: number): void => {
      for (const tensor of kept ?? []) {
        leafs.push(tensor);
        leafBackends.push(backend);
      }
    };
    for (const input of pinnedInputs) {
      place(input.copies?.[input.backend], input.backend);
    }
    for (const split of splits) {
      for (const input of split.inputs) {
        place(input.copies?.[split.backend], split.backend);
      }
    }
  }
  for (const leaf of graph.leafs) {
    leafs.push(leaf);
    leafBackends.push(leaf.backend);
  }
  return { nodes, nodeBackends, leafs, leafBackends };
}
