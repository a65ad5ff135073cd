/** Something that makes a run's numbers doubtful: shown before the numbers. */
export interface Alarm {
  /** Stable: "positive-rate-high", "judge-is-generator"… */
  readonly id: string;
  readonly severity: 'warning' | 'error';
  /** The judge it is about; null for the run. */
  readonly judgeId: number | null;
  /** A sentence: what was seen, with its numbers, and what to do. */
  readonly text: string;
}
