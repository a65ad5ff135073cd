import { rowBytes } from '../ggml-types.ts';
import { layerHeads } from '../hyperparameters.ts';
import { cachedRow } from '../kv-cache.ts';
import type { ModelShape } from '../model-shape.ts';
import type { Placement } from '../placement.ts';
import type { GgufTensor } from '../../model.ts';
import { GraphBuilder } from './builder.ts';
import type { Tensor } from './tensor.ts';

/** The worst-case batch that llama.cpp reserves memory for, and where everything lies. */
export interface GraphRequest {
  readonly shape: ModelShape;
  readonly placement: Placement;
  /** Weights that stay in host memory although their layer is on a GPU. */
  readonly displaced: ReadonlySet<string>;
  /** Layers to build, ascending: all of them, or enough to reach the peak. */
  readonly layers: readonly number[];
  readonly tokens: number;
  readonly outputs: number;
  readonly sequences: number;
  /** Cells a sequence of full and of windowed caches. */
  readonly cells: number;
  readonly cellsWindow: number;
  readonly flashAttention: boolean;
  readonly kvType: string;
  /**
   * Pin norms to their layer's device, as a real load with everything offloaded does. A dry run forgets the pins
   * (ggml_backend_sched_reserve_size resets the scheduler) and so reserves one more copy per further device.
   */
  readonly pinNorms: boolean;
}

interface AttentionInputs {
  readonly kIndexes: Tensor;
  readonly vIndexes: Tensor;
  readonly mask: Tensor;
  /** Hadamard matrices that spread outliers before keys and values are quantised; null for f16. */
  readonly kRotation: Tensor | null;
  readonly vRotation: Tensor | null;
}

/** A graph under construction: makes weights and caches where they lie, and the inputs of attention once. */
export class GraphState extends GraphBuilder {
  readonly request: GraphRequest;
  /** Positions of the batch's tokens; made by the graph that rotates. */
  positions: Tensor | null = null;
  /** By what queries are scaled at each position; made by the graph that does. */
  temperature: Tensor | null = null;
  #stateIds: { main: Tensor; rest: Tensor } | null = null;
  readonly expertScale: number;
  readonly embeddingScale: number;
  readonly #weights = new Map<string, Tensor>();
  readonly #layerWeights: Map<string, Tensor | null>[] = [];
  readonly #keys: Tensor[] = [];
  readonly #values: Tensor[] = [];
  readonly #convolutions: Tensor[] = [];
  readonly #states: Tensor[] = [];
  #full: AttentionInputs | null = null;
  #window: AttentionInputs | null = null;

  constructor(request: GraphRequest) {
    super();
    this.request = request;
    this.expertScale = this.metadata('expert_weights_scale');
    // MiniCPM scales its embeddings whether or not the file says by how much.
    this.embeddingScale = this.metadata('embedding_scale') || (this.hp.architecture === 'minicpm' ? 12 : 0);
  }

  get hp(): ModelShape['hp'] {
    return this.request.shape.hp;
  }

  /** A number of the architecture's own metadata; 0 when it is missing. */
  metadata(key: string): number {
    const value = this.request.shape.header.metadata[`${this.hp.architecture}.${key}`];
    return typeof value === 'number' ? value : 0;
  }

  flag(key: string): boolean {
    const value = this.request.shape.header.metadata[`${this.hp.architecture}.${key}`];
    return value === true || value === 1;
  }

  headsOf(layer: number): ReturnType<typeof layerHeads> {
    return layerHeads(this.hp, layer);
  }

  /** A layer's tensor, or null when the file has none. */
  weight(layer: number, name: string): Tensor | null {
    const made = (this.#layerWeights[layer] ??= new Map());
    const known = made.get(name);
    if (known !== undefined) {
      return known;
    }
    const tensor = this.request.shape.byLayer[layer]?.get(name);
    const fresh = tensor === undefined ? null : this.#placed(tensor, this.request.placement.layer[layer]);
    made.set(name, fresh);
    return fresh;
  }

  #placed(tensor: GgufTensor, device: number | undefined): Tensor {
    const { host } = this.request.placement;
    const home = this.request.displaced.has(tensor.name) ? host : (device ?? host);
    return this.stored(tensor.type, tensor.dimensions, home, true);
  }

  /** A tensor outside of layers that lies with the output. */
  outputWeight(name: string): Tensor | null {
    return this.#stored(name, this.request.placement.output);
  }

  /** A tensor in host memory. */
  hostWeight(name: string): Tensor | null {
    return this.#stored(name, this.request.placement.host);
  }

  /** The matrix of the output layer, which may be the embedding table again. */
  outputMatrix(): Tensor {
    const own = this.#stored('output.weight', this.request.placement.output);
    if (own !== null) {
      return own;
    }
    const table = this.request.shape.byName.get('token_embd.weight');
    const displaced = this.request.displaced.has('output.weight');
    const device = displaced ? this.request.placement.host : this.request.placement.output;
    return this.stored(
      table?.type ?? 'F32',
      table?.dimensions ?? [this.hp.embedding, this.hp.vocabulary],
      device,
      true,
    );
  }

  /** Rotation factors that every device holds a copy of. */
  sharedWeight(layer: number, name: string): Tensor | null {
    const device = this.request.placement.layer[layer] ?? this.request.placement.host;
    return this.#stored(name, device, `${name}@${device}`);
  }

