import type { Decoding } from '../domain/decoding.ts';
import type { Backend } from '../domain/hardware.ts';
import type { LoadSettings } from '../domain/plan.ts';
import type { ModelPrompt } from '../domain/prompts/model-prompt.ts';

export interface GenerateJob {
  readonly id: string;
  readonly prompt: ModelPrompt;
  readonly decoding: Decoding;
  readonly sampleIndex: number;
  readonly seed: number;
  /** Where given, the answer has to be exactly one of these texts. Engines that cannot hold a model to it refuse. */
  readonly choices?: readonly string[] | undefined;
}

export type FinishReason = 'eog' | 'length' | 'stop' | 'loop' | 'context' | 'error';

export interface GenerateResult {
  readonly id: string;
  readonly sampleIndex: number;
  readonly seed: number;
  readonly answer: string;
  /** What a thinking model wrote before its answer; null when there was none. */
  readonly reasoning: string | null;
  /** What was evaluated, after the chat template. */
  readonly renderedPrompt: string;
  readonly promptTokens: number;
  /** Of reasoning and answer, the end-of-generation token not included. */
  readonly tokenIds: Int32Array;
  /** ln p of each of tokenIds, full vocabulary, temperature 1. */
  readonly logprobs: Float32Array;
  /** The text each token added (a multi-byte character appears whole at its last token); joined they are all that was written. */
  readonly tokenTexts: readonly string[];
  /** How many of tokenIds belong to the reasoning. */
  readonly reasoningTokens: number;
  /** ln p of the end-of-generation token; null when none was drawn. */
  readonly eogLogprob: number | null;
  readonly finishReason: FinishReason;
  /** Set when finishReason is error: a sentence. */
  readonly error: string | null;
  readonly durationMs: number;
  /**
   * Tokens written by a remote server's own count. Such a server may not tell them one by one: then tokenIds, logprobs
   * and tokenTexts are empty; or it tells texts and log-probabilities without ids: then only tokenIds is.
   */
  readonly tokenCount?: number | undefined;
}

export interface ScoreJob {
  readonly id: string;
  readonly prompt: ModelPrompt;
  /** Label texts, in the order of the result's probabilities; their first tokens must differ. */
  readonly labels: readonly string[];
}

export interface ScoreResult {
  readonly id: string;
  /** p of each label's first token, full vocabulary (not renormalised). Their sum is the label mass. */
  readonly probabilities: readonly number[];
  /** First token of each label as the model tokenizes it at that place. */
  readonly labelTokens: readonly number[];
  /** The most probable next token, as text: shown when the labels have little mass. */
  readonly topToken: string;
  readonly renderedPrompt: string;
  readonly promptTokens: number;
  readonly error: string | null;
  readonly durationMs: number;
  /** True with an error that says so: two labels begin with the same token, for every prompt of these labels. */
  readonly conflict?: boolean | undefined;
  /** What a remote server wrote that gives no probabilities (they are 0 then): a verdict has to be read from this text. */
  readonly reply?: string | undefined;
}

/** llama.cpp's own account of what it allocated, per device ("host" for RAM), bytes. */
export interface MeasuredMemory {
  readonly deviceId: string;
  readonly weightsBytes: number;
  readonly kvBytes: number;
  readonly computeBytes: number;
}

/** What is known after a load: the engine's half of a run's provenance. */
export interface LoadedModel {
  readonly settings: LoadSettings;
  readonly totalLayers: number;
  readonly contextTrained: number;
  readonly chatTemplateSha256: string | null;
  /** False for base models: prompts go as plain text. */
  readonly instruct: boolean;
  readonly versions: { readonly nodeLlamaCpp: string; readonly llamaCpp: string; readonly node: string };
  readonly backend: Backend;
  readonly deviceNames: readonly string[];
  readonly memory: readonly MeasuredMemory[];
  readonly loop: 'own' | 'public';
  /** Whether batches keep a constant shape, so that answers do not depend on their neighbours. */
  readonly shape: 'constant' | 'free';
  readonly loadMs: number;
  readonly pid: number;
  /** What was found by measuring at load, and what it was measured with; absent where the engine tunes nothing. */
  readonly tuned?: { readonly threads: number; readonly workers: number; readonly batch: number } | undefined;
  readonly notes: readonly string[];
}

export interface EngineProgress {
  /** Tokens written (generation) or prompt tokens evaluated (scoring) since load, and the sequences busy now. */
  readonly generatedTokens: number;
  readonly promptTokens: number;
  readonly activeSequences: number;
}

/** How an engine came to its end, once its process is seen to be gone. */
export interface EngineExit {
  readonly code: number | null;
  readonly signal: string | null;
  /** A sentence for people; null after a stop that was asked for. */
  readonly reason: string | null;
}

/**
 * A loaded model. Results come in whatever order they end. Aborting the signal stops soon and ends the iteration
 * without an error; a child that dies ends it with an EngineError. Local, fake and remote engines pass one suite (test/engine/suite.ts).
 */
export interface Engine extends AsyncDisposable {
  readonly model: LoadedModel;
  generate(jobs: AsyncIterable<GenerateJob>, signal: AbortSignal): AsyncIterable<GenerateResult>;
  score(jobs: AsyncIterable<ScoreJob>, signal: AbortSignal): AsyncIterable<ScoreResult>;
  /** Token counts of prompts after the chat template, in order: what the planner sizes the context from. */
  countTokens(prompts: readonly ModelPrompt[]): Promise<number[]>;
  progress(): EngineProgress;
  /** Asks, waits, then kills; resolves when the process is seen gone. Idempotent. */
  stop(): Promise<EngineExit>;
  /** Resolves with how the process ended, whoever ended it. */
  readonly exited: Promise<EngineExit>;
}

export type EngineErrorKind =
  | 'not-a-model'
  | 'unsupported'
  | 'out-of-memory'
  | 'crashed'
  | 'hung'
  | 'protocol'
  | 'cancelled'
  | 'circuit-open'
  | 'network'
  /** A remote server does not accept the key, the model or the request. */
  | 'refused'
  | 'cost-cap';

/** A failure of an engine that a person can act on: `message` is a sentence that says what happened and what to do. */
export class EngineError extends Error {
  readonly kind: EngineErrorKind;
  constructor(kind: EngineErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EngineError';
    this.kind = kind;
  }
}
