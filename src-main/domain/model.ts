/** One tensor of a GGUF header. Dimensions innermost first, as in the file; `type` is ggml's name ("Q4_K", "F32"). */
export interface GgufTensor {
  readonly name: string;
  readonly dimensions: readonly number[];
  readonly type: string;
  /** Offset in the tensor data section of its part, bytes. */
  readonly offset: number;
  /** Which file of a split model, from 0. */
  readonly part: number;
}

/**
 * What a GGUF header says, as plain data: read in the probe child, trusted after that.
 * `metadata` is flat ("llama.block_count": 30) and without the tokenizer's big arrays, whose lengths are kept
 * as "<key>.length".
 */
export interface GgufHeader {
  readonly architecture: string;
  readonly metadata: Readonly<
    Record<string, string | number | boolean | readonly number[] | readonly boolean[]>
  >;
  readonly tensors: readonly GgufTensor[];
  /** Bytes of all parts together. */
  readonly fileBytes: number;
  readonly parts: number;
}

/** Header facts shown in lists and kept with every run. */
export interface ModelFacts {
  readonly name: string | null;
  readonly architecture: string;
  /** Of the file as a whole: "Q4_K_M", "F16", or the most frequent tensor type where the file does not say. */
  readonly quantization: string;
  readonly parameters: number;
  readonly layers: number;
  readonly contextTrained: number | null;
  readonly vocabulary: number;
  readonly hasChatTemplate: boolean;
  readonly chatTemplateSha256: string | null;
  readonly tensorTypes: Readonly<Record<string, number>>;
}

export type ModelSource = 'folder' | 'lm-studio' | 'hugging-face' | 'ollama' | 'llama.cpp' | 'default';

/** A model on disk: one file, or all parts of a split one. */
export interface ModelFile {
  /** Stable for a path: "m_" and the first 16 hex digits of the SHA-256 of the path of the first part. */
  readonly id: string;
  readonly path: string;
  readonly parts: readonly string[];
  readonly name: string;
  readonly source: ModelSource;
  readonly fileBytes: number;
  readonly modifiedAt: number;
  /** Null until hashed in the background; a run waits for it. Of the parts in order when split. */
  readonly sha256: string | null;
  readonly facts: ModelFacts | null;
  /** Why the file cannot be used, as a sentence; null when it can. */
  readonly problem: string | null;
}
