import { graphBackend, hostBackend } from './graph/backend.ts';
import { peakBytes } from './graph/allocator.ts';
import { graphBuilderFor } from './graph/architectures.ts';
import type { Graph } from './graph/builder.ts';
import { representativeLayers } from './graph/layers.ts';
import { scheduleGraph } from './graph/scheduler.ts';
import type { GraphRequest } from './graph/state.ts';
import { fullCells, microBatch, windowCells, type CacheSettings } from './kv-cache.ts';
import type { ModelShape } from './model-shape.ts';
import type { Placement } from './placement.ts';
import type { WeightHome } from './weights.ts';

/** What a graph is reserved for, besides the model. */
export interface ComputeQuestion {
  readonly placement: Placement;
  readonly displaced: ReadonlySet<string>;
  readonly settings: CacheSettings;
  readonly gpus: readonly WeightHome[];
  readonly gpuLayers: number;
  /** As a real load does; false as llama.cpp's dry run, which reserves a little more on several devices. */
  readonly pinNorms: boolean;
  /** Replay every layer instead of enough of them; what the shortcut is tested against. */
  readonly everyLayer?: boolean;
}

const answers = new WeakMap<ModelShape, Map<string, readonly number[]>>();

/** Answers kept per model; a slider asks for the same few again and again. */
const REMEMBERED = 512;

/** Below this a device cannot take what models of usual size compute with. */
const SMALL_BINDING = 2 ** 30;

/** Compute buffers per GPU, host last, bytes. Throws a sentence when the file lacks a tensor that its architecture needs. */
export function computeBytes(shape: ModelShape, question: ComputeQuestion): readonly number[] {
  let known = answers.get(shape);
  if (known === undefined) {
    known = new Map();
    answers.set(shape, known);
  }
  const key = questionKey(question);
  const before = known.get(key);
  if (before !== undefined) {
    return before;
  }
  const answer = simulate(shape, question);
  if (known.size >= REMEMBERED) {
    known.clear();
  }
  known.set(key, answer);
  return answer;
}

function questionKey(q: ComputeQuestion): string {
  const { settings } = q;
  const gpus = q.gpus.map((g) => `${g.kind}${g.maxTensorBytes}`).join(',');
  const runs: string[] = [];
  let count = 0;
  q.placement.layer.forEach((device, i) => {
    count += 1;
    if (q.placement.layer[i + 1] !== device) {
      runs.push(`${device}x${count}`);
      count = 0;
    }
  });
  return [
    gpus,
    runs.join('.'),
    q.placement.output,
    q.gpuLayers > q.placement.layer.length,
    q.pinNorms,
    q.everyLayer === true,
    settings.contextPerSequence,
    settings.sequences,
    settings.batch,
    settings.flashAttention,
    settings.kvType,
    q.displaced.size,
  ].join('|');
}

/** The window that the file states, whether or not llama.cpp uses it: node-llama-cpp adds a token to the batch for it. */
export function declaredWindow(shape: ModelShape): number {
  return Number(shape.header.metadata[`${shape.hp.architecture}.attention.sliding_window`] ?? 0);
}

function simulate(shape: ModelShape, q: ComputeQuestion): readonly number[] {
  const { hp } = shape;
  const { settings } = q;
  const batch = microBatch(hp, declaredWindow(shape), settings);
  const pipeline = q.gpus.length > 1 && q.gpuLayers > hp.layersAll;
  // A device that takes small tensors only sends some work of every layer to the CPU, and a pipeline keeps all those copies.
  const everyLayer =
    q.everyLayer === true || (pipeline && q.gpus.some((g) => g.maxTensorBytes < SMALL_BINDING));
  const request: GraphRequest = {
    shape,
    placement: q.placement,
    displaced: q.displaced,
    layers: everyLayer
      ? Array.from({ length: hp.layers }, (_, i) => i)
      : representativeLayers(shape, q.placement),
    tokens: Math.ceil(batch / settings.sequences) * settings.sequences,
    outputs: batch,
    sequences: settings.sequences,
    cells: fullCells(settings),
    cellsWindow: windowCells(hp, settings, batch),
    flashAttention: settings.flashAttention,
    kvType: settings.kvType.toUpperCase(),
    pinNorms: q.pinNorms && q.gpuLayers > hp.layersAll,
  };
  const backends = [
    ...q.gpus.map((gpu) => graphBackend(gpu.kind, gpu.maxTensorBytes)),
    hostBackend(q.gpus[0]?.kind ?? null),
  ];
  const recipe = graphBuilderFor(hp.architecture);
  let graph: Graph;
  try {
    graph = recipe.build(request);
  } catch (error) {
    // A stand-in that does not even find its tensors: what any graph of such a shape would hold.
    if (recipe.known) throw error;
    return roughBytes(shape, q, request);
  }
  const scheduled = scheduleGraph(graph, backends, pipeline);
  return peakBytes(scheduled, backends);
}

/** Rows that a layer holds at its peak: some as wide as the model, some as wide as its widest matrix. */
const MODEL_ROWS = 8;
const WIDE_ROWS = 3;

/** Compute buffers of a model of which nothing is known but the sizes of its matrices: F32 rows of the batch, and the logits. */
function roughBytes(
  { hp, tensors }: ModelShape,
  { placement, gpus }: ComputeQuestion,
  { tokens, outputs, cells, sequences }: GraphRequest,
): number[] {
  const matrices = tensors.filter(({ role, tensor }) => role === 'layer' && tensor.dimensions.length > 1);
  const widest = Math.max(hp.embedding, ...matrices.map(({ tensor }) => tensor.dimensions[1] ?? 0));
  const attends = hp.hasKv.includes(true);
  const mask = attends ? 2 * tokens * cells * sequences : 0;
  const layer = 4 * tokens * (MODEL_ROWS * hp.embedding + WIDE_ROWS * widest) + mask;
  const logits = 4 * outputs * (hp.vocabulary + 2 * hp.embedding);
  const inputs = 4 * tokens * 2 * hp.embedding;
  // Of a long batch the first card computes what lies in RAM, too.
  const computesForHost = placement.layer.includes(placement.host) && gpus.length > 0;
  return Array.from({ length: gpus.length + 1 }, (_, device) => {
    const ofLayers = placement.layer.includes(device) || (device === 0 && computesForHost) ? layer : 0;
    const ofOutput = placement.output === device ? logits : 0;
    return Math.max(ofLayers, ofOutput, device === placement.host ? inputs : 0);
  });
}
