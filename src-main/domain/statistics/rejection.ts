import { mean, quantile, sameLength, sum } from './checks.ts';

export interface RejectionPoint {
  /** Share of answers kept, the most certain first. */
  readonly kept: number;
  readonly accuracy: number;
}

/**
 * Expected number of correct answers among the k most certain, for k = 1 … n. Answers with equal
 * uncertainty are in no order, so each of them counts with the mean of its group: the curve does not depend
 * on the order of the rows.
 */
function expectedCorrect(uncertainty: readonly number[], correct: readonly number[]): number[] {
  sameLength(uncertainty, correct, 'Uncertainties and verdicts');
  const order = uncertainty
    .map((_, i) => i)
    .toSorted((a, b) => (uncertainty[a] ?? 0) - (uncertainty[b] ?? 0));
  const totals: number[] = [];
  let before = 0;
  let start = 0;
  while (start < order.length) {
    let end = start;
    while (end < order.length && uncertainty[order[end] ?? 0] === uncertainty[order[start] ?? 0]) end += 1;
    const inGroup = sum(order.slice(start, end).map((i) => correct[i] ?? 0));
    for (let k = 1; k <= end - start; k += 1) totals.push(before + (inGroup * k) / (end - start));
    before += inGroup;
    start = end;
  }
  return totals;
}

/**
 * Accuracy–rejection curve: accuracy of the most certain answers by the share kept, one point an answer.
 * `correct` is 1, 0, or P(correct); higher `uncertainty` is rejected first.
 */
export function rejectionCurve(uncertainty: readonly number[], correct: readonly number[]): RejectionPoint[] {
  const n = uncertainty.length;
  return expectedCorrect(uncertainty, correct).map((total, i) => ({
    kept: (i + 1) / n,
    accuracy: total / (i + 1),
  }));
}

/**
 * Area under the accuracy–rejection curve: mean accuracy of the k most certain answers over k = 1 … n. In
 * [0, 1], the accuracy itself for an uninformative score. Null without answers.
 */
export function aurac(uncertainty: readonly number[], correct: readonly number[]): number | null {
  const curve = rejectionCurve(uncertainty, correct);
  return curve.length === 0 ? null : mean(curve.map((point) => point.accuracy));
}

/**
 * Prediction–rejection ratio (Malinin and Gales 2021; as in lm-polygraph): (AURAC − accuracy)/(AURAC of a
 * perfect order − accuracy). 1 is perfect, 0 random, negative worse. Null when all answers are equally
 * good.
 */
export function predictionRejectionRatio(
  uncertainty: readonly number[],
  correct: readonly number[],
): number | null {
  const area = aurac(uncertainty, correct);
  const best = aurac(
    correct.map((value) => -value),
    correct,
  );
  if (area === null || best === null) return null;
  const random = mean(correct);
  return best - random < 1e-12 ? null : (area - random) / (best - random);
}

/**
 * Accuracy of the answers whose uncertainty is at most the q-quantile: "accuracy at 0.8 answer fraction".
 * Null without answers.
 */
export function accuracyAtFraction(
  uncertainty: readonly number[],
  correct: readonly number[],
  q: number,
): number | null {
  sameLength(uncertainty, correct, 'Uncertainties and verdicts');
  const cutoff = quantile(
    uncertainty.toSorted((a, b) => a - b),
    q,
  );
  const kept = correct.filter((_, i) => (uncertainty[i] ?? 0) <= cutoff);
  return kept.length === 0 ? null : mean(kept);
}

/**
 * The "area under thresholded accuracy" of published semantic-entropy code: accuracy at 20 quantiles from
 * 0.1 to 1, times their spacing, added up; at most 20·0.9/19. For comparison with papers only: use aurac
 * otherwise.
 */
export function areaUnderThresholdedAccuracy(
  uncertainty: readonly number[],
  correct: readonly number[],
): number | null {
  if (uncertainty.length === 0) return null;
  const step = 0.9 / 19;
  const parts = Array.from(
    { length: 20 },
    (_, i) => accuracyAtFraction(uncertainty, correct, 0.1 + i * step) ?? 0,
  );
  return sum(parts) * step;
}
