import type { Label, LabelQueue, LabelState, QueueOrder } from '../domain/analysis/labelling.ts';
import type { AnswerMatrix, TokenLogprobs } from '../domain/analysis/matrix.ts';
import type { AnswerDetail, AnswerListItem, AnswerPage, AnswerQuery, Judgment } from '../domain/answer.ts';
import type {
  ColumnMapping,
  DatasetInfo,
  DatasetRemoval,
  DatasetRow,
  OwnAnswerDetails,
  OwnEntailment,
  OwnRelevances,
  OwnVerdictDetails,
  Question,
  RowProblem,
} from '../domain/dataset.ts';
import type { Experiment } from '../domain/experiment.ts';
import type { LedgerEntry } from '../domain/ledger.ts';
import type { Plan, PlanPhase } from '../domain/plan.ts';
import type {
  JudgeInfo,
  MeasuredPhase,
  MemorySample,
  PhaseState,
  Run,
  RunCounts,
  RunEvent,
  RunLive,
  RunOwner,
  RunPhase,
  RunStatus,
  RunSummary,
} from '../domain/run.ts';
import type { LabelOrder, Verdict, VerdictMode } from '../domain/verdict.ts';

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

/** An answer as an export walks it: with the record its row was read from, null where that was not kept. */
export interface ExportedAnswer extends AnswerDetail {
  /** Which of the dataset's rows with this content, from 1. */
  readonly occurrence: number;
  readonly record: Readonly<Record<string, unknown>> | null;
  readonly judgments: readonly ExportedJudgment[];
  /** Only where tokens were asked for. */
  readonly relevances: readonly OwnRelevances[];
  readonly entailments: readonly OwnEntailment[];
}

export interface ExportedJudgment extends Judgment {
  /** What an imported judge gave, on its own scale. */
  readonly score: number | null;
}

/** A judge by content; found or made by its sha256. */
export type NewJudge = Omit<JudgeInfo, 'id'>;

/** Identity of an answer made here: unique together with the row. */
export interface AnswerKey {
  readonly promptSha256: string;
  readonly modelSha256: string;
  readonly decodingSha256: string;
  readonly sampleIndex: number;
  readonly seed: number;
}

export interface NewAnswer extends AnswerKey {
  readonly position: number;
  readonly rowId: number;
  readonly system: string;
  readonly text: string;
  readonly reasoning: string | null;
  readonly renderedPrompt: string;
  readonly promptTokens: number;
  readonly tokenIds: Int32Array;
  readonly logprobs: Float32Array;
  readonly tokenTexts: readonly string[];
  /** Where a server counts tokens but does not tell them one by one. */
  readonly tokenCount?: number | undefined;
  readonly reasoningTokens: number;
  readonly eogLogprob: number | null;
  readonly finishReason: string;
  readonly durationMs: number;
  readonly exactMatch: boolean | null;
  readonly f1: number | null;
  readonly contains: boolean | null;
  /** The text speaks to a judge or closes its prompt. */
  readonly injected: boolean;
}

export interface NewJudgment {
  readonly answerId: number;
  readonly judgeId: number;
  readonly repeat: number;
  readonly verdict: Verdict;
  readonly pCorrect: number | null;
  readonly labelMass: number | null;
  readonly raw: string | null;
  readonly reason: string | null;
  readonly note: string | null;
  readonly renderedPrompt: string | null;
  readonly labelOrder: LabelOrder | null;
  readonly mode: VerdictMode;
  readonly durationMs: number | null;
  readonly error: string | null;
}

/** A wanted answer: a question of a run that has none yet. */
export interface PendingAnswer {
  readonly position: number;
  readonly sampleIndex: number;
  readonly row: DatasetRow;
}

/** An answer that a judge of the run has not judged yet. */
export interface PendingJudgment {
  readonly position: number;
  readonly answerId: number;
  readonly row: DatasetRow;
  readonly answer: string;
  readonly imported: boolean;
}

/** An answer with its question, whole. */
export interface StoredText {
  readonly position: number;
  readonly answerId: number;
  readonly rowId: number;
  readonly system: string;
  readonly answer: string;
  readonly question: Question;
}

/** Whether one sample of a question implies another, by a model; null when its reply could not be read. */
export interface StoredEntailment {
  readonly judgeId: number;
  readonly judgeName: string;
  readonly firstId: number;
  readonly secondId: number;
  readonly pEntails: number | null;
}

/** An answer's own tokens as text, with its question. */
export interface StoredTokens {
  readonly position: number;
  readonly answerId: number;
  readonly question: Question;
  readonly texts: readonly string[];
}

/** How much each own token of an answer matters, in [0, 1], by a model; NaN where its reply could not be read. */
export interface StoredRelevance {
  readonly judgeId: number;
  readonly judgeName: string;
  readonly answerId: number;
  readonly relevances: Float32Array;
}

