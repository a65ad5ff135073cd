/** One line of a chart over time. */
export interface TimeLine {
  readonly label: string;
  /** A variable of theme.css: "--az-accent". */
  readonly colour: string;
  /** Drawn dashed and in steps: what was predicted. */
  readonly predicted?: boolean;
  /** Seconds and value, in order of time; null ends the line. */
  readonly points: readonly (readonly [at: number, value: number | null])[];
}
