import { padTo } from '../ggml-types.ts';
import type { GraphBackend } from './backend.ts';
import type { ScheduledGraph } from './scheduler.ts';
import { sameLayout, type Tensor } from './tensor.ts';

interface FreeBlock {
  offset: number;
  size: number;
}

interface Chunk {
  readonly free: FreeBlock[];
  peak: number;
}

/** GGML_VBUFFER_MAX_CHUNKS: the sixteenth chunk takes whatever is left. */
const MAX_CHUNKS = 16;

/** One backend's memory during the graph: best fit among freed blocks, the end of the buffer last (ggml_dyn_tallocr). */
class DynamicBuffer {
  readonly #chunks: Chunk[] = [];
  readonly alignment: number;
  readonly maxChunk: number;

  constructor(alignment: number, maxChunk: number) {
    this.alignment = alignment;
    this.maxChunk = maxChunk;
  }

  get peakBytes(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.peak, 0);
  }

  /** Finds room; writes the address into the tensor. */
  allocate(bytes: number, tensor: Tensor): void {
    const size = padTo(bytes, this.alignment);
    const place = this.#bestFit(size) ?? this.#lastBlock(size) ?? this.#newChunk(size);
    const chunk = this.#chunks[place.chunk];
    const block = chunk?.free[place.block];
    if (chunk === undefined || block === undefined) {
      throw new Error('The allocator lost a block; this is a bug in the memory model.');
    }
    tensor.chunk = place.chunk;
    tensor.offset = block.offset;
    block.offset += size;
    block.size -= size;
    if (block.size === 0) {
      chunk.free.splice(place.block, 1);
    }
    chunk.peak = Math.max(chunk.peak, tensor.offset + size);
  }

  #bestFit(size: number): { chunk: number; block: number } | null {
    let found: { chunk: number; block: number } | null = null;
    for (let c = 0; c < this.#chunks.length; c++) {
      const free = this.#chunks[c]?.free ?? [];
      let best = Infinity;
      for (let i = 0; i < free.length - 1; i++) {
        const candidate = free[i]?.size ?? 0;
        if (candidate >= size && candidate <= best) {
          found = { chunk: c, block: i };
          best = candidate;
        }
      }
    }
    return found;
  }

  #lastBlock(size: number): { chunk: number; block: number } | null {
    let found: { chunk: number; block: number } | null = null;
    let bestReuse = -Infinity;
    for (let c = 0; c < this.#chunks.length; c++) {
      const chunk = this.#chunks[c];
      const block = chunk?.free.at(-1);
      if (chunk === undefined || block === undefined || block.size < size) {
        continue;
      }
      const reuse = chunk.peak - block.offset - size;
      if ((bestReuse < 0 && reuse > bestReuse) || (reuse >= 0 && reuse < bestReuse)) {
        found = { chunk: c, block: chunk.free.length - 1 };
        bestReuse = reuse;
      }
    }
    return found;
  }

  #newChunk(size: number): { chunk: number; block: number } {
    const last = this.#chunks.length === MAX_CHUNKS - 1;
    const room = last ? Number.MAX_SAFE_INTEGER : Math.max(size, this.maxChunk);
    this.#chunks.push({ free: [{ offset: 0, size: room }], peak: 0 });
    return { chunk: this.#chunks.length - 1, block: 0 };
  }

  release(chunkIndex: number, offset: number, bytes: number): void {
    const size = padTo(bytes, this.alignment);
    const free = this.#chunks[chunkIndex]?.free;
    if (free === undefined) {
      return;
    }
    for (let i = 0; i < free.length; i++) {
      const block = free[i];
      if (block === undefined) {
        continue;
      }
      if (block.offset + block.size === offset) {
        block.size += size;
        const next = free[i + 1];
        if (next !== undefined && block.offset + block.size === next.offset) {
          block.size += next.size;
          free.splice(i + 1, 1);
        }
        return;
      }
      if (offset + size === block.offset) {
        block.offset = offset;
        block.size += size;
        const previous = free[i - 1];
        if (previous !== undefined && previous.offset + previous.size === block.offset) {
          previous.size += block.size;
          free.splice(i, 1);
        }
        return;
      }
    }
    const at = free.findIndex((block) => block.offset >= offset);
    free.splice(at === -1 ? free.length : at, 0, { offset, size });
  }
}