export interface NewRun {
  readonly name: string;
  readonly experiment: Experiment;
  readonly plan: Plan | null;
  readonly datasetId: number;
  readonly phases: readonly {
    readonly role: 'generate' | 'judge';
    readonly modelName: string;
    readonly judge: NewJudge | null;
    readonly plan: PlanPhase | null;
  }[];
  /** Which questions: the first `limit` in the order of `seed` (0 keeps the file's order), each `samples` times. */
  readonly selection:
    | {
        readonly kind: 'questions';
        readonly limit: number | null;
        readonly seed: number;
        readonly samples: number;
      }
    /** Stored answers: all of another run, or those that a system's name brought with the dataset. */
    | { readonly kind: 'answers-of-run'; readonly runId: number; readonly limit: number | null }
    | {
        readonly kind: 'imported-answers';
        readonly system: string | null;
        readonly limit: number | null;
        readonly seed: number;
      };
  /**
   * 0 shares answers and judgments made before under the same key; n > 0 asks for the n-th repeat. Filled in when the
   * run is made from `again`.
   */
  readonly again: boolean;
}

export interface PhasePatch {
  readonly state?: PhaseState;
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly loadMs?: number;
  readonly plan?: PlanPhase;
  readonly measured?: MeasuredPhase;
  readonly provenance?: Record<string, unknown>;
  readonly error?: string | null;
  /** Added to what is there: a phase may be resumed. */
  readonly addTokens?: number;
  readonly addBusyMs?: number;
}

/**
 * Everything that is asked of the database; each call is one transaction in the worker. Writing to a run takes the
 * owner's token (from `runs.claim`) and is refused with StoreError('not-owner') when the run has changed hands.
 */
export interface StoreApi {
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

  'runs.create'(a: NewRun): number;
  'runs.list'(a: { limit: number; before: number | null }): RunSummary[];
  'runs.get'(a: { runId: number }): Run | null;
  /**
   * Takes the run when nobody has it or `expected` still does. Null when someone else was faster.
   * The token goes with every write.
   */
  'runs.claim'(a: { runId: number; owner: RunOwner; expected: RunOwner | null }): { token: number } | null;
  /** Also says whether someone asked to cancel, and for what newest time. */
  'runs.heartbeat'(a: { runId: number; token: number; live: RunLive }): { cancelRequested: boolean };
  'runs.requestCancel'(a: { runId: number }): void;
  'runs.setStatus'(a: { runId: number; token: number; status: RunStatus }): void;
  /** Names the judge of a phase once its model's hash is known (phases may be made without); makes the judge when it is new. */
  'runs.setPhaseJudge'(a: { runId: number; token: number; seq: number; judge: NewJudge }): {
    judgeId: number;
    repeat: number;
  };
  /** Ends ownership with the run's new status. */
  'runs.release'(a: { runId: number; token: number; status: RunStatus; error: string | null }): void;
  /** Runs that somebody owns or owned when it died: status queued, running or cancelling. */
  'runs.owned'(): { runId: number; owner: RunOwner; heartbeatAt: number }[];
  /** For runs whose owner is provably gone: status interrupted, ownership ended. False when `expected` no longer has it. */
  'runs.markInterrupted'(a: { runId: number; expected: RunOwner }): boolean;
  'runs.patchPhase'(a: { runId: number; token: number; seq: number; patch: PhasePatch }): void;
  'runs.addEvents'(a: { runId: number; token: number; events: readonly Omit<RunEvent, 'seq'>[] }): void;
  'runs.events'(a: { runId: number; afterSeq: number; limit: number }): RunEvent[];
  'runs.addMemory'(a: { runId: number; token: number; samples: readonly MemorySample[] }): void;
  'runs.memory'(a: { runId: number }): MemorySample[];
  'runs.counts'(a: { runId: number }): RunCounts;
  'runs.remove'(a: { runId: number }): void;

  'runs.pendingAnswers'(a: { runId: number; after: number; limit: number }): PendingAnswer[];
  /** Links answers that exist already under the same key (another run, or before a kill) and says which positions they filled. */
  'runs.reuseAnswers'(a: {
    runId: number;
    token: number;
    seq: number;
    keys: readonly (AnswerKey & { position: number; rowId: number })[];
  }): number[];
  /** With `unsettledBy`, only answers on which these judges do not all have one and the same verdict that could be read. */
  'runs.pendingJudgments'(a: {
    runId: number;
    judgeId: number;
    after: number;
    limit: number;
    /** The phase's, where a run asks one judge more than once; otherwise the highest of its phases. */
    repeat?: number;
    unsettledBy?: readonly number[];
  }): PendingJudgment[];
  'runs.putAnswers'(a: {
    runId: number;
    token: number;
    seq: number;
    answers: readonly NewAnswer[];
  }): number[];
  'runs.putJudgments'(a: {
    runId: number;
    token: number;
    seq: number;
    judgments: readonly NewJudgment[];
  }): void;
  /** Rows that could not be done, with the reason; a resume tries them again. */
  'runs.putFailures'(a: {
    runId: number;
    token: number;
    seq: number;
    failures: readonly { position: number; reason: string }[];
  }): void;

