import type { Run, RunStatus } from '../../domain/run.ts';
import type { Store } from '../../store/api.ts';
import { Problem } from '../problem.ts';

/** Fast enough to look live, slow enough to cost nothing: counters are kept, not counted. */
const LOOK_MS = 300;
const FINAL: ReadonlySet<RunStatus> = new Set(['cancelled', 'interrupted', 'failed', 'done']);

/**
 * The run whenever it changed, whichever process works on it; the first at once. Ends after the state that ends the run, or
 * when the signal is aborted.
 */
export async function* watchRun(
  store: Store,
  runId: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Run> {
  let last = '';
  while (signal?.aborted !== true) {
    const run = await store.call('runs.get', { runId });
    if (run === null) throw new Problem('NOT_FOUND', `There is no run ${runId}.`);
    const text = JSON.stringify(run);
    if (text !== last) {
      last = text;
      yield run;
    }
    if (FINAL.has(run.status)) return;
    await pause(LOOK_MS, signal);
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
