export interface KeptKeys {
  /** Why no key can be kept on this machine, as a sentence; null when it can. */
  readonly problem: string | null;
  readonly variables: readonly string[];
}

/** Where the desktop keeps keys of servers. They go in and never come back to the page. */
export interface KeyShelf {
  list(): Promise<KeptKeys>;
  keep(variable: string, key: string): Promise<void>;
  forget(variable: string): Promise<void>;
}

const { bridge } = window;

/** Null in a browser: `assize serve` never stores a key. */
export const keyShelf: KeyShelf | null =
  bridge === undefined ? null : { list: bridge.listKeys, keep: bridge.keepKey, forget: bridge.forgetKey };