/**
 * Peak bytes per backend of one graph: ggml_gallocr's pass over the nodes (ggml-alloc.c), with results written over a
 * source where ggml would.
 */
export function peakBytes(graph: ScheduledGraph, backends: readonly GraphBackend[]): number[] {
  const buffers = backends.map((b) => new DynamicBuffer(b.alignment, b.maxChunkBytes));
  const run = new AllocationRun(backends, buffers);
  run.placeLeafs(graph);
  run.countUses(graph);
  run.walk(graph);
  return buffers.map((b) => b.peakBytes);
}

class AllocationRun {
  readonly #backends: readonly GraphBackend[];
  readonly #buffers: readonly DynamicBuffer[];

  constructor(backends: readonly GraphBackend[], buffers: readonly DynamicBuffer[]) {
    this.#backends = backends;
    this.#buffers = buffers;
  }

  placeLeafs(graph: ScheduledGraph): void {
    graph.leafs.forEach((leaf, i) => this.#place(leaf, graph.leafBackends[i] ?? 0));
  }

  countUses(graph: ScheduledGraph): void {
    for (let i = 0; i < graph.nodes.length; i++) {
      const node = graph.nodes[i];
      if (node === undefined) {
        continue;
      }
      const backend = graph.nodeBackends[i] ?? 0;
      if (node.viewSrc !== null && node.op !== 'none') {
        node.viewSrc.views += 1;
      }
      if (node.isInput) {
        this.#place(node, backend);
      }
      for (const source of node.src) {
        source.children += 1;
        if (source.isInput) {
          this.#place(source, backend);
        }
      }
    }
  }

  walk(graph: ScheduledGraph): void {
    for (let i = 0; i < graph.nodes.length; i++) {
      const node = graph.nodes[i];
      if (node === undefined) {
        continue;
      }
      const backend = graph.nodeBackends[i] ?? 0;
      for (const source of node.src) {
        this.#place(source, backend);
      }
      this.#place(node, backend);
      for (const source of node.src) {
        this.#used(source);
      }
    }
  }

  #used(source: Tensor): void {
    source.children -= 1;
    if (source.children !== 0 || source.views !== 0) {
      return;
    }
    const from = source.viewSrc;
    if (from === null) {
      if (source.allocated) {
        this.#free(source);
      }
      return;
    }
    from.views -= 1;
    if (from.views === 0 && from.children === 0 && from.allocated) {
      this.#free(from);
    }
  }

  #bytes(tensor: Tensor, backend: number): number {
    return this.#backends[backend]?.allocBytes(tensor) ?? tensor.bytes;
  }

  #free(tensor: Tensor): void {
    if (tensor.isOutput) {
      return;
    }
    this.#buffers[tensor.allocatedIn]?.release(
      tensor.chunk,
      tensor.offset,
      this.#bytes(tensor, tensor.allocatedIn),
    );
    tensor.allocated = false;
  }

  #place(tensor: Tensor, backend: number): void {
    if (tensor.allocated || tensor.buffer >= 0 || tensor.viewSrc !== null) {
      return;
    }
    tensor.allocated = true;
    if (tensor.inPlace && this.#takeOver(tensor)) {
      return;
    }
    tensor.allocatedIn = backend;
    this.#buffers[backend]?.allocate(this.#bytes(tensor, backend), tensor);
  }

  /** Writes over a source that nobody else needs. Sources seen through a view are left alone, as ggml does. */
  #takeOver(tensor: Tensor): boolean {
    for (const parent of tensor.src) {
      const reusable =
        parent.allocated &&
        parent.viewSrc === null &&
        !parent.isOutput &&
        parent.children === 1 &&
        parent.views === 0 &&
        sameLayout(tensor, parent);
      if (reusable) {
        tensor.allocatedIn = parent.allocatedIn;
        tensor.chunk = parent.chunk;
        tensor.offset = parent.offset;
        parent.allocated = false;
        this.#freeTail(tensor, parent);
        return true;
      }
    }
    return false;
  }

  #freeTail(tensor: Tensor, owner: Tensor): void {
    const buffer = this.#buffers[owner.allocatedIn];
    if (buffer === undefined) {
      return;
    }
    const had = padTo(this.#bytes(owner, owner.allocatedIn), buffer.alignment);
    const needs = padTo(this.#bytes(tensor, owner.allocatedIn), buffer.alignment);
    if (had > needs) {
      buffer.release(owner.chunk, owner.offset + needs, had - needs);
    }
  }
}
