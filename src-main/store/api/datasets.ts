import type {
  ColumnMapping,
  DatasetInfo,
  DatasetRemoval,
  DatasetRow,
  OwnAnswerDetails,
  OwnVerdictDetails,
  Question,
  RowProblem,
} from '../../domain/dataset.ts';
import type { RunOwner } from '../../domain/run.ts';
import type { Verdict } from '../../domain/verdict.ts';
import type { NewJudge } from './judges.ts';

export interface NewRow {
  /** Null takes the next free one. */
  readonly position: number | null;
  readonly line: number;
  readonly rowSha256: string;
  readonly question: Question;
  /** From `sourceOf`: what gives the record back. Left out where it is not known. */
  readonly source?: string;
  readonly answers: readonly NewImportedAnswer[];
  /** The answers belong to the row of the dataset that has this hash; only where there is none a row is added. */
  readonly sameQuestion?: boolean;
}

export interface NewImportedAnswer {
  readonly system: string;
  readonly text: string;
  readonly sampleIndex: number;
  readonly prompt: string | null;
  readonly tokenLogprobs: readonly number[] | null;
  readonly exactMatch: boolean | null;
  readonly f1: number | null;
  readonly contains: boolean | null;
  /** The text speaks to a judge or closes its prompt. */
  readonly injected: boolean;
  readonly judgments: readonly {
    readonly judge: NewJudge;
    readonly verdict: Verdict;
    readonly score: number | null;
    readonly reason: string | null;
    /** Of a judgment that an Assize made elsewhere. */
    readonly details?: OwnVerdictDetails;
  }[];
  /** Of an answer that an Assize made elsewhere. */
  readonly details?: OwnAnswerDetails;
}

/** Imported files: their rows, and the answers and verdicts they bring. */
export interface DatasetCalls {
  'datasets.begin'(d: {
    sha256: string;
    fileSha256: string;
    name: string;
    kind: string;
    sourceName: string;
    mapping: ColumnMapping | null;
    owner: RunOwner;
  }): { datasetId: number; existed: boolean };
  /** Says how many rows were added: fewer than given where some brought answers to rows that are there. */
  'datasets.append'(a: { datasetId: number; rows: readonly NewRow[] }): { added: number };
  'datasets.finish'(a: {
    datasetId: number;
    problems: readonly RowProblem[];
    problemCount: number;
  }): DatasetInfo;
  /**
   * Takes away an import that is not to be kept, or a dataset that is being removed, with everything it brought. The file can be
   * imported again after the first call; at most `limit` rows go a call, until `left` is false: of a million they take a minute, for
   * which nothing else is to wait.
   */
  'datasets.abandon'(a: { datasetId: number; limit: number }): { left: boolean };
  /** Unfinished imports and removals, and whose they are: core abandons those whose owner is gone. */
  'datasets.unfinished'(): { datasetId: number; owner: RunOwner }[];
  /** Datasets whose rows are being taken away, by whoever: those that are left. */
  'datasets.removals'(): DatasetRemoval[];
  'datasets.list'(): DatasetInfo[];
  /** By id, name, or a prefix (8 or more hex digits) of its sha256; null when there is none. */
  'datasets.get'(a: { dataset: string | number }): DatasetInfo | null;
  'datasets.rows'(a: {
    datasetId: number;
    after: number | null;
    limit: number;
    text: string | null;
  }): DatasetRow[];
  'datasets.sample'(a: {
    datasetId: number;
    limit: number;
    seed: number;
    excludeRowId: number | null;
    /** Only rows that have a gold answer: what examples in a prompt need. */
    withGold?: boolean;
  }): DatasetRow[];
  /**
   * Takes the dataset out of every list for good; its rows are then taken away by `datasets.abandon`. Refused with
   * StoreError('in-use') when runs were made of it.
   */
  'datasets.remove'(a: { datasetId: number; owner: RunOwner }): void;
}
