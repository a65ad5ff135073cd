import type { ColumnMapping, ImportedRow, RowProblem } from './dataset.ts';

/** What a dropped file was taken for, and what importing it would do: the import page. */
export interface FilePreview {
  /** The grant under which core knows the file; the page never sees a path. */
  readonly file: string;
  readonly name: string;
  readonly bytes: number;
  /** "csv", "jsonl", "lm-eval-samples", "gguf", "folder"…; null when it is nothing we can read. */
  readonly kind: string | null;
  /** A sentence on what it was taken for and why. */
  readonly why: string;
  /** Why it cannot be imported, as a sentence; null when it can. */
  readonly problem: string | null;
  /** Worth reading before an import: a converted encoding, missing gold answers. */
  readonly notices: readonly string[];
  readonly encoding: string | null;
  readonly columns: readonly { readonly name: string; readonly examples: readonly string[] }[];
  readonly mapping: ColumnMapping | null;
  /** lm-eval: the filters whose rows the file has, the one read first; empty elsewhere. */
  readonly filters?: readonly string[];
  /** Under which name the file's answers are kept; null when it brings none or each record names its own. */
  readonly system?: string | null;
  /** Other kinds the user may read it as. */
  readonly otherKinds: readonly string[];
  readonly rows: readonly (ImportedRow | RowProblem)[];
  /** Of a folder: the files in it that could be imported. */
  readonly files: readonly {
    readonly file: string;
    readonly name: string;
    readonly kind: string;
    readonly bytes: number;
  }[];
}

/** Progress of anything long: bytes of a file, tokens of a prompt, rows. */
export interface Progress {
  readonly step: string;
  readonly done: number;
  /** Null when not known. */
  readonly total: number | null;
  readonly etaSeconds: number | null;
}
