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
      text: refused(data) ?? error.message,
      fixes: fixes.filter((fix): fix is string => typeof fix === 'string'),
      correlationId: typeof correlationId === 'string' ? correlationId : null,
    };
  }
  const text = error instanceof Error && error.message !== '' ? error.message : 'Something went wrong.';
  return { text, fixes: [], correlationId: null };
}

/** What a schema did not take: "author: Too small". The library's own sentence names neither. */
function refused(data: unknown): string | null {
  if (!isRecord(data) || !Array.isArray(data['issues'])) return null;
  const issues = data['issues'].filter(isRecord).map(({ path, message }) => {
    const where = Array.isArray(path) ? path.map(String).join('.') : '';
    return where === '' ? String(message) : `${where}: ${String(message)}`;
  });
  return issues.length === 0 ? null : `Something here is not what it can be. ${issues.join('; ')}.`;
}

/** Whether a call ended because it was given up on, which nobody needs to be told. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
    ? true
    : error instanceof Error && error.name === 'AbortError';
}
