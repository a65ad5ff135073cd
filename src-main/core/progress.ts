import type { Progress } from '../domain/import.ts';

/**
 * Turns a task that reports by callback into a stream of progress with an ETA, at most ten readings a second; the last one always
 * comes. Ends when the task ends, throws what it throws; leaving the stream aborts the task.
 */
export async function* withProgress<R>(
  signal: AbortSignal,
  task: (signal: AbortSignal, report: (progress: Omit<Progress, 'etaSeconds'>) => void) => Promise<R>,
): AsyncGenerator<Progress, R> {
  const controller = new AbortController();
  const both = AbortSignal.any([signal, controller.signal]);
  const started = Date.now();
  let latest: Progress | null = null;
  let wake = (): void => undefined;
  let settled = false;
  const running = task(both, (progress) => {
    latest = { ...progress, etaSeconds: eta(progress, started) };
    wake();
  }).finally(() => {
    settled = true;
    wake();
  });
  running.catch(() => undefined);
  try {
    while (!settled) {
      const next = takeLatest();
      if (next !== null) yield next;
      await waitOrWake(next === null ? null : READINGS_MS);
    }
    const last = takeLatest();
    if (last !== null) yield last;
    return await running;
  } finally {
    controller.abort();
  }

  function takeLatest(): Progress | null {
    const taken = latest;
    latest = null;
    return taken;
  }
  /** After a reading: a pause, so that a fast task does not flood. Otherwise until there is one. */
  function waitOrWake(ms: number | null): Promise<void> {
    return new Promise((resolve) => {
      if (settled) resolve();
      else if (ms !== null) setTimeout(resolve, ms);
      else if (latest !== null) resolve();
      else wake = resolve;
    });
  }
}

const READINGS_MS = 100;

function eta(
  { done, total }: { readonly done: number; readonly total: number | null },
  started: number,
): number | null {
  const seconds = (Date.now() - started) / 1000;
  if (total === null || done <= 0 || seconds < 0.5) return null;
  return Math.max(0, ((total - done) * seconds) / done);
}