  'answers.page'(a: AnswerQuery): AnswerPage;
  /** Exact up to `cap`, and no further: counting a million matches would make a filter slow. */
  'answers.count'(a: { query: AnswerQuery; cap: number }): { count: number; capped: boolean };
  /** List items at positions, in their order; those that are not there are left out. */
  'answers.at'(a: { runId: number; positions: readonly number[] }): AnswerListItem[];
  'answers.get'(a: { runId: number; position: number }): AnswerDetail | null;
  /** In run order, whole texts and judgments: what an export walks. */
  'answers.export'(a: { runId: number; after: number; limit: number; tokens: boolean }): ExportedAnswer[];

  'judges.list'(a: { runId: number | null }): JudgeInfo[];
  'judges.ensure'(a: NewJudge): number;
  /** A person's verdict: a new row each time; the newest of an author counts. */
  'judgments.addHuman'(a: {
    answerId: number;
    judgeId: number;
    verdict: Verdict;
    note: string | null;
  }): Judgment;

  /** Verdicts of rules, which belong to no run; those that are there already stay. */
  'judgments.addRule'(a: { judgments: readonly (NewJudgment & { readonly score: number | null })[] }): void;

  /** A person's queue over the run's answers as they are now; found or made. */
  'labels.begin'(a: {
    runId: number;
    judgeId: number;
    order: QueueOrder;
    sortJudgeId: number | null;
    seed: number;
  }): LabelState;
  'labels.queues'(a: { runId: number }): LabelQueue[];
  'labels.state'(a: { queueId: number }): LabelState;
  /** A new judgment of the queue's person; gives the next answer. */
  'labels.put'(a: { queueId: number; answerId: number; verdict: Label; note: string | null }): LabelState;
  /** Takes the queue's newest label back by another judgment; its answer comes next again. */
  'labels.undo'(a: { queueId: number }): LabelState;

  /** Questions and whole answers, in run order after a position. */
  'analysis.texts'(a: { runId: number; after: number; limit: number }): StoredText[];
  /** What models said of which of a run's answers implies which. */
  'entailments.list'(a: { runId: number }): StoredEntailment[];
  /** Pairs that are there already stay. */
  'entailments.put'(a: {
    judgeId: number;
    pairs: readonly Omit<StoredEntailment & { labelMass: number | null }, 'judgeId' | 'judgeName'>[];
  }): void;

  /** Answers that were kept token by token, in run order after a position. */
  'analysis.tokens'(a: { runId: number; after: number; limit: number }): StoredTokens[];
  /** What models said of how much each token of a run's answers matters. */
  'relevances.list'(a: { runId: number }): StoredRelevance[];
  /** Answers that have relevances by this judge keep them. */
  'relevances.put'(a: {
    judgeId: number;
    answers: readonly Pick<StoredRelevance, 'answerId' | 'relevances'>[];
  }): void;

  /** Changes whenever the run's answers, or any judgments, do; null when the run is gone. */
  'analysis.stamp'(a: { runId: number }): string | null;
  /** Answers and verdicts as columns: about 120 bytes an answer and 17 a verdict. */
  'analysis.matrix'(a: { runId: number }): AnswerMatrix;
  /**
   * Of each judge that has worked, the phase that made most of its verdicts on this run's answers: `made` of them, and `judged`
   * verdicts in all. It may be of another run: verdicts are not made twice.
   */
  'analysis.judgePhases'(a: { runId: number; judgeIds: readonly number[] }): {
    readonly judgeId: number;
    readonly runId: number;
    readonly phase: RunPhase;
    readonly made: number;
    readonly judged: number;
  }[];
  /** In the order of the matrix. */
  'analysis.logprobs'(a: { runId: number }): TokenLogprobs;

  /** Cache by path, size and mtime: headers, facts, hashes. Keys are the caller's. */
  'cache.get'(a: { key: string }): string | null;
  'cache.put'(a: { key: string; value: string }): void;

  /** What a load was planned to take and took. */
  'ledger.add'(a: Omit<LedgerEntry, 'id'>): void;
  /** The newest first; `before` is the id of the last one of the page before. */
  'ledger.list'(a: { before: number | null; limit: number }): LedgerEntry[];
}

export type StoreMethod = keyof StoreApi;
export type StoreArgs<M extends StoreMethod> = Parameters<StoreApi[M]>[0];
export type StoreResult<M extends StoreMethod> = ReturnType<StoreApi[M]>;

export type StoreErrorKind =
  | 'not-owner'
  | 'in-use'
  | 'not-found'
  | 'disk-full'
  | 'locked'
  | 'corrupt'
  | 'read-only'
  | 'from-the-future'
  | 'internal';

/** A failure of the database as a sentence a person can act on. */
export class StoreError extends Error {
  readonly kind: StoreErrorKind;
  constructor(kind: StoreErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.kind = kind;
  }
}

/** The store as core sees it: every method a promise. */
export interface Store extends AsyncDisposable {
  call<M extends StoreMethod>(method: M, ...args: Parameters<StoreApi[M]>): Promise<StoreResult<M>>;
  readonly path: string;
}
