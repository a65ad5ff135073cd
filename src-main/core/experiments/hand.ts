/**
 * What the engine has in hand: items given to it and not yet committed. Items under suspicion (in hand when a child died before it
 * finished anything) are handed over one at a time, so that the next crash names the one to blame.
 */
export interface Hand {
  /** Resolves when the item may be handed over, and counts it as in hand. False when it was given up: skip it. */
  take(position: number): Promise<boolean>;
  finished(position: number, tokens: number): void;
  /** No longer in hand, and not done: it will be handed over anew. */
  letGo(position: number): void;
  readonly positions: readonly number[];
  readonly finishedItems: number;
  readonly finishedTokens: number;
}

/** @param suspects positions that were in hand when a child died; @param givenUp those that were to blame. */
export function createHand(suspects: ReadonlySet<number>, givenUp: ReadonlySet<number>): Hand {
  const held = new Set<number>();
  let items = 0;
  let tokens = 0;
  let wake = (): void => undefined;
  const empty = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });
  return {
    async take(position) {
      if (givenUp.has(position)) return false;
      const alone =
        suspects.size > 0 && (suspects.has(position) || [...held].some((other) => suspects.has(other)));
      while (alone && held.size > 0) await empty();
      held.add(position);
      return true;
    },
    finished(position, count) {
      held.delete(position);
      items += 1;
      tokens += count;
      wake();
    },
    letGo(position) {
      held.delete(position);
      wake();
    },
    get positions() {
      return [...held];
    },
    get finishedItems() {
      return items;
    },
    get finishedTokens() {
      return tokens;
    },
  };
}
