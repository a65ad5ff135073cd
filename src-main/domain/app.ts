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
}

/** A written export: one file in the data directory until it is fetched or moved. */
export interface ExportedFile {
  readonly file: string;
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  readonly rows: number;
}
