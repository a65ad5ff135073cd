/**
 * Lets other work of this process go on: analyses of large runs take seconds, and runs and pages must not wait for them.
 */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Runs a computation that goes in steps, with room for other work after each. */
export async function inSteps<R>(steps: Generator<undefined, R>): Promise<R> {
  for (;;) {
    const next = steps.next();
    if (next.done === true) return next.value;
    await breathe();
  }
}
