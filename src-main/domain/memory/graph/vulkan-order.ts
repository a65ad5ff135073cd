import type { Op, Tensor } from './tensor.ts';
import { dependsOn, EXPERT_CHOICE, isEmpty, KEPT, NEIGHBOURS } from './vulkan-fusions.ts';

/** `keep` may not be freed before `until` has run: a fused kernel still reads it. */
export interface AllocationDependency {
  readonly keep: Tensor;
  readonly until: Tensor;
}

/** How far ahead ggml-vulkan looks for work that can start early, and for the rest of a fused sequence. */
const LOOK_AHEAD = 20;
const FUSION_REACH = 15;

/**
 * The order in which ggml-vulkan runs the nodes of one split (ggml_vk_graph_optimize): independent work is pulled
 * forward, which moves the moment at which memory is taken and given back. What fused kernels keep alive is added to
 * `dependencies`.
 */
export function reorderForVulkan(nodes: readonly Tensor[], dependencies: AllocationDependency[]): Tensor[] {
  return new VulkanOrder(nodes, dependencies).run();
}

class VulkanOrder {
  readonly #nodes: readonly Tensor[];
  readonly #used: boolean[];
  readonly #done = new Set<Tensor>();
  readonly #order: Tensor[] = [];
  readonly #dependencies: AllocationDependency[];
  #next = 0;

  constructor(nodes: readonly Tensor[], dependencies: AllocationDependency[]) {
    this.#nodes = nodes;
    this.#used = nodes.map(() => false);
    this.#dependencies = dependencies;
  }

  run(): Tensor[] {
    while (this.#next < this.#nodes.length) {
      if (this.#keepSequence()) {
        continue;
      }
      const set = [this.#next];
      this.#pullWork(set);
      if (this.#op(set.at(-1) ?? 0) !== 'add') {
        this.#pullViews(set);
      }
      for (const index of set) {
        this.#take(index);
      }
      this.#advance();
    }
    return this.#order;
  }

  #op(index: number): Op | undefined {
    return this.#nodes[index]?.op;
  }

