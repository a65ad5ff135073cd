import { criticalZ } from './distributions.ts';
import { clamp, covariance, mean, sameLength, variance } from './checks.ts';
import type { Confusion } from './agreement.ts';
import type { Estimate } from './interval.ts';
import { DEFAULT_LEVEL } from './interval.ts';

export interface PredictionPoweredInput {
  /** The judge on every scored row, the labelled ones included: 0 or 1, or P(correct). */
  readonly judgeAll: readonly number[];
  /** The judge on the rows that people labelled at random, and the labels (0 or 1), in the same order. */
  readonly judgeLabelled: readonly number[];
  readonly human: readonly number[];
}

export interface PredictionPoweredOptions {
  readonly level?: number;
  /**
   * Weigh the judge by its covariance with the labels (PPI++) in place of 1. Better with a weak judge,
   * biased with few labels.
   */
  readonly tuned?: boolean;
}

export interface CorrectedAccuracy {
  /** Corrected accuracy, cut at [0, 1]. */
  readonly estimate: Estimate;
  /** What the judge says uncorrected, and what the labels alone say. */
  readonly judgeMean: number;
  readonly humanMean: number;
  /** Mean of human − judge over the labelled rows: minus the judge's bias. */
  readonly correction: number;
  /** Weight of the judge: 1 unless tuned. */
  readonly weight: number;
  readonly rows: number;
  readonly labels: number;
  /** How many labels alone would give the same precision; its ratio to `labels` is the judge's worth. */
  readonly effectiveSampleSize: number;
  readonly standardError: number;
  /** Why to be careful, as sentences; empty when nothing is wrong. */
  readonly cautions: readonly string[];
}

/** Fewer labels give an interval that cannot be trusted. */
const MIN_LABELS = 20;

/**
 * Accuracy corrected for the judge's bias from blind, random human labels: the difference estimator θ̂ =
 * mean(judge, all rows) + mean(human − judge, labelled rows), which is prediction-powered inference
 * (Angelopoulos et al. 2023, Science 382:669; PPI++ 2023 when tuned) for labels drawn from the rows
 * themselves. Unbiased whatever the judge is worth. Variance var(human)/N + (1/m − 1/N)·var(human − judge),
 * for questions like these: it ends at that of N labels once all rows are labelled. When no label disagrees
 * with the judge (or all do in the same way), one that does otherwise is assumed, since zero would be a promise that m
 * labels cannot make.
 * Labels of a sorted or filtered queue must not be used. Null without labels; RangeError for more labels
 * than rows.
 */
export function predictionPowered(
  input: PredictionPoweredInput,
  { level = DEFAULT_LEVEL, tuned = false }: PredictionPoweredOptions = {},
): CorrectedAccuracy | null {
  const { judgeAll, judgeLabelled, human } = input;
  sameLength(judgeLabelled, human, 'Labels and the judge on the same rows');
  const rows = judgeAll.length;
  const labels = human.length;
  if (labels > rows)
    throw new RangeError(`${labels} labels on ${rows} rows: the labelled rows have to be among all rows.`);
  if (labels < 2) return null;
  const spread = spreads(judgeLabelled, human, tuned ? tunedWeight(judgeAll, judgeLabelled, human) : 1);
  const judgeMean = mean(judgeAll);
  const humanMean = mean(human);
  const labelledMean = mean(judgeLabelled);
  const value = humanMean + spread.weight * (judgeMean - labelledMean);
  const squared = spread.human / rows + (1 / labels - 1 / rows) * spread.difference;
  const half = criticalZ(level) * Math.sqrt(squared);
  const cautions: string[] = [];
  if (labels < MIN_LABELS)
    cautions.push(
      `Only ${labels} labels: below ${MIN_LABELS} the interval cannot be trusted. Label some more.`,
    );
  if (spread.degenerate) {
    cautions.push(
      human.every((label, i) => label === judgeLabelled[i])
        ? 'No label disagrees with the judge so far; the interval assumes that one would.'
        : 'All labels differ from the judge in the same way so far; the interval assumes that one would not.',
    );
  }
  const effectiveSampleSize = squared === 0 ? labels : spread.human / squared;
  if (effectiveSampleSize < labels) {
    cautions.push(
      'This judge disagrees with people so often that the labels alone are more precise; weigh it down (tuned) or use another judge.',
    );
  }
  return {
    estimate: {
      value: clamp(value, 0, 1),
      low: clamp(value - half, 0, 1),
      high: clamp(value + half, 0, 1),
      level,
    },
    judgeMean,
    humanMean,
    correction: humanMean - labelledMean,
    weight: spread.weight,
    rows,
    labels,
    effectiveSampleSize,
    standardError: Math.sqrt(squared),
    cautions,
  };
}

interface Spreads {
  readonly weight: number;
  readonly human: number;
  readonly difference: number;
  readonly degenerate: boolean;
}

/** Variance of the labels and of label − weight·judge, neither of them zero. */
function spreads(judge: readonly number[], human: readonly number[], weight: number): Spreads {
  const m = human.length;
  const difference = variance(human.map((label, i) => label - weight * (judge[i] ?? 0)));
  const humans = variance(human);
  const assumed = 1 / (m + 1);
  const degenerate = difference === 0;
  return {
    weight,
    human: humans === 0 ? assumed * (1 - assumed) : humans,
    difference: degenerate ? assumed * (1 - assumed) : difference,
    degenerate,
  };
}

/** cov(judge, human)/var(judge), the weight of least variance, cut at [0, 1]. */
function tunedWeight(all: readonly number[], judge: readonly number[], human: readonly number[]): number {
  const spread = variance(all);
  return spread === 0 ? 0 : clamp(covariance(judge, human) / spread, 0, 1);
}

export interface LabelsNeeded {
  /**
   * Labels in all for ±margin with this judge, at most the number of rows; null when even all of them do
   * not reach it.
   */
  readonly withJudge: number | null;
  /** Labels that would be needed without any judge, from as many questions as that takes. */
  readonly humanOnly: number;
  /** Half-width of the interval once every row is labelled. */
  readonly bestMargin: number;
}

/**
 * How many labels reach ±margin (half-width, in accuracy), from the spreads seen so far: the variance of
 * {@link predictionPowered} solved for m. Throws RangeError for a margin outside (0, 1). Null without two
 * labels.
 */
export function labelsNeeded(
  input: PredictionPoweredInput,
  margin: number,
  level: number = DEFAULT_LEVEL,
): LabelsNeeded | null {
  if (!(margin > 0 && margin < 1))
    throw new RangeError('The margin is a half-width in accuracy, between 0 and 1: 0.03 for ±3 points.');
  if (input.human.length < 2) return null;
  const spread = spreads(input.judgeLabelled, input.human, 1);
  const rows = input.judgeAll.length;
  const z = criticalZ(level);
  const target = (margin / z) ** 2;
  const floor = spread.human / rows;
  const room = target - floor;
  const needed =
    room < 0 ? null : Math.min(rows, Math.ceil(spread.difference / (room + spread.difference / rows)));
  return { withJudge: needed, humanOnly: Math.ceil(spread.human / target), bestMargin: z * Math.sqrt(floor) };
}

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
