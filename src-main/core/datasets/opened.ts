import type { FileRecord } from '../../domain/datasets/fields.ts';
import type { Container } from '../../domain/datasets/shapes.ts';
import type { Compression } from './byte-stream.ts';
import type { CsvDialect } from './csv-scan.ts';
import type { RecordLayout } from './json-outline.ts';
import type { Encoding } from './types.ts';

/** How a file is to be read: everything its content says about its container. */
export interface OpenedDataset {
  readonly path: string;
  readonly bytes: number;
  readonly container: Container;
  readonly compression: Compression;
  readonly encoding: Encoding | null;
  readonly dialect: CsvDialect | null;
  readonly layout: RecordLayout | null;
  /** Column names of the tables that are read out of a text in Markdown. */
  readonly table: readonly string[] | null;
  /** What stands around the records: an Inspect log's header. Empty elsewhere. */
  readonly header: FileRecord;
}

/** A path that is no dataset: why, as sentences, and whether it is something else the workbench knows. */
export interface NotADataset {
  readonly path: string;
  readonly bytes: number;
  readonly kind: 'gguf' | 'folder' | null;
  readonly what: string;
  readonly problem: string;
}

export type Opened =
  | { readonly ok: true; readonly dataset: OpenedDataset }
  | { readonly ok: false; readonly other: NotADataset };

export interface ReadProgress {
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: ((bytesRead: number, totalBytes: number) => void) | undefined;
}

/** Says why a path is no dataset. */
export type Refuse = (what: string, problem: string, kind?: NotADataset['kind']) => Opened;
