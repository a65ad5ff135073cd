import type { ScoreHistogram, UncertaintyDetail } from '../../domain/analysis/uncertainty-view.ts';
import { clusterBootstrap } from '../../domain/statistics/bootstrap.ts';
import { calibrationBins } from '../../domain/statistics/calibration.ts';
import { quantile } from '../../domain/statistics/checks.ts';
import { lengthBias } from '../../domain/statistics/length-bias.ts';
import {
  accuracyAtFraction,
  areaUnderThresholdedAccuracy,
  rejectionCurve,
} from '../../domain/statistics/rejection.ts';
import { auroc, rocCurve, softAuroc } from '../../domain/statistics/roc.ts';
import { Problem } from '../problem.ts';
import { judgesOf } from './judges.ts';
import { lengthsOf, type Score, scoreNamed } from './scores.ts';
import type { AnalysisTable } from './table.ts';
import { type Outcome, outcomesOf, paired, uncertaintyCell } from './uncertainty.ts';

const CURVE_POINTS = 200;
const BINS = 10;
const HISTOGRAM_BINS = 30;
/** Rows drawn over all resamples: each is sorted, so that this is about a second. */
const ROWS_DRAWN = 1_000_000;

/** Curves, calibration and length bias of one score against one judge. Throws Problem NOT_FOUND for what is not there. */
export function uncertaintyDetail(
  table: AnalysisTable,
  scores: readonly Score[],
  wanted: { readonly judge: string; readonly score: string },
): UncertaintyDetail {
  const score = scoreNamed(scores, wanted.score);
  const outcome = outcomeNamed(outcomesOf(table, judgesOf(table)), wanted.judge);
  const { level } = table.scope.options;
  const pairs = paired(score, outcome);
  const incorrect = pairs.correct.map((value) => value < 0.5);
  const lengths = lengthsOf(table);
  const withP = score.probability !== null;
  return {
    scope: table.scope,
    judge: outcome.ref,
    score: score.info,
    cell: uncertaintyCell(score, outcome, level),
    bootstrap: bootstrapAuroc(table, pairs, outcome.soft),
    roc: thinned(rocCurve(pairs.scores, incorrect)).map(({ falsePositiveRate, truePositiveRate }) => ({
      falsePositiveRate,
      truePositiveRate,
    })),
    rejection: thinned(rejectionCurve(pairs.scores, pairs.correct)),
    accuracyAt80: accuracyAtFraction(pairs.scores, pairs.correct, 0.8),
    areaUnderThresholdedAccuracy: areaUnderThresholdedAccuracy(pairs.scores, pairs.correct),
    calibration: withP ? calibrationBins(pairs.p, pairs.correct, BINS, 'equal-width') : null,
    calibrationEqualMass: withP ? calibrationBins(pairs.p, pairs.correct, BINS, 'equal-mass') : null,
    lengthBias:
      pairs.rows.length === 0
        ? null
        : lengthBias(
            pairs.rows.map((row) => lengths.values[row] ?? 0),
            pairs.scores,
            incorrect,
          ),
    lengthUnit: lengths.unit,
    histogram: histogramOf(score, outcome),
  };
}

function outcomeNamed(outcomes: readonly Outcome[], key: string): Outcome {
  const found = outcomes.find(({ ref }) => ref.key === key);
  if (found !== undefined) return found;
  const keys = outcomes.map(({ ref }) => ref.key).join(', ');
  throw new Problem('NOT_FOUND', `No judge "${key}" has judged these answers. There are: ${keys || 'none'}.`);
}

function bootstrapAuroc(table: AnalysisTable, pairs: ReturnType<typeof paired>, soft: boolean) {
  const { seed, resamples, level } = table.scope.options;
  if (pairs.rows.length === 0) return null;
  const affordable = Math.max(200, Math.floor(ROWS_DRAWN / pairs.rows.length));
  return clusterBootstrap(
    pairs.rows.map((row) => table.questions[row] ?? 0),
    (drawn) => {
      const scores = drawn.map((i) => pairs.scores[i] ?? 0);
      const wrong = drawn.map((i) => 1 - (pairs.correct[i] ?? 0));
      return soft
        ? softAuroc(scores, wrong)
        : auroc(
            scores,
            wrong.map((value) => value === 1),
          );
    },
    { seed, level, resamples: Math.min(resamples, affordable) },
  );
}

/** At most some hundred points of a curve, first and last among them. */
export function thinned<T>(points: readonly T[]): T[] {
  if (points.length <= CURVE_POINTS) return [...points];
  const step = (points.length - 1) / (CURVE_POINTS - 1);
  return Array.from({ length: CURVE_POINTS }, (_, i) => points[Math.round(i * step)]).filter(
    (point) => point !== undefined,
  );
}

/** Thirty bins from the least score to the 99th percentile; what lies beyond is in the last. */
function histogramOf(score: Score, outcome: Outcome): ScoreHistogram {
  const values = score.values.filter((value) => value !== null).toSorted((a, b) => a - b);
  const low = values[0] ?? 0;
  const high = Math.max(quantile(values, 0.99), low + 1e-9);
  const width = (high - low) / HISTOGRAM_BINS;
  const empty = (): number[] => Array.from({ length: HISTOGRAM_BINS }, () => 0);
  const counts = { correct: empty(), incorrect: empty(), unscored: empty() };
  score.values.forEach((value, row) => {
    if (value === null) return;
    const bin = Math.min(HISTOGRAM_BINS - 1, Math.max(0, Math.floor((value - low) / width)));
    const said = outcome.correct[row] ?? null;
    const list = said === null ? counts.unscored : said >= 0.5 ? counts.correct : counts.incorrect;
    list[bin] = (list[bin] ?? 0) + 1;
  });
  return {
    edges: Array.from({ length: HISTOGRAM_BINS + 1 }, (_, i) => low + i * width),
    ...counts,
    beyond: values.filter((value) => value > high).length,
  };
}
