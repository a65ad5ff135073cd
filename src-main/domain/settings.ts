/** What a user may set; kept as one JSON file in the data directory. */
export interface Settings {
  readonly modelFolders: readonly string[];
  /** Kept free on each card when planning, bytes. */
  readonly vramReserveBytes: number;
  readonly ramReserveBytes: number;
  readonly theme: 'system' | 'light' | 'dark';
  /** Written under judgments and labels that a person makes. */
  readonly author: string;
}

export const DEFAULT_SETTINGS: Settings = {
  modelFolders: [],
  vramReserveBytes: 512 * 1024 * 1024,
  ramReserveBytes: 1024 * 1024 * 1024,
  theme: 'system',
  author: 'me',
};
