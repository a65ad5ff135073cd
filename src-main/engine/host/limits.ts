/** Starting Node and importing the binding takes half a second; a machine that swaps may take long. */
const HELLO_MS = 30_000;
/** A child beats every second, also while it loads; silence for this long is a hung process. */
const SILENCE_MS = 30_000;
/** A single decode of a very large model on a slow disk may take minutes; ten are a hang. */
const STEP_MS = 600_000;

export interface Limits {
  readonly helloMs: number;
  readonly silenceMs: number;
  readonly stepMs: number;
  /** How long a cancelled stream may take to finish its step before the child is killed. */
  readonly cancelMs: number;
}
export const DEFAULT_LIMITS: Limits = {
  helloMs: HELLO_MS,
  silenceMs: SILENCE_MS,
  stepMs: STEP_MS,
  cancelMs: 3000,
};
