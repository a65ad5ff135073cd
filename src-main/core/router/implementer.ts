import { implement } from '@orpc/server';
import { contract } from '../../contract/index.ts';
import { EngineError } from '../../engine/engine.ts';
import { StoreError, type StoreErrorKind } from '../../store/api.ts';
import { DatasetFileError } from '../datasets/types.ts';
import { Problem, type ProblemCode } from '../problem.ts';

const STORE_CODES: Readonly<Record<StoreErrorKind, ProblemCode | null>> = {
  'not-owner': 'CONFLICT',
  'in-use': 'CONFLICT',
  'not-found': 'NOT_FOUND',
  'disk-full': 'STORAGE',
  locked: 'STORAGE',
  corrupt: 'STORAGE',
  'read-only': 'STORAGE',
  'from-the-future': 'STORAGE',
  internal: null,
};

/** Expected failures of the rooms below as the contract's; what is not expected stays what it is. */
export function asProblem(error: unknown): unknown {
  if (error instanceof StoreError) {
    const code = STORE_CODES[error.kind];
    return code === null ? error : new Problem(code, error.message);
  }
  if (error instanceof EngineError) return new Problem('ENGINE', error.message);
  if (error instanceof DatasetFileError) return new Problem('REFUSED', error.message);
  return error;
}

export const os = implement(contract).use(async ({ next }) => {
  try {
    return await next();
  } catch (error) {
    throw asProblem(error);
  }
});

/** Streams fail after their handler has returned: the same mapping for what they throw. */
export async function* mapped<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* source;
  } catch (error) {
    throw asProblem(error);
  }
}

/** Calls made in this process without a signal are never aborted. */
export function signalOf(signal: AbortSignal | undefined): AbortSignal {
  return signal ?? new AbortController().signal;
}
