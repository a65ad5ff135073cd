/** A point with bounds at a confidence level. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Confidence level of [low, high]: 0.95. */
  readonly level: number;
}

export const DEFAULT_LEVEL = 0.95;
