/**
 * What lies under node-llama-cpp's public interface and is needed for its full speed: the addon's context, its
 * samplers and its Jinja renderer. The package's version is pinned; each piece is looked for before it is used,
 * and without one the public way is taken.
 */
import type { Llama, LlamaContext, LlamaModel } from 'node-llama-cpp';

/** Arguments of a filter of logits: tokens, include the highest, the lowest, the selected, how many of the top. */
export type LogitFilter = readonly [readonly number[], boolean, boolean, boolean, number];
/** token, probabilities, confidence, logits (token, logit, token, logit…), Σ exp(logit − max). */
export type Sampled = readonly [
  number,
  readonly number[] | undefined,
  number | undefined,
  readonly number[] | undefined,
  number | undefined,
];

export interface NativeSampler {
  applyConfig(config: { temperature?: number; topP?: number; seed?: number }): void;
  dispose(): void;
}

export interface NativeContext {
  initBatch(rows: number): void;
  /** Positions count from 0 in the sequence. Returns the batch's index of each token whose logits were asked for. */
  addToBatch(sequence: number, position: number, tokens: Uint32Array, logitIndexes: Uint32Array): Uint32Array;
  decodeBatch(): Promise<void>;
  sampleToken(
    batchIndex: number,
    sampler: NativeSampler,
    probabilities: boolean,
    confidence: boolean,
    logits: boolean | LogitFilter,
    totalLogitWeight: boolean,
  ): Promise<Sampled>;
  disposeSequence(sequence: number): void;
  removeTokenCellsFromSequence(sequence: number, start: number, end: number): boolean;
  copySequenceStateFromOtherSequence(target: number, source: number): Promise<number>;
  setThreads(threads: number): void;
}

export interface Native {
  readonly context: NativeContext;
  createSampler(): NativeSampler;
}

export interface JinjaRenderer {
  render(items: Record<string, unknown>): string;
}

const CONTEXT_METHODS = [
  'initBatch',
  'addToBatch',
  'decodeBatch',
  'sampleToken',
  'disposeSequence',
  'removeTokenCellsFromSequence',
  'copySequenceStateFromOtherSequence',
  'setThreads',
] as const;

function reach(target: object, ...keys: readonly string[]): unknown {
  let value: unknown = target;
  for (const key of keys) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

function hasMethods(value: unknown, names: readonly string[]): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    names.every((name) => typeof Reflect.get(value, name) === 'function')
  );
}
function isContext(value: unknown): value is NativeContext {
  return hasMethods(value, CONTEXT_METHODS);
}
function isSampler(value: unknown): value is NativeSampler {
  return hasMethods(value, ['applyConfig', 'dispose']);
}
function isRenderer(value: unknown): value is JinjaRenderer {
  return hasMethods(value, ['render']);
}

/** The addon under a context, or a sentence on what this version of the package no longer has. */
export function reachNative(llama: Llama, model: LlamaModel, context: LlamaContext): Native | string {
  const native = reach(context, '_ctx');
  if (!isContext(native)) return 'node-llama-cpp does not have the addon context that the own loop needs.';
  const Sampler = reach(llama, '_bindings', 'AddonSampler');
  const addonModel = reach(model, '_model');
  if (typeof Sampler !== 'function' || typeof addonModel !== 'object') {
    return 'node-llama-cpp does not have the addon sampler that the own loop needs.';
  }
  const createSampler = (): NativeSampler => {
    const sampler: unknown = Reflect.construct(Sampler, [addonModel]);
    if (!isSampler(sampler)) throw new Error('The addon sampler of node-llama-cpp has changed.');
    return sampler;
  };
  return { context: native, createSampler };
}

/** llama.cpp's own Jinja over a chat template; throws when the template does not compile, or the piece is missing. */
export function createRenderer(llama: Llama, template: string): JinjaRenderer {
  const Renderer = reach(llama, '_bindings', 'AddonJinjaRenderer');
  if (typeof Renderer !== 'function') throw new Error('node-llama-cpp does not have the Jinja renderer.');
  const renderer: unknown = Reflect.construct(Renderer, [template]);
  if (!isRenderer(renderer)) throw new Error('The Jinja renderer of node-llama-cpp has changed.');
  return renderer;
}
