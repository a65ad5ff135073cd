/** Collects items and hands them to `flush` in one piece: when `maxItems` are there, or `maxMs` after the first. Flushes never overlap. */
export interface Batcher<T> {
  /** Resolves at once, or, when more than two batches wait to be flushed, when the first of them is. Throws what a flush threw. */
  add(item: T): Promise<void>;
  /** Flushes what is there and waits for all of it. Throws what a flush threw. */
  drain(): Promise<void>;
}

const MOST_BEHIND = 2;

/** After a flush has failed, every later add and drain throws the same error. */
export function createBatcher<T>(options: {
  readonly maxItems: number;
  readonly maxMs: number;
  readonly flush: (items: readonly T[]) => Promise<void>;
}): Batcher<T> {
  let items: T[] = [];
  let timer: NodeJS.Timeout | null = null;
  let queue: Promise<void> = Promise.resolve();
  /** Batches given to `flush`, in their order, each until it is done. */
  const behind: Promise<void>[] = [];
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
      })
      .finally(() => {
        void behind.shift();
      });
    behind.push(queue);
  };
  const settle = async (until: Promise<void> | undefined): Promise<void> => {
    await until;
    if (failure !== null) throw failure.error;
  };
  return {
    async add(item) {
      if (failure !== null) throw failure.error;
      items.push(item);
      if (items.length >= options.maxItems) {
        send();
        // While one batch is written the next is collected; only whoever is further ahead waits.
        if (behind.length > MOST_BEHIND) await settle(behind[0]);
      } else {
        timer ??= setTimeout(send, options.maxMs);
      }
    },
    async drain() {
      send();
      await settle(queue);
    },
  };
}
