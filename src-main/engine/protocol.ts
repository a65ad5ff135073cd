/**
 * What host and child say to each other over Node's IPC channel (advanced serialization), as birpc calls. Both ends
 * parse what they receive; a message that does not parse ends the child. The handshake carries the protocol's
 * version and the generation (a number the host raises with every child), which every message of the child repeats.
 */
import { z } from 'zod';
import type { GgufHeader } from '../domain/model.ts';
import type { LoadSettings } from '../domain/plan.ts';
import type { ModelPrompt } from '../domain/prompts/model-prompt.ts';
import type { GenerateJob, GenerateResult, LoadedModel, ScoreJob, ScoreResult } from './engine.ts';

/** Raised whenever a message changes its meaning. Children of another version are refused. */
export const PROTOCOL_VERSION = 1;

export const HEARTBEAT_MS = 1000;

const count = z.number().int().nonnegative();

export const loadSettingsSchema = z.object({
  gpuLayers: count,
  contextPerSequence: z.number().int().positive(),
  sequences: z.number().int().positive().max(1024),
  batch: z.number().int().positive(),
  threads: z.number().int().nonnegative(),
  flashAttention: z.boolean(),
  kvType: z.enum(['f16', 'q8_0', 'q4_0']),
  mmap: z.boolean(),
  backend: z.enum(['cuda', 'vulkan', 'metal', 'cpu']),
  devices: z.array(count),
  deviceIds: z.array(z.string()).optional(),
}) satisfies z.ZodType<LoadSettings>;

const shared = z.array(count).optional();
export const promptSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('chat'), system: z.string().nullable(), user: z.string(), shared }),
  z.object({ kind: z.literal('text'), text: z.string(), shared }),
]);

const decodingSchema = z.object({
  temperature: z.number().nonnegative(),
  topP: z.number().min(0).max(1),
  maxTokens: z.number().int().positive(),
  stop: z.array(z.string()),
});

export const generateJobSchema = z.object({
  id: z.string(),
  prompt: promptSchema,
  decoding: decodingSchema,
  sampleIndex: count,
  seed: z.number().int(),
  choices: z.array(z.string()).min(1).optional(),
});
export const scoreJobSchema = z.object({
  id: z.string(),
  prompt: promptSchema,
  labels: z.array(z.string()).min(1),
});

export const generateResultSchema = z.object({
  id: z.string(),
  sampleIndex: count,
  seed: z.number(),
  answer: z.string(),
  reasoning: z.string().nullable(),
  renderedPrompt: z.string(),
  promptTokens: count,
  tokenIds: z.custom<Int32Array>((value) => value instanceof Int32Array),
  logprobs: z.custom<Float32Array>((value) => value instanceof Float32Array),
  tokenTexts: z.array(z.string()),
  reasoningTokens: count,
  eogLogprob: z.number().nullable(),
  finishReason: z.enum(['eog', 'length', 'stop', 'loop', 'context', 'error']),
  error: z.string().nullable(),
  durationMs: z.number(),
  tokenCount: count.optional(),
}) satisfies z.ZodType<GenerateResult>;

export const scoreResultSchema = z.object({
  id: z.string(),
  probabilities: z.array(z.number()),
  labelTokens: z.array(z.number()),
  topToken: z.string(),
  renderedPrompt: z.string(),
  promptTokens: count,
  error: z.string().nullable(),
  durationMs: z.number(),
  conflict: z.boolean().optional(),
}) satisfies z.ZodType<ScoreResult>;

export const loadedModelSchema = z.object({
  settings: loadSettingsSchema,
  totalLayers: count,
  contextTrained: count,
  chatTemplateSha256: z.string().nullable(),
  instruct: z.boolean(),
  versions: z.object({ nodeLlamaCpp: z.string(), llamaCpp: z.string(), node: z.string() }),
  backend: loadSettingsSchema.shape.backend,
  deviceNames: z.array(z.string()),
  memory: z.array(
    z.object({
      deviceId: z.string(),
      weightsBytes: z.number(),
      kvBytes: z.number(),
      computeBytes: z.number(),
    }),
  ),
  loop: z.enum(['own', 'public']),
  shape: z.enum(['constant', 'free']),
  loadMs: z.number(),
  pid: z.number(),
  tuned: z.object({ threads: count, workers: count, batch: count }).optional(),
  notes: z.array(z.string()),
}) satisfies z.ZodType<LoadedModel>;

/** What the child tells with every batch and every heartbeat. `steps` counts decodes since load: a hung one stops it. */
export const childProgressSchema = z.object({
  generatedTokens: count,
  promptTokens: count,
  activeSequences: count,
  steps: count,
  busy: z.boolean(),
});
export type ChildProgress = z.infer<typeof childProgressSchema>;

export const welcomeSchema = z.object({ protocol: z.number(), generation: z.number(), pid: z.number() });
export type Welcome = z.infer<typeof welcomeSchema>;

/** Why something did not work, as data: the kinds of EngineError that a child can know by itself. */
const failureSchema = z.object({
  ok: z.literal(false),
  kind: z.enum(['not-a-model', 'unsupported', 'out-of-memory', 'crashed', 'protocol']),
  message: z.string(),
});
export type Failure = z.infer<typeof failureSchema>;

