export type DownloadErrorKind =
  | 'bad-address'
  | 'unreachable'
  | 'not-found'
  | 'not-allowed'
  | 'server'
  | 'interrupted'
  | 'no-space'
  | 'wrong-file'
  | 'busy';

/**
 * A download that failed in a way a person can do something about: `message` is a sentence that says what.
 */
export class DownloadError extends Error {
  readonly kind: DownloadErrorKind;
  /** What the server answered, where it answered. */
  readonly status: number | null;
  constructor(
    kind: DownloadErrorKind,
    message: string,
    options: ErrorOptions & { readonly status?: number } = {},
  ) {
    super(message, options);
    this.name = 'DownloadError';
    this.kind = kind;
    this.status = options.status ?? null;
  }
}

/**
 * The system's code of an error ("ENOSPC", "ECONNREFUSED"), also where fetch wraps it; null when there is
 * none.
 */
export function errorCode(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.cause === undefined ? null : errorCode(error.cause);
}
