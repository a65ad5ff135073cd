import type { Decoding } from './decoding.ts';
import type { LabelOrder, VerdictMode } from './verdict.ts';

/** A model named so that a file can travel: a path, an "hf:" URI, or a file name looked up in the models folders. */
export interface ModelChoice {
  readonly model: string;
  readonly gpuLayers: number | 'auto';
  readonly context: number | 'auto';
  readonly sequences: number | 'auto';
  /** Ids or names of GPUs; "auto" for all real cards of the best backend, none for the CPU alone. */
  readonly devices: readonly string[] | 'auto';
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
}

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
}
