import { EngineError } from '../engine.ts';
import { fatalError } from './caller.ts';
import { RemoteFailure } from './failure.ts';
import { NoReply } from './http.ts';

/** Requests in a row that all failed for the server's sake, each tried as often as it was worth: then it is down. */
const FAILURES_IN_A_ROW = 3;

export interface StreamOptions<J, R> {
  readonly jobs: AsyncIterable<J>;
  readonly signal: AbortSignal;
  readonly limit: number;
  /** One job's result. Throws what Caller.complete throws. */
  readonly work: (job: J, signal: AbortSignal) => Promise<R>;
  /** The result of a job that could not be done, with the sentence that says why. */
  readonly failed: (job: J, sentence: string) => R;
}

/**
 * Works on up to `limit` jobs at a time and gives results as they come; a job is taken from the source when there is room
 * for it. Ends early, without an error, on abort. Ends with an EngineError when the cap is reached (what is under way is
 * paid for and still given), the server refuses all requests, or is down.
 */
export async function* runJobs<J, R>(options: StreamOptions<J, R>): AsyncGenerator<R, void, undefined> {
  if (options.signal.aborted) return;
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  options.signal.addEventListener('abort', abort, { once: true });
  const source = options.jobs[Symbol.asyncIterator]();
  const outcomes: { readonly result: R }[] = [];
  let wake = (): void => undefined;
  const underWay = new Set<Promise<void>>();
  let ended = false;
  const failures: unknown[] = [];
  let inARow = 0;

  const fail = (error: unknown): void => {
    failures.push(error);
    ended = true;
    // Those under way are paid for already when the cap is what ends it.
    if (!(error instanceof EngineError && error.kind === 'cost-cap')) stop.abort();
    wake();
  };
  const run = async (job: J): Promise<void> => {
    try {
      outcomes.push({ result: await options.work(job, stop.signal) });
      inARow = 0;
    } catch (error) {
      if (error instanceof NoReply) return;
      if (!(error instanceof RemoteFailure) || error.fatal !== null) {
        fail(fatalError(error));
        return;
      }
      if (error.infrastructure) inARow += 1;
      if (inARow >= FAILURES_IN_A_ROW) {
        fail(
          new EngineError(
            'network',
            `Stopped: ${FAILURES_IN_A_ROW} requests in a row failed. ${error.message}`,
            { cause: error },
          ),
        );
        return;
      }
      outcomes.push({ result: options.failed(job, error.message) });
    }
  };
  const pump = async (): Promise<void> => {
    try {
      while (!ended && !stop.signal.aborted) {
        if (underWay.size + outcomes.length >= options.limit) {
          await new Promise<void>((resolve) => {
            room = resolve;
          });
          continue;
        }
        const next = await source.next();
        if (next.done === true || ended || stop.signal.aborted) break;
        const working = run(next.value).finally(() => {
          underWay.delete(working);
          wake();
          room();
        });
        underWay.add(working);
      }
    } catch (error) {
      fail(error);
    }
    ended = true;
    wake();
  };
  let room = (): void => undefined;
  stop.signal.addEventListener('abort', () => {
    room();
    wake();
  });
  void pump();
  try {
    for (;;) {
      const outcome = outcomes.shift();
      if (outcome !== undefined) {
        room();
        yield outcome.result;
        continue;
      }
      if (options.signal.aborted || (ended && underWay.size === 0)) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (options.signal.aborted) return;
    if (failures.length > 0) throw failures[0];
  } finally {
    stop.abort();
    options.signal.removeEventListener('abort', abort);
    await Promise.allSettled(underWay);
    void source.return?.().then(undefined, () => undefined);
  }
}
