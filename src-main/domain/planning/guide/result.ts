import type { Card } from '../cards.ts';
import type { Price } from '../cost.ts';
import type { QualityTable } from '../quantization.ts';
import type { ClaimCheck } from './claims.ts';
import type { Questions } from './questions.ts';

export type ClaimVerdict = 'right' | 'wrong' | 'partly' | 'not checkable';

/** A claim beside what was computed. */
export interface CheckedClaim {
  readonly id: string;
  readonly section: string;
  readonly quote: string;
  readonly verdict: ClaimVerdict;
  /** The computed figure: "8.48 GiB", "no, 1,234 MiB missing". */
  readonly figure: string;
  /** Why, as sentences. */
  readonly because: string;
}

/** What checks draw on. */
export interface CheckContext {
  readonly questions: Questions;
  readonly cards: readonly Card[];
  readonly prices: readonly Price[];
  readonly quality: QualityTable | null;
}

export type Result = Pick<CheckedClaim, 'verdict' | 'figure' | 'because'>;
export type Checker<K extends ClaimCheck['kind']> = (
  check: Extract<ClaimCheck, { kind: K }>,
  context: CheckContext,
) => Result;

/** A claim that cannot be checked, and why. */
export function unknown(because: string): Result {
  return { verdict: 'not checkable', figure: '–', because };
}

export const MISSING = 'One of its models is not among those of this guide.';
