/** What a script may rely on: 0 ok, 1 error, 2 bad usage, 100 below --min-accuracy, 130 stopped by Ctrl-C. */
export const EXIT = { ok: 0, error: 1, usage: 2, belowThreshold: 100, interrupted: 130 } as const;

/** Ends a verb with a code of its own after it has said why. */
export class ExitWith extends Error {
  readonly code: number;
  constructor(code: number, message = '') {
    super(message);
    this.name = 'ExitWith';
    this.code = code;
  }
}
