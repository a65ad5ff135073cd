import type { Confusion } from './agreement.ts';
import { clamp } from './checks.ts';
import { criticalZ } from './distributions.ts';
import type { Estimate } from './interval.ts';
import { DEFAULT_LEVEL } from './interval.ts';

export type RoganGladen =
  | {
      readonly ok: true;
      readonly estimate: Estimate;
      readonly sensitivity: number;
      readonly specificity: number;
      /** Calibration rows that people called correct (m1) and incorrect (m0). */
      readonly m1: number;
      readonly m0: number;
    }
  | { readonly ok: false; readonly reason: string };

/** Below this, sensitivity + specificity − 1 divides by too little. */
const MIN_YOUDEN = 0.2;
const MIN_CALIBRATION = 10;

/**
 * Accuracy corrected with a judge's sensitivity and specificity from *another* labelled set (Rogan and
 * Gladen 1978, Am. J. Epidemiology 107:71): θ = (p̂ + sp − 1)/(se + sp − 1), cut at [0, 1], with the interval of Lang
 * and Reiczigel (2014, Prev. Vet. Med. 113:13), which counts the uncertainty of se and sp and keeps its coverage where
 * the plain delta method does not (82 % instead of 95 with 30 + 30 rows, se .98, sp .95, θ .95; no width at all when the
 * calibration has no error). Valid only if the judge errs as often
 * here as there. Refused, with a sentence, when se + sp − 1 < 0.2 or the calibration has fewer than 10 rows
 * of a kind. For labels from this run use predictionPowered.
 */
export function roganGladen(
  judgedCorrect: number,
  judged: number,
  calibration: Confusion,
  level: number = DEFAULT_LEVEL,
): RoganGladen {
  const { truePositive: tp, falsePositive: fp, falseNegative: fn, trueNegative: tn } = calibration;
  const m1 = tp + fn;
  const m0 = tn + fp;
  if (judged === 0) return { ok: false, reason: 'The judge has scored no rows yet.' };
  if (Math.min(m1, m0) < MIN_CALIBRATION) {
    return {
      ok: false,
      reason: `The calibration has ${m1} correct and ${m0} incorrect answers; it needs at least ${MIN_CALIBRATION} of each.`,
    };
  }
  const se = tp / m1;
  const sp = tn / m0;
  const youden = se + sp - 1;
  if (youden < MIN_YOUDEN) {
    return {
      ok: false,
      reason: `The judge hardly tells right from wrong (sensitivity + specificity − 1 = ${youden.toFixed(2)}, below ${MIN_YOUDEN}); a correction would be noise. Use another judge or labels on this run.`,
    };
  }
  const p = judgedCorrect / judged;
  const raw = (p + sp - 1) / youden;
  const value = clamp(raw, 0, 1);
  const bounds = langReiczigel([judgedCorrect, judged], [tp, m1], [tn, m0], criticalZ(level));
  const low = Math.min(value, clamp(bounds.low, 0, 1));
  const estimate = { value, low, high: Math.max(value, clamp(bounds.high, 0, 1)), level };
  return { ok: true, estimate, sensitivity: se, specificity: sp, m1, m0 };
}

type Count = readonly [successes: number, total: number];

/** Bounds of θ with counts moved towards one half: z² more rows judged, two more of each kind in the calibration. */
function langReiczigel(
  judged: Count,
  right: Count,
  wrong: Count,
  z: number,
): { readonly low: number; readonly high: number } {
  const moved = ([k, n]: Count, more: number): { p: number; variance: number } => {
    const p = (k + more / 2) / (n + more);
    return { p, variance: (p * (1 - p)) / (n + more) };
  };
  const [seen, se, sp] = [moved(judged, z * z), moved(right, 2), moved(wrong, 2)];
  const youden = se.p + sp.p - 1;
  const theta = (seen.p + sp.p - 1) / youden;
  const squared = seen.variance + theta ** 2 * se.variance + (1 - theta) ** 2 * sp.variance;
  const centre = theta + 2 * z * z * (theta * se.variance - (1 - theta) * sp.variance);
  const half = (z * Math.sqrt(squared)) / youden;
  return { low: centre - half, high: centre + half };
}
