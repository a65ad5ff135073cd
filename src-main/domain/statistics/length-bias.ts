import { sameLength } from './checks.ts';
import { correlationEstimate, partialCorrelation, slope } from './correlation.ts';
import { midranks } from './checks.ts';
import type { ClusterKeys } from './clusters.ts';
import type { Estimate } from './interval.ts';
import { softAuroc } from './roc.ts';

export interface LengthBias {
  readonly rows: number;
  /** Spearman's ρ of length and uncertainty. */
  readonly lengthAndUncertainty: Estimate | null;
  /** Spearman's ρ of length and being incorrect. */
  readonly lengthAndIncorrect: Estimate | null;
  /** AUROC of the score, of length alone, both for finding incorrect answers. */
  readonly auroc: number | null;
  readonly aurocOfLength: number | null;
  /**
   * Rank correlation of uncertainty and being incorrect with length held fixed: what the score knows beyond
   * length.
   */
  readonly partial: number | null;
  /** A sentence that says what the numbers mean. */
  readonly sentence: string;
}

/**
 * Whether answer length explains both an uncertainty score and a judge's verdicts: where it does, the
 * score's AUROC is inflated by their common bias (Santilli et al. 2025, arXiv 2504.13677). `lengths` in
 * tokens; `incorrect` may be a probability, of several judges together.
 */
export function lengthBias(
  lengths: readonly number[],
  uncertainty: readonly number[],
  incorrect: readonly (boolean | number)[],
  questions: ClusterKeys = null,
): LengthBias {
  sameLength(lengths, uncertainty, 'Lengths and uncertainties');
  sameLength(lengths, incorrect, 'Lengths and verdicts');
  const wrong = incorrect.map(Number);
  const lengthAndUncertainty = correlationEstimate(lengths, uncertainty, 'spearman', questions);
  const lengthAndIncorrect = correlationEstimate(lengths, wrong, 'spearman', questions);
  return {
    rows: lengths.length,
    lengthAndUncertainty,
    lengthAndIncorrect,
    auroc: softAuroc(uncertainty, wrong),
    aurocOfLength: softAuroc(lengths, wrong),
    partial: partialCorrelation(midranks(uncertainty), midranks(wrong), midranks(lengths)),
    sentence: sentenceOf(lengthAndUncertainty, lengthAndIncorrect),
  };
}

/** Both intervals have to leave zero out before a common bias is claimed. */
function sentenceOf(score: Estimate | null, wrong: Estimate | null): string {
  if (score === null || wrong === null)
    return 'There are too few answers, or of too similar length, to speak of length bias.';
  const clear = (estimate: Estimate): boolean => estimate.low > 0 || estimate.high < 0;
  if (!clear(score) || !clear(wrong)) {
    return 'Length is not clearly related to both the score and the verdicts: no sign of a common length bias.';
  }
  return Math.sign(score.value) === Math.sign(wrong.value)
    ? 'Length is related to the score and to the verdicts in the same direction: part of the AUROC may be length. Compare with the AUROC of length alone.'
    : 'Length is related to the score and to the verdicts in opposite directions: the AUROC is likely lower than the score deserves.';
}

/**
 * How a judge's error moves with length: slope of (judge − human) on answer length, per 100 tokens,
 * positive when the judge is more lenient with longer answers. Null when lengths are all alike.
 */
export function lengthSlope(
  lengths: readonly number[],
  judge: readonly number[],
  human: readonly number[],
  questions?: readonly (string | number)[],
): Estimate | null {
  sameLength(judge, human, 'Verdicts of judge and human');
  return slope(
    lengths.map((length) => length / 100),
    judge.map((value, i) => value - (human[i] ?? 0)),
    questions,
  );
}
