import { ORPCError } from '@orpc/client';

export interface ErrorSentence {
  readonly text: string;
  /** What to do next, where the workbench knows. */
  readonly fixes: readonly string[];
  /** Under which an unexpected error was logged. */
  readonly correlationId: string | null;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** Any failure as a sentence a person can read. Expected errors bring their own; the rest show the id of the log line. */
export function errorSentence(error: unknown): ErrorSentence {
  if (error instanceof ORPCError) {
    const data: unknown = error.data;
    const fixes = isRecord(data) && Array.isArray(data['fixes']) ? data['fixes'] : [];
    const correlationId = isRecord(data) ? data['correlationId'] : null;
    return {
      text: error.message,
      fixes: fixes.filter((fix): fix is string => typeof fix === 'string'),
      correlationId: typeof correlationId === 'string' ? correlationId : null,
    };
  }
  const text = error instanceof Error && error.message !== '' ? error.message : 'Something went wrong.';
  return { text, fixes: [], correlationId: null };
}

/** Whether a call ended because it was given up on, which nobody needs to be told. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
    ? true
    : error instanceof Error && error.name === 'AbortError';
}
