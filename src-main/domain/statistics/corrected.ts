import { criticalZ } from './distributions.ts';
import { clamp, covariance, mean, sameLength, variance } from './checks.ts';
import { clusterSums, squares } from './clusters.ts';
import type { Estimate } from './interval.ts';
import { DEFAULT_LEVEL } from './interval.ts';

/** The rows that the judge scored: three lists of the same length. */
export interface PredictionPoweredInput {
  /** The judge's verdict: 0 or 1, or P(correct). */
  readonly judge: readonly number[];
  /** People's label where one was drawn at random, 0 or 1; null elsewhere. */
  readonly human: readonly (number | null)[];
  /** The question that the row answers: rows of one hang together. */
  readonly questions: readonly (string | number)[];
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
  /** That the rows answer. */
  readonly questions: number;
  /** How many labels alone would give the same precision; its ratio to `labels` is the judge's worth. */
  readonly effectiveSampleSize: number;
  readonly standardError: number;
  /** Why to be careful, as sentences; empty when nothing is wrong. */
  readonly cautions: readonly string[];
}

/** Fewer labels, or labels and answers of fewer questions, give an interval that cannot be trusted. */
const MIN_LABELS = 20;

/**
 * Accuracy corrected for the judge's bias from blind, random human labels: the difference estimator θ̂ =
 * mean(judge, all rows) + mean(human − judge, labelled rows), which is prediction-powered inference
 * (Angelopoulos et al. 2023, Science 382:669; PPI++ 2023 when tuned) for labels drawn from the rows
 * themselves. Unbiased whatever the judge is worth. Variance var(human)/N + (1/m − 1/N)·var(human − judge),
 * for questions like these: it ends at that of N labels once all rows are labelled. Where questions have several
 * answers, what their hanging together adds comes on top ({@link addedByClusters}). When no label disagrees
 * with the judge (or all do in the same way), one that does otherwise is assumed, since zero would be a promise that m
 * labels cannot make.
 * Labels of a sorted or filtered queue must not be used. Null without two labels, or with answers to one question only:
 * that says nothing of others.
 */
export function predictionPowered(
  input: PredictionPoweredInput,
  { level = DEFAULT_LEVEL, tuned = false }: PredictionPoweredOptions = {},
): CorrectedAccuracy | null {
  const drawn = labelled(input);
  const rows = input.judge.length;
  const labels = drawn.human.length;
  const questions = new Set(input.questions).size;
  if (labels < 2 || questions < 2) return null;
  const spread = spreads(input, drawn, tuned ? tunedWeight(input.judge, drawn) : 1);
  const judgeMean = mean(input.judge);
  const humanMean = mean(drawn.human);
  const labelledMean = mean(drawn.judge);
  const value = humanMean + spread.weight * (judgeMean - labelledMean);
  const apart = spread.human / rows + (1 / labels - 1 / rows) * spread.difference;
  const standardError = Math.sqrt(apart + spread.clusters);
  const half = criticalZ(level) * standardError;
  // The labels alone, drawn from the same rows, would hang together by as much.
  const effectiveSampleSize = apart === 0 ? labels : spread.human / apart;
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
    questions,
    effectiveSampleSize,
    standardError,
    cautions: cautionsOf(drawn, questions, spread.degenerate, effectiveSampleSize),
  };
}

function cautionsOf(
  { judge, human }: Labelled,
  questions: number,
  degenerate: boolean,
  effectiveSampleSize: number,
): string[] {
  const cautions: string[] = [];
  if (human.length < MIN_LABELS) {
    cautions.push(
      `Only ${human.length} labels: below ${MIN_LABELS} the interval cannot be trusted. Label some more.`,
    );
  } else if (questions < MIN_LABELS) {
    cautions.push(
      `These are answers to ${questions} questions only: below ${MIN_LABELS} the interval cannot be trusted, however many are labelled.`,
    );
  }
  if (degenerate) {
    cautions.push(
      human.every((label, i) => label === judge[i])
        ? 'No label disagrees with the judge so far; the interval assumes that one would.'
        : 'All labels differ from the judge in the same way so far; the interval assumes that one would not.',
    );
  }
  if (effectiveSampleSize < human.length) {
    cautions.push(
      'This judge disagrees with people so often that the labels alone are more precise; weigh it down (tuned) or use another judge.',
    );
  }
  return cautions;
}

