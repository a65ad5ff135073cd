import type { ColumnMapping, ImportedRow, RowProblem } from '../../domain/dataset.ts';
import type { Container, FileKind, Shape } from '../../domain/datasets/shapes.ts';

/** How text was encoded; null for Parquet and archives. Everything but UTF-8 is converted while reading. */
export type Encoding = 'UTF-8' | 'UTF-8 BOM' | 'UTF-16 LE' | 'UTF-16 BE' | 'Windows-1252';

/** A column of the records as they will be mapped. Nested fields have dotted names. */
export interface ColumnFacts {
  readonly name: string;
  /** Up to three different values, as text, cut to 200 characters. */
  readonly examples: readonly string[];
  /** In how many of the sampled records it had a value. */
  readonly filled: number;
}

/** A record of the sample, before mapping: what a live remapping is shown on (`mapRecord`). Long texts are cut. */
interface SampleRecord {
  readonly line: number;
  readonly record: Readonly<Record<string, unknown>>;
}

/** What a path was taken for, and what importing it would bring. */
export interface FileInspection {
  readonly path: string;
  readonly name: string;
  /** Bytes on disk; of a folder, of the files found in it. */
  readonly bytes: number;
  /** Null when it is nothing the workbench can use. */
  readonly kind: FileKind | null;
  readonly container: Container | null;
  readonly compression: 'gzip' | null;
  readonly encoding: Encoding | null;
  /** A sentence: what it was taken for, and why. */
  readonly why: string;
  /** Why it cannot be imported, as a sentence; null when it can. */
  readonly problem: string | null;
  /** Sentences worth reading before an import: a converted encoding, filters to choose from, missing gold answers. */
  readonly notices: readonly string[];
  readonly columns: readonly ColumnFacts[];
  readonly mapping: ColumnMapping | null;
  /** The name under which the file's answers are stored; null when it brings none or each record names its own. */
  readonly system: string | null;
  /** lm-eval: the filters seen, the one that is read first. Empty elsewhere. */
  readonly filters: readonly string[];
  /** Over what lies beside the file and is read with it (FastChat's questions and judgments); null where nothing is. */
  readonly besideSha256: string | null;
  /** Other shapes the records could be read as. */
  readonly otherKinds: readonly Shape[];
  /** The first ten rows or problems, as mapped. */
  readonly preview: readonly (ImportedRow | RowProblem)[];
  /** The first ten records before mapping. */
  readonly sample: readonly SampleRecord[];
}

export interface InspectOptions {
  readonly signal?: AbortSignal;
  /** Reads the records as this shape instead of the recognised one. */
  readonly kind?: Shape;
}

export interface ReadOptions {
  /** Null takes the mapping that `inspectFile` guesses. */
  readonly mapping: ColumnMapping | null;
  readonly kind?: Shape;
  readonly signal: AbortSignal;
  /** Bytes of the file as it lies on disk (compressed ones where it is compressed), after each piece. */
  readonly onBytes?: (bytesRead: number, totalBytes: number) => void;
  /** lm-eval: whose rows are read; null or left out takes the first filter of the file. */
  readonly filter?: string | null;
  /** lm-eval: the answer is what the filter extracted, instead of the whole response. */
  readonly filteredAnswers?: boolean;
  /** Overrules the name under which answers are stored. */
  readonly system?: string | null;
}

/** The file cannot be read at all; the message is a sentence for the user. */
export class DatasetFileError extends Error {
  override readonly name = 'DatasetFileError';
}
