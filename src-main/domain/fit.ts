import type { FitVerdict, PlanPhase } from './plan.ts';

/** Whether one model fits the machine, and how: a badge with its reason. */
export interface ModelFit {
  readonly modelId: string;
  readonly verdict: FitVerdict;
  /** One sentence: "fits whole on the RTX 4090 with 9,400 MiB to spare", "weights alone need 4,403 MiB more". */
  readonly reason: string;
  readonly phase: PlanPhase | null;
  /** The longest context per sequence that fits, tokens. */
  readonly maxContext: number | null;
  readonly at: number;
}
