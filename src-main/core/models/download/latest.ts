/**
 * Runs `work` and yields what it emits: a slow reader gets the newest value only and never holds the work up.
 * The last value is what `work` resolves with; its error is thrown. A reader that leaves aborts the work and
 * waits for its end.
 */
export async function* latest<T>(
  work: (emit: (value: T) => void, signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  const stop = new AbortController();
  let newest: { value: T } | null = null;
  let news = Promise.withResolvers<void>();
  const state = { ended: false };
  const running = work(
    (value) => {
      newest = { value };
      news.resolve();
    },
    AbortSignal.any([signal, stop.signal]),
  );
  const done = running.then(
    () => undefined,
    () => undefined,
  );
  void done.then(() => {
    state.ended = true;
    news.resolve();
  });
  const take = (): { value: T } | null => {
    const taken = newest;
    newest = null;
    return taken;
  };
  try {
    while (!state.ended) {
      await news.promise;
      news = Promise.withResolvers();
      const taken = take();
      if (taken !== null && !state.ended) yield taken.value;
    }
    yield await running;
  } finally {
    stop.abort();
    await done;
  }
}