export const loadReplySchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), model: loadedModelSchema }),
  failureSchema,
]) satisfies z.ZodType<LoadReply>;
export type LoadReply = { readonly ok: true; readonly model: LoadedModel } | Failure;

const metadataValue = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.array(z.number()),
  z.array(z.boolean()),
]);
export const ggufHeaderSchema = z.object({
  architecture: z.string(),
  metadata: z.record(z.string(), metadataValue),
  tensors: z.array(
    z.object({
      name: z.string(),
      dimensions: z.array(z.number()),
      type: z.string(),
      offset: z.number(),
      part: count,
    }),
  ),
  fileBytes: z.number(),
  parts: z.number().int().positive(),
}) satisfies z.ZodType<GgufHeader>;

/** One file of a probe: a header, or a sentence on why there is none. */
export const probedHeaderSchema = z.object({
  path: z.string(),
  header: ggufHeaderSchema.nullable(),
  /** SHA-256 of the chat template's text, and how many tokens the tokenizer knows. */
  chatTemplateSha256: z.string().nullable(),
  vocabulary: count,
  problem: z.string().nullable(),
  died: z.literal(true).optional(),
}) satisfies z.ZodType<ProbedHeader>;
export interface ProbedHeader {
  readonly path: string;
  readonly header: GgufHeader | null;
  readonly chatTemplateSha256: string | null;
  readonly vocabulary: number;
  readonly problem: string | null;
  /** The reader ended over this file, or did not come back from it. */
  readonly died?: true | undefined;
}

export const probedBackendSchema = z.object({
  backend: loadSettingsSchema.shape.backend,
  /** In the backend's own order: what devices of LoadSettings count. */
  deviceNames: z.array(z.string()),
  /** Of all its devices together, bytes; the binding does not tell them apart. */
  totalBytes: z.number(),
  freeBytes: z.number(),
  unifiedBytes: z.number(),
});
export type ProbedBackend = z.infer<typeof probedBackendSchema>;

export const dryRunRequestSchema = z.object({
  path: z.string(),
  variations: z.array(loadSettingsSchema).min(1),
}) satisfies z.ZodType<DryRunRequest>;
export interface DryRunRequest {
  readonly path: string;
  readonly variations: readonly LoadSettings[];
}

const split = z.object({ gpuBytes: z.number(), hostBytes: z.number() });
/** What llama.cpp's own allocator would take for one variation, without taking it. */
export const dryRunEstimateSchema = z.object({
  settings: loadSettingsSchema,
  weights: split,
  kv: split,
  /** Compute buffers and output buffer: what the context takes beside the KV cache. */
  compute: split,
  problem: z.string().nullable(),
}) satisfies z.ZodType<DryRunEstimate>;
export interface SplitBytes {
  readonly gpuBytes: number;
  readonly hostBytes: number;
}
export interface DryRunEstimate {
  readonly settings: LoadSettings;
  readonly weights: SplitBytes;
  readonly kv: SplitBytes;
  readonly compute: SplitBytes;
  readonly problem: string | null;
}

/** One prompt as a model reads it: after its chat template, with what its tokenizer makes of the labels at the end. */
export const readPromptSchema = z.object({
  text: z.string(),
  tokens: count,
  /** First token of each label; two that are equal cannot be told apart. */
  labelTokens: z.array(z.number().int()),
});
export type ReadPrompt = z.infer<typeof readPromptSchema>;

export type StreamKind = 'generate' | 'score';

/** Served by the child. Every argument is parsed by the child, every answer by the host. */
export interface ChildFunctions {
  hello(protocol: number, generation: number): Welcome | Promise<Welcome>;
  load(request: { modelPath: string; settings: LoadSettings }): Promise<LoadReply>;
  open(stream: number, kind: StreamKind): void;
  push(stream: number, jobs: readonly (GenerateJob | ScoreJob)[]): void;
  end(stream: number): void;
  /** Answers at once; `done` follows when the step under way has ended. */
  cancel(stream: number): void;
  countTokens(prompts: readonly ModelPrompt[]): Promise<number[]> | number[];
  readHeader(path: string): Promise<ProbedHeader>;
  devices(backend: LoadSettings['backend']): Promise<ProbedBackend | null>;
  dryRun(request: DryRunRequest): Promise<DryRunEstimate[]>;
  tokenCounts(path: string, prompts: readonly ModelPrompt[]): Promise<number[]>;
  readPrompt(path: string, prompt: ModelPrompt, labels: readonly string[]): Promise<ReadPrompt>;
  shutdown(): void;
}

/** Served by the host: all of them events, none is answered. */
export interface HostFunctions {
  results(
    generation: number,
    stream: number,
    results: readonly (GenerateResult | ScoreResult)[],
    progress: ChildProgress,
  ): void;
  done(generation: number, stream: number): void;
  beat(generation: number, progress: ChildProgress): void;
  log(generation: number, lines: readonly string[]): void;
}

/** What birpc puts on the wire: a request, or the answer to one. Anything else is garbage. */
export const envelopeSchema = z.union([
  z.object({ t: z.literal('q'), m: z.string(), a: z.array(z.unknown()), i: z.string().optional() }),
  z.object({ t: z.literal('s'), i: z.string() }),
]);
