import type { JudgePrompt } from './prompts/judge-prompt.ts';

/** What the workbench is and where it keeps things: the About part of Settings, and what the renderer may offer. */
export interface AppInfo {
  readonly version: string;
  readonly door: 'desktop' | 'serve' | 'cli';
  readonly dataDir: string;
  readonly databasePath: string;
  readonly node: string;
  readonly defaultModelPresent: boolean;
}

/** A prompt that judges: shown in the launch dialog and kept by hash with every judgment. */
export interface JudgePromptInfo {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly sha256: string;
  readonly builtIn: boolean;
  /** Grows with every saved change of what decides a verdict. */
  readonly version: number;
  /** Why the file cannot be used, as a sentence; null when it can. */
  readonly problem: string | null;
}

/** One content that a prompt had. */
export interface PromptVersion {
  readonly version: number;
  readonly sha256: string;
  readonly savedAt: number;
}

export interface JudgePromptDetail {
  readonly prompt: JudgePrompt;
  readonly sha256: string;
  readonly builtIn: boolean;
  /** The newest first, this one among them; none of a prompt that came with Assize. */
  readonly versions: readonly PromptVersion[];
}

/** A judge's prompt as one model reads it. */
export interface PromptReading {
  /** After the model's chat template. */
  readonly text: string;
  readonly tokens: number;
  /** First token of each label where the prompt ends; equal ones cannot be told apart. */
  readonly labelTokens: readonly number[];
  readonly contextTrained: number | null;
  readonly instruct: boolean;
}

/** A written export: one file in the data directory until it is fetched or moved. */
export interface ExportedFile {
  readonly file: string;
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  readonly rows: number;
}
