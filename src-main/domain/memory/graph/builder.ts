import { rowBytes } from '../ggml-types.ts';
import { elements, makeTensor, type Dimensions, type Op, type Tensor } from './tensor.ts';

/** Nodes in the order in which they run, and the data they start from. */
export interface Graph {
  readonly nodes: Tensor[];
  readonly leafs: Tensor[];
}

/**
 * Makes tensors and puts them into a graph in ggml's order: `expand` visits a tensor's sources first, left to right,
 * and appends what is new (ggml_visit_parents_graph).
 */
export class GraphBuilder {
  readonly graph: Graph = { nodes: [], leafs: [] };

  expand(tensor: Tensor): void {
    if (tensor.seen) {
      return;
    }
    tensor.seen = true;
    for (const source of tensor.src) {
      this.expand(source);
      source.uses += 1;
    }
    (tensor.op === 'none' ? this.graph.leafs : this.graph.nodes).push(tensor);
  }

  /** A tensor that the application fills before the graph runs. */
  input(type: string, ...shape: number[]): Tensor {
    return makeTensor({ op: 'none', type, ne: dims(shape), isInput: true });
  }

  /** A weight or a cache: bytes that exist before the graph, in memory `buffer`. */
  stored(type: string, shape: readonly number[], buffer: number, isWeight: boolean): Tensor {
    return makeTensor({ op: 'none', type, ne: dims(shape), buffer, isWeight });
  }

  /** A new result of `shape`, F32 unless told. */
  op(op: Op, src: Tensor[], shape: readonly number[], type = 'F32'): Tensor {
    return makeTensor({ op, type, ne: dims(shape), src });
  }

  /** A result shaped and typed as its first source, laid out without gaps (ggml_dup_tensor). */
  like(op: Op, a: Tensor, ...rest: Tensor[]): Tensor {
    return makeTensor({ op, type: a.type, ne: a.ne, src: [a, ...rest] });
  }

  /** [k, m…] × [k, n…] → [m, n…]. */
  mulMat(a: Tensor, b: Tensor): Tensor {
    return this.op('mul_mat', [a, b], [a.ne[1], b.ne[1], b.ne[2], b.ne[3]]);
  }

  /** Experts [k, m, E] × [k, used or 1, n] by ids [used, n] → [m, used, n]. */
  mulMatId(experts: Tensor, b: Tensor, ids: Tensor): Tensor {
    return this.op('mul_mat_id', [experts, b, ids], [experts.ne[1], ids.ne[0], b.ne[2], 1]);
  }

  getRows(a: Tensor, ids: Tensor): Tensor {
    const type = a.type === 'I32' ? 'I32' : 'F32';
    return this.op('get_rows', [a, ids], [a.ne[0], ids.ne[0], ids.ne[1], ids.ne[2]], type);
  }

  /** Writes rows into a stored tensor: a view of it. */
  setRows(into: Tensor, rows: Tensor, ids: Tensor): Tensor {
    return makeTensor({
      op: 'set_rows',
      type: into.type,
      ne: into.ne,
      nb: into.nb,
      src: [rows, ids, into],
      viewSrc: into,
    });
  }

  cpy(from: Tensor, into: Tensor): Tensor {
    return makeTensor({
      op: 'cpy',
      type: into.type,
      ne: into.ne,
      nb: into.nb,
      src: [from, into],
      viewSrc: into,
    });
  }

  /** Writes a scaled view back where it came from. */
  scaleInPlace(a: Tensor): Tensor {
    return makeTensor({ op: 'scale', type: a.type, ne: a.ne, nb: a.nb, src: [a], viewSrc: a });
  }

  /** Two tensors one after the other along a dimension. */
  concat(a: Tensor, b: Tensor, dimension: 0 | 1 | 2 | 3): Tensor {
    const shape = a.ne.map((n, i) => (i === dimension ? n + (b.ne[i] ?? 0) : n));
    return this.op('compute', [a, b], shape, a.type);
  }

  cont(a: Tensor, ...shape: number[]): Tensor {
    return this.op('cont', [a], shape.length > 0 ? shape : a.ne, a.type);
  }

  reshape(a: Tensor, ...shape: number[]): Tensor {
    return makeTensor({ op: 'reshape', type: a.type, ne: dims(shape), src: [a], viewSrc: a });
  }

  /** `strides`: bytes of dimensions 1, 2, 3; those not given follow from the ones before. */
  view(a: Tensor, shape: readonly number[], strides: readonly number[], offset = 0): Tensor {
    const ne = dims(shape);
    const first = a.nb[0];
    const second = strides[0] ?? rowBytes(a.type, ne[0]);
    const third = strides[1] ?? second * ne[1];
    const fourth = strides[2] ?? third * ne[2];
    return makeTensor({
      op: 'view',
      type: a.type,
      ne,
      nb: [first, second, third, fourth],
      src: [a],
      viewSrc: a,
      viewOffset: offset,
    });
  }

  /** ggml_permute: dimension i of `a` becomes dimension axes[i]. */
  permute(a: Tensor, axes: readonly [number, number, number, number]): Tensor {
    const ne: [number, number, number, number] = [1, 1, 1, 1];
    const nb: [number, number, number, number] = [0, 0, 0, 0];
    axes.forEach((axis, i) => {
      ne[axis] = a.ne[i] ?? 1;
      nb[axis] = a.nb[i] ?? 0;
    });
    return makeTensor({ op: 'permute', type: a.type, ne, nb, src: [a], viewSrc: a });
  }

  transpose(a: Tensor): Tensor {
    return makeTensor({
      op: 'transpose',
      type: a.type,
      ne: [a.ne[1], a.ne[0], a.ne[2], a.ne[3]],
      nb: [a.nb[1], a.nb[0], a.nb[2], a.nb[3]],
      src: [a],
      viewSrc: a,
    });
  }

  /** Indices of the k largest of each row: a sort of the whole row and a view of its head. */
  topK(a: Tensor, k: number): Tensor {
    const sorted = this.op('argsort', [a], a.ne, 'I32');
    return this.view(sorted, [k, a.ne[1], a.ne[2], a.ne[3]], [sorted.nb[1], sorted.nb[2], sorted.nb[3]]);
  }

  sumRows(a: Tensor): Tensor {
    return this.op('sum_rows', [a], [1, a.ne[1], a.ne[2], a.ne[3]]);
  }

  /** Rotates heads before a quantised cache (llama_mul_mat_hadamard). */
  hadamard(a: Tensor, rotation: Tensor): Tensor {
    const n = rotation.ne[0];
    const flat = this.reshape(a, n, elements(a) / n);
    const rotated = this.mulMat(rotation, flat);
    return this.reshape(rotated, ...a.ne);
  }
}

function dims(shape: readonly number[]): Dimensions {
  return [shape[0] ?? 1, shape[1] ?? 1, shape[2] ?? 1, shape[3] ?? 1];
}