/** The judge and the label of each labelled row. */
interface Labelled {
  readonly judge: readonly number[];
  readonly human: readonly number[];
}

/** Throws RangeError for lists that are not of the same rows. */
function labelled({ judge, human, questions }: PredictionPoweredInput): Labelled {
  sameLength(judge, human, 'The judge and the labels');
  sameLength(judge, questions, 'Rows and their questions');
  return {
    judge: judge.filter((_, row) => (human[row] ?? null) !== null),
    human: human.filter((label) => label !== null),
  };
}

interface Spreads {
  readonly weight: number;
  readonly human: number;
  readonly difference: number;
  readonly degenerate: boolean;
  /** What is added to the variance of the estimate, whatever the number of labels. */
  readonly clusters: number;
}

/** Variance of the labels and of label − weight·judge, neither of them zero. */
function spreads(input: PredictionPoweredInput, { judge, human }: Labelled, weight: number): Spreads {
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
    clusters: addedByClusters(input, { judge, human }, weight),
  };
}

/**
 * What answers that hang together by question add to the variance of the estimate: the sandwich (Liang and Zeger 1986,
 * Biometrika 73:13) over questions less that over rows, each with its n/(n − 1), from every row's influence,
 * (w·judge − mean)/N and for a labelled one (human − w·judge − mean)/m. Drawing labels adds nothing to it, as rows are
 * drawn, not questions. Exactly 0 with one row a question; never less, see {@link designEffect}.
 */
function addedByClusters(input: PredictionPoweredInput, drawn: Labelled, weight: number): number {
  const { judge, human, questions } = input;
  const [rows, labels] = [judge.length, drawn.human.length];
  const judgeMean = mean(judge);
  const differenceMean = mean(drawn.human) - weight * mean(drawn.judge);
  const influence = judge.map((value, row) => {
    const label = human[row] ?? null;
    const own = (weight * (value - judgeMean)) / rows;
    return label === null ? own : own + (label - weight * value - differenceMean) / labels;
  });
  const sums = clusterSums(influence, questions);
  const by = (values: readonly number[]): number => (squares(values) * values.length) / (values.length - 1);
  return Math.max(0, by(sums) - by(influence));
}

/** cov(judge, human)/var(judge), the weight of least variance, cut at [0, 1]. */
function tunedWeight(all: readonly number[], { judge, human }: Labelled): number {
  const spread = variance(all);
  return spread === 0 ? 0 : clamp(covariance(judge, human) / spread, 0, 1);
}

export interface LabelsNeeded {
  /**
   * Labels in all for ±margin with this judge, at most the number of rows; null when even all of them do
   * not reach it.
   */
  readonly withJudge: number | null;
  /** Labels that would be needed without any judge, one a question, from as many questions as that takes. */
  readonly humanOnly: number;
  /** Half-width of the interval once every row is labelled. */
  readonly bestMargin: number;
}

/**
 * How many labels reach ±margin (half-width, in accuracy), from the spreads seen so far: the variance of
 * {@link predictionPowered} solved for m. Throws RangeError for a margin outside (0, 1). Null as
 * {@link predictionPowered}.
 */
export function labelsNeeded(
  input: PredictionPoweredInput,
  margin: number,
  level: number = DEFAULT_LEVEL,
): LabelsNeeded | null {
  if (!(margin > 0 && margin < 1))
    throw new RangeError('The margin is a half-width in accuracy, between 0 and 1: 0.03 for ±3 points.');
  const drawn = labelled(input);
  if (drawn.human.length < 2 || new Set(input.questions).size < 2) return null;
  const spread = spreads(input, drawn, 1);
  const rows = input.judge.length;
  const z = criticalZ(level);
  const target = (margin / z) ** 2;
  const floor = spread.human / rows + spread.clusters;
  const room = target - floor;
  const needed =
    room < 0 ? null : Math.min(rows, Math.ceil(spread.difference / (room + spread.difference / rows)));
  return { withJudge: needed, humanOnly: Math.ceil(spread.human / target), bestMargin: z * Math.sqrt(floor) };
}
