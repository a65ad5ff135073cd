/** What one server said when it was tried. */
export interface ServerTrial {
  /** "localhost:8000". */
  readonly host: string;
  /** Why it cannot be used, as a sentence; null when it answered. */
  readonly problem: string | null;
  /** Names of the models it lists, sorted; null where it has no such list. */
  readonly models: readonly string[] | null;
  /** A few words of the model; null when none was named, or it did not answer. */
  readonly reply: {
    readonly text: string;
    /** What the server says it was. */
    readonly model: string | null;
    readonly durationMs: number;
    /** Whether it tells log-probabilities: verdicts are then probabilities, not only words. */
    readonly logprobs: boolean;
    /** Sentences on what it does not do. */
    readonly notes: readonly string[];
  } | null;
}

/** Whether a key is there under the name of an environment variable; never the key. */
export interface KeyStatus {
  readonly variable: string;
  readonly there: boolean;
}
