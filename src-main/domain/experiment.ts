import type { Decoding } from './decoding.ts';
import type { LoadSettings } from './plan.ts';
import type { LabelOrder, VerdictMode } from './verdict.ts';
import type { TextPolicy } from './verdicts/text.ts';

/** A model behind an OpenAI-compatible server: vLLM, SGLang, llama-server, Ollama, LM Studio, OpenAI and others. */
export interface ApiChoice {
  /** Without "/chat/completions": "http://localhost:8000/v1". No key, no user name, no query. */
  readonly baseUrl: string;
  /** Further servers that hold the same model; the work is shared among all. */
  readonly alsoAt: readonly string[];
  readonly model: string;
  /** Name of the environment variable that holds the key; null where none is needed. Never the key. */
  readonly apiKeyEnv: string | null;
  /** chat: turns through the server's template. completions: text as it is, for base models. */
  readonly style: 'chat' | 'completions';
  /** Requests at a time, for each server. */
  readonly concurrency: number;
  readonly timeoutSeconds: number;
  /** How often one request is tried in all. */
  readonly tries: number;
  /** USD per million tokens read and written; null when nothing is to be paid, or not known. */
  readonly inputUsdPerMillion: number | null;
  readonly outputUsdPerMillion: number | null;
  /** The phase stops before it costs more. */
  readonly maxCostUsd: number | null;
}

/** A model named so that a file can travel: a path, an "hf:" URI, or a file name looked up in the models folders. */
export interface ModelChoice {
  readonly model: string;
  readonly gpuLayers: number | 'auto';
  readonly context: number | 'auto';
  readonly sequences: number | 'auto';
  /** Ids or names of GPUs; "auto" for all real cards of the best backend, none for the CPU alone. */
  readonly devices: readonly string[] | 'auto';
  /** Type of the KV cache, f16 unless given: smaller ones are experimental and may change answers. */
  readonly kvType?: LoadSettings['kvType'];
  /** Prompt tokens that are read at a time, the planner's usual number unless given: fewer take less memory and more time. */
  readonly batch?: number;
  /** In place of a local model; `model` then repeats its name, and how it would be loaded means nothing. */
  readonly api?: ApiChoice;
}

export interface PromptChoice {
  readonly style: 'short' | 'long';
  /** Examples put before the question, drawn by seed from the same dataset, never the question itself. */
  readonly fewShot: number;
  readonly useContext: boolean;
  /** The user's own instruction instead of the style's. */
  readonly instruction: string | null;
}

export interface JudgeChoice extends ModelChoice {
  /** Id of a prompt in resources/prompts or of the user's own. */
  readonly prompt: string;
  readonly mode: VerdictMode;
  readonly labelOrder: LabelOrder;
  /** Judges every answer a second time with the labels in the other order. */
  readonly swap?: boolean;
  /** What "partially correct" counts as where a verdict is read from words; strict unless given. */
  readonly policy?: TextPolicy;
  /** Longest reply in mode reason, tokens; DEFAULT_REASON_TOKENS unless given. */
  readonly maxTokens?: number;
  /**
   * Positions (from 0) of earlier judges in the list: this one judges only answers on which these do not agree. A
   * judge that was swapped counts with both of its orders.
   */
  readonly cascadeOf?: readonly number[];
}

/**
 * How the verdicts of a run's judges make one. A judge that was swapped votes with both of its orders. A cascade is the
 * judges that saw every answer where they agree, else the majority with those that were asked then.
 */
export interface PanelChoice {
  readonly kind: 'majority' | 'weighted' | 'cascade';
  /** For weighted, one a judge; null: each judge's κ against the people who labelled, equal ones until somebody has. */
  readonly weights: readonly number[] | null;
}

/** Three sentences and a verdict, with room for models that cannot be brief. */
export const DEFAULT_REASON_TOKENS = 512;

/** experiment.yaml, parsed: what the workbench's launch dialog writes and reads, and `assize run` takes. */
export interface Experiment {
  readonly name: string;
  /** Name, id or path of a dataset; a path is imported first. */
  readonly dataset: string;
  /** First N questions in the order of `seed`; null for all. */
  readonly limit: number | null;
  readonly seed: number;
  /** Null when stored answers are judged. */
  readonly generator: ModelChoice | null;
  readonly prompt: PromptChoice;
  readonly decoding: Decoding;
  /** Answers per question. */
  readonly samples: number;
  readonly judges: readonly JudgeChoice[];
  /**
   * together: the generator and the judges of every answer are loaded at once, on different cards where there is room,
   * and answers are judged as they come. Left out: one model after the other.
   */
  readonly schedule?: 'sequential' | 'together';
  /** Left out: each judge stands for itself. */
  readonly panel?: PanelChoice;
}
