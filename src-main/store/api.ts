import type { LedgerEntry } from '../domain/ledger.ts';
import type { AnalysisCalls } from './api/analysis.ts';
import type { AnswerCalls } from './api/answers.ts';
import type { DatasetCalls } from './api/datasets.ts';
import type { ItemCalls } from './api/items.ts';
import type { JudgeCalls } from './api/judges.ts';
import type { RunCalls } from './api/runs.ts';

export type * from './api/analysis.ts';
export type * from './api/answers.ts';
export type * from './api/datasets.ts';
export type * from './api/items.ts';
export type * from './api/judges.ts';
export type * from './api/runs.ts';

/**
 * Everything that is asked of the database; each call is one transaction in the worker. Writing to a run takes the
 * owner's token (from `runs.claim`) and is refused with StoreError('not-owner') when the run has changed hands.
 */
export interface StoreApi extends DatasetCalls, RunCalls, ItemCalls, AnswerCalls, JudgeCalls, AnalysisCalls {
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
