/** Collects items and hands them to `flush` in one piece: when `maxItems` are there, or `maxMs` after the first. Flushes never overlap. */
export interface Batcher<T> {
  /** Resolves at once, or, when the flushes are behind by more than two batches, when they have caught up. Throws what a flush threw. */
  add(item: T): Promise<void>;
  /** Flushes what is there and waits for all of it. Throws what a flush threw. */
  drain(): Promise<void>;
}

export function createBatcher<T>(options: {
  readonly maxItems: number;
  readonly maxMs: number;
  readonly flush: (items: readonly T[]) => Promise<void>;
}): Batcher<T> {
  let items: T[] = [];
  let timer: NodeJS.Timeout | null = null;
  let queue: Promise<void> = Promise.resolve();
  let failure: { readonly error: unknown } | null = null;

  const send = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (items.length === 0) return;
    const batch = items;
    items = [];
    queue = queue
      .then(() => (failure === null ? options.flush(batch) : undefined))
      .catch((error: unknown) => {
        failure ??= { error };
      });
  };
  const settle = async (): Promise<void> => {
    await queue;
    if (failure !== null) throw failure.error;
  };
  return {
    async add(item) {
      if (failure !== null) throw failure.error;
      items.push(item);
      if (items.length >= options.maxItems) {
        send();
        await settle();
      } else {
        timer ??= setTimeout(send, options.maxMs);
      }
    },
    async drain() {
      send();
      await settle();
    },
  };
}
