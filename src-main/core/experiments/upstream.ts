/** Where a judge's answers come from while it works: a generator of the same run that is loaded beside it. */
export interface Upstream {
  /** Whether no more answers come. */
  isOver(): boolean;
  /** Resolves when there may be more answers than before, or no more come. Rejects with the signal's reason. */
  more(signal: AbortSignal): Promise<void>;
  end(): void;
}

/** Answers are committed every 50 ms; a judge that takes them in larger helpings spends less on looking. */
const HELPING_MS = 400;

export function createUpstream(): Upstream {
  const over = new AbortController();
  return {
    isOver: () => over.signal.aborted,
    end: () => over.abort(),
    more: (signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const stop = AbortSignal.any([over.signal, signal, AbortSignal.timeout(HELPING_MS)]);
        const wake = (): void => (signal.aborted ? reject(signal.reason) : resolve());
        if (stop.aborted) wake();
        else stop.addEventListener('abort', wake, { once: true });
      }),
  };
}