  #stored(name: string, device: number, key = name): Tensor | null {
    const known = this.#weights.get(key);
    if (known !== undefined) {
      return known;
    }
    const tensor = this.request.shape.byName.get(name);
    if (tensor === undefined) {
      return null;
    }
    const made = this.#placed(tensor, device);
    this.#weights.set(key, made);
    return made;
  }

  /** A layer's cache of keys ("k") or values ("v"): [row, cells, sequences]. */
  cache(layer: number, part: 'k' | 'v'): Tensor {
    const made = part === 'k' ? this.#keys : this.#values;
    const known = made[layer];
    if (known !== undefined) {
      return known;
    }
    const row = cachedRow(this.hp, layer, this.request.flashAttention);
    const device = this.request.placement.layer[layer] ?? this.request.placement.host;
    const shape = [row[part], this.cellsOf(layer), this.request.sequences];
    const cache = this.stored(this.request.kvType, shape, device, false);
    made[layer] = cache;
    return cache;
  }

  /** A layer's recurrent state of `row` elements a sequence. */
  recurrentState(layer: number, part: 'r' | 's', row: number): Tensor {
    const made = part === 'r' ? this.#convolutions : this.#states;
    const known = made[layer];
    if (known !== undefined) {
      return known;
    }
    const device = this.request.placement.layer[layer] ?? this.request.placement.host;
    const state = this.stored('F32', [row, this.request.sequences], device, false);
    made[layer] = state;
    return state;
  }

  /**
   * Which states the sequences of the batch continue, and which are only moved (none, in the worst case): two views
   * that all recurrent layers share, so that they are copied to a device once.
   */
  stateIds(): { readonly main: Tensor; readonly rest: Tensor } {
    if (this.#stateIds === null) {
      const { sequences } = this.request;
      const all = this.input('I32', sequences);
      this.#stateIds = {
        main: this.view(all, [sequences], []),
        rest: this.view(all, [0], [], sequences * 4),
      };
    }
    return this.#stateIds;
  }

  cellsOf(layer: number): number {
    return this.hp.swa[layer] === true ? this.request.cellsWindow : this.request.cells;
  }

  /** Makes the inputs that attention needs, in llama.cpp's order; called once before the layers. */
  prepareAttention(): void {
    this.#full = this.#attentionInputs(this.request.cells, this.hp.keyLength, this.hp.valueLength);
    if (this.hp.slidingWindow > 0) {
      this.#window = this.#attentionInputs(
        this.request.cellsWindow,
        this.hp.keyLengthSwa,
        this.hp.valueLengthSwa,
      );
    }
  }

  attentionInputs(layer: number): AttentionInputs {
    const inputs = this.hp.swa[layer] === true ? this.#window : this.#full;
    if (inputs === null) {
      throw new Error('Attention was built before its inputs; this is a bug in the memory model.');
    }
    return inputs;
  }

  #attentionInputs(cells: number, keyLength: number, valueLength: number): AttentionInputs {
    const { tokens, sequences, flashAttention } = this.request;
    const widest = flashAttention ? 1 : cachedRow(this.hp, 0, false).v;
    return {
      kIndexes: this.input('I64', tokens),
      vIndexes: this.input('I64', tokens * widest),
      mask: this.input(flashAttention ? 'F16' : 'F32', cells, tokens / sequences, 1, sequences),
      kRotation: this.#rotation(keyLength, true),
      vRotation: this.hp.mla ? null : this.#rotation(valueLength, false),
    };
  }

  /** llama_kv_cache::build_input_k_rot and _v_rot: keys take the largest power of two that divides the head, values 64. */
  #rotation(head: number, largest: boolean): Tensor | null {
    if (this.request.kvType === 'F16' || head === 0 || head % 64 !== 0) {
      return null;
    }
    let size = 64;
    while (head % (size * 2) === 0) {
      size *= 2;
    }
    const side = largest ? size : 64;
    return this.input('F32', side, side);
  }

  pinToLayer(tensor: Tensor, layer: number): void {
    if (this.request.pinNorms) {
      tensor.pinned = this.request.placement.layer[layer] ?? this.request.placement.host;
    }
  }

  /** The keys as attention reads them: [head, heads, cells, sequences]. */
  keys(layer: number): Tensor {
    const heads = layerHeads(this.hp, layer);
    const cache = this.cache(layer, 'k');
    const row = rowBytes(cache.type, cache.ne[0]);
    const cells = this.cellsOf(layer);
    return this.view(
      cache,
      [heads.key, heads.headsKv, cells, this.request.sequences],
      [rowBytes(cache.type, heads.key), row, row * cells],
    );
  }

  /** The values as attention reads them; transposed without flash attention. */
  values(layer: number): Tensor {
    const heads = layerHeads(this.hp, layer);
    const cache = this.cache(layer, 'v');
    const cells = this.cellsOf(layer);
    const { sequences } = this.request;
    if (this.request.flashAttention) {
      const row = rowBytes(cache.type, cache.ne[0]);
      return this.view(
        cache,
        [heads.value, heads.headsKv, cells, sequences],
        [rowBytes(cache.type, heads.value), row, row * cells],
      );
    }
    return this.view(
      cache,
      [cells, heads.headsKv, heads.value, sequences],
      [
        rowBytes(cache.type, cells * heads.value),
        rowBytes(cache.type, cells),
        rowBytes(cache.type, cells * cache.ne[0]),
      ],
    );
  }
}