  #take(index: number): void {
    const node = this.#nodes[index];
    if (node !== undefined) {
      this.#order.push(node);
      this.#done.add(node);
      this.#used[index] = true;
    }
  }

  #advance(): void {
    while (this.#used[this.#next] === true) {
      this.#next += 1;
    }
  }

  #matches(pattern: readonly Op[], start: number): boolean {
    if (start + pattern.length > this.#nodes.length) {
      return false;
    }
    return pattern.every((op, j) => this.#op(start + j) === op && this.#used[start + j] !== true);
  }

  /** A sequence that must not be torn apart, at the front. */
  #keepSequence(): boolean {
    const choice = EXPERT_CHOICE.find((p) => this.#matches(p, this.#next));
    const pattern = choice ?? KEPT.find((p) => this.#matches(p, this.#next));
    if (pattern === undefined) {
      return false;
    }
    if (choice !== undefined) {
      this.#holdSources(choice);
    }
    const start = this.#next;
    for (let j = 0; j < pattern.length; j++) {
      this.#take(start + j);
    }
    this.#advance();
    return true;
  }

  #holdSources(pattern: readonly Op[]): void {
    let last = this.#next + pattern.length - 1;
    if (this.#op(last + 1) === 'scale') {
      last += 1;
    }
    const until = this.#nodes[last];
    if (until === undefined) {
      return;
    }
    const seen = new Set<Tensor>();
    for (let j = 0; j < pattern.length; j++) {
      const node = this.#nodes[this.#next + j];
      for (const source of node?.src ?? []) {
        if (!seen.has(source)) {
          seen.add(source);
          this.#dependencies.push({ keep: source, until });
        }
      }
      if (node !== undefined) {
        seen.add(node);
      }
    }
  }

  #startsSequence(index: number): boolean {
    return EXPERT_CHOICE.some((p) => this.#matches(p, index)) || KEPT.some((p) => this.#matches(p, index));
  }

  #pullWork(set: number[]): void {
    const end = Math.min(this.#next + LOOK_AHEAD, this.#nodes.length);
    for (let j = this.#next + 1; j < end; j++) {
      const node = this.#nodes[j];
      if (node === undefined || this.#used[j] === true || isEmpty(node) || this.#startsSequence(j)) {
        continue;
      }
      if (this.#mayRunNow(j, node, set)) {
        set.push(j);
        this.#pullFused(j, set);
      }
    }
  }

  #mayRunNow(j: number, node: Tensor, set: readonly number[]): boolean {
    for (let c = this.#next; c < j; c++) {
      const earlier = this.#nodes[c];
      if (earlier === undefined || this.#used[c] === true || !dependsOn(node, earlier)) {
        continue;
      }
      if (c !== set.at(-1) || !this.#fusesWith(c, earlier, j, node)) {
        return false;
      }
    }
    return true;
  }

  #fusesWith(c: number, earlier: Tensor, j: number, node: Tensor): boolean {
    if ((earlier.op === 'rms_norm' || earlier.op === 'unary') && node.op === 'mul') {
      for (let v = c + 1; v < j; v++) {
        const between = this.#nodes[v];
        if (this.#used[v] !== true && between !== undefined && !isEmpty(between)) {
          return false;
        }
      }
      return true;
    }
    return j === c + 1 && NEIGHBOURS.some(([a, b]) => earlier.op === a && node.op === b);
  }

  /** After `j` was taken: whatever its fused kernel continues with. */
  #pullFused(j: number, set: number[]): void {
    const node = this.#nodes[j];
    const previous = this.#op(j - 1);
    if (node === undefined) {
      return;
    }
    let rope = j;
    if (node.op === 'mul' && previous === 'rms_norm') {
      rope = this.#pull(j, set, (k) => this.#ropeOf(k, node)) ?? j;
    }
    if (this.#op(rope) === 'rope' || this.#op(rope) === 'rms_norm') {
      this.#pullStore(rope, set);
    }
    if (node.op === 'add_id' && previous === 'mul_mat_id') {
      this.#pull(j, set, (k) => this.#continues(k, 'mul', node));
    }
    if (node.op === 'add' && previous === 'mul_mat') {
      this.#pull(j, set, (k) => this.#continues(k, 'add', node));
    }
    if (node.op === 'add' && previous === 'ssm_conv') {
      this.#pull(j, set, (k) => this.#op(k) === 'unary' && this.#nodes[k]?.src[0] === node);
    }
    if (node.op === 'unary') {
      this.#pull(j, set, (k) => this.#multiplies(k, node));
    }
  }

  #pull(j: number, set: number[], wanted: (k: number) => boolean): number | null {
    const end = Math.min(j + FUSION_REACH, this.#nodes.length);
    for (let k = j + 1; k < end; k++) {
      if (wanted(k)) {
        set.push(k);
        this.#used[k] = true;
        return k;
      }
    }
    return null;
  }

  #ropeOf(k: number, node: Tensor): boolean {
    const rope = this.#nodes[k];
    return rope?.op === 'rope' && rope.src[0] === node && rope.src.slice(1).every((s) => s.op === 'none');
  }

  #ready(tensor: Tensor | undefined): boolean {
    return tensor !== undefined && (tensor.op === 'none' || this.#done.has(tensor));
  }

  #continues(k: number, op: Op, node: Tensor): boolean {
    const next = this.#nodes[k];
    return next?.op === op && next.src[0] === node && this.#ready(next.src[1]);
  }

  #multiplies(k: number, node: Tensor): boolean {
    const product = this.#nodes[k];
    if (product?.op !== 'mul' || (product.src[0] !== node && product.src[1] !== node)) {
      return false;
    }
    return this.#ready(product.src[0] === node ? product.src[1] : product.src[0]);
  }

  /** The view and the write into the cache that follow a rotation or a norm. */
  #pullStore(from: number, set: number[]): void {
    const end = Math.min(from + FUSION_REACH, this.#nodes.length);
    let view = -1;
    let store = -1;
    for (let k = from + 1; k < end && store === -1; k++) {
      if (this.#used[k] === true) {
        continue;
      }
      const node = this.#nodes[k];
      if (view === -1 && node?.op === 'view' && node.src[0] === this.#nodes[from]) {
        view = k;
      } else if (view !== -1 && node?.op === 'set_rows' && node.src[0] === this.#nodes[view]) {
        store = k;
      }
    }
    if (store === -1 || this.#nodes[from]?.uses !== 1 || this.#nodes[view]?.uses !== 1) {
      return;
    }
    const written = this.#nodes[store];
    for (let c = from + 1; c < store; c++) {
      const between = this.#nodes[c];
      const waits = this.#used[c] !== true && c !== view && between !== undefined && !isEmpty(between);
      if (waits && written !== undefined && dependsOn(written, between)) {
        return;
      }
    }
    set.push(view, store);
    this.#used[view] = true;
    this.#used[store] = true;
  }

  #pullViews(set: number[]): void {
    const end = Math.min(this.#next + LOOK_AHEAD, this.#nodes.length);
    for (let j = this.#next + 1; j < end; j++) {
      const node = this.#nodes[j];
      if (node === undefined || this.#used[j] === true || !isEmpty(node)) {
        continue;
      }
      let ready = true;
      for (let c = this.#next; c < j && ready; c++) {
        const earlier = this.#nodes[c];
        ready =
          earlier === undefined || this.#used[c] === true || set.includes(c) || !dependsOn(node, earlier);
      }
      if (ready) {
        set.push(j);
      }
    }
  }
}
