import type {
  RocCurvePoint,
  ScoreHistogram,
  UncertaintyDetail,
} from '../../domain/analysis/uncertainty-view.ts';
import { type BootstrapEstimate, clusterBootstrapSteps } from '../../domain/statistics/bootstrap.ts';
import { calibrationBins } from '../../domain/statistics/calibration.ts';
import { quantile } from '../../domain/statistics/checks.ts';
import { type LengthBias, lengthBias } from '../../domain/statistics/length-bias.ts';
import {
  accuracyAtFraction,
  areaUnderThresholdedAccuracy,
  rejectionCurve,
} from '../../domain/statistics/rejection.ts';
import { rocCurve, softAuroc } from '../../domain/statistics/roc.ts';
import { Problem } from '../problem.ts';
import { breathe, inSteps } from './breathe.ts';
import { judgesOf } from './judges.ts';
import { lengthsOf, type Score, scoreNamed } from './scores.ts';
import type { AnalysisTable } from './table.ts';
import { type Outcome, outcomesOf, paired, uncertaintyCell } from './uncertainty.ts';

const CURVE_POINTS = 200;
const BINS = 10;
const HISTOGRAM_BINS = 30;

/** Curves, calibration and length bias of one score against one judge. Throws Problem NOT_FOUND for what is not there. */
export async function uncertaintyDetail(
  table: AnalysisTable,
  scores: readonly Score[],
  wanted: { readonly judge: string; readonly score: string },
): Promise<UncertaintyDetail> {
  const score = scoreNamed(scores, wanted.score);
  const outcome = outcomeNamed(outcomesOf(table, judgesOf(table)), wanted.judge);
  const cell = await uncertaintyCell(table, score, outcome);
  const pairs = paired(score, outcome);
  const incorrect = pairs.correct.map((value) => 1 - value);
  const lengths = lengthsOf(table);
  const withP = score.probability !== null;
  await breathe();
  const roc = thinned(rocCurve(pairs.scores, incorrect)).map(
    ({ falsePositiveRate, truePositiveRate }): RocCurvePoint => ({ falsePositiveRate, truePositiveRate }),
  );
  await breathe();
  const rejection = thinned(rejectionCurve(pairs.scores, pairs.correct));
  await breathe();
  const bias = biasOf(pairs, table, lengths.values, incorrect);
  await breathe();
  return {
    scope: table.scope,
    judge: outcome.ref,
    score: score.info,
    cell,
    interval: cell.interval ?? (await marginalInterval(table, pairs, outcome.soft)),
    roc,
    rejection,
    accuracyAt80: accuracyAtFraction(pairs.scores, pairs.correct, 0.8),
    areaUnderThresholdedAccuracy: areaUnderThresholdedAccuracy(pairs.scores, pairs.correct),
    calibration: withP ? calibrationBins(pairs.p, pairs.correct, BINS, 'equal-width') : null,
    calibrationEqualMass: withP ? calibrationBins(pairs.p, pairs.correct, BINS, 'equal-mass') : null,
    lengthBias: bias,
    lengthUnit: lengths.unit,
    histogram: histogramOf(score, outcome),
  };
}

function biasOf(
  { rows, scores }: ReturnType<typeof paired>,
  table: AnalysisTable,
  lengths: readonly number[],
  incorrect: readonly number[],
): LengthBias | null {
  if (rows.length === 0) return null;
  return lengthBias(
    rows.map((row) => lengths[row] ?? 0),
    scores,
    incorrect,
    rows.map((row) => table.questions[row] ?? 0),
  );
}

function outcomeNamed(outcomes: readonly Outcome[], key: string): Outcome {
  const found = outcomes.find(({ ref }) => ref.key === key);
  if (found !== undefined) return found;
  const keys = outcomes.map(({ ref }) => ref.key).join(', ');
  throw new Problem('NOT_FOUND', `No judge "${key}" has judged these answers. There are: ${keys || 'none'}.`);
}

/** Rows drawn over all resamples: each draw is sorted. */
const ROWS_DRAWN = 4_000_000;

/** Interval of an AUROC against several judges at once, whole questions drawn; null against a single judge. */
async function marginalInterval(
  table: AnalysisTable,
  { rows, scores, correct }: ReturnType<typeof paired>,
  soft: boolean,
): Promise<BootstrapEstimate | null> {
  if (!soft || rows.length === 0) return null;
  const { seed, resamples, level } = table.scope.options;
  const affordable = Math.max(200, Math.floor(ROWS_DRAWN / rows.length));
  return inSteps(
    clusterBootstrapSteps(
      rows.map((row) => table.questions[row] ?? 0),
      (drawn) =>
        softAuroc(
          drawn.map((i) => scores[i] ?? 0),
          drawn.map((i) => 1 - (correct[i] ?? 0)),
        ),
      { seed, level, resamples: Math.min(resamples, affordable) },
    ),
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
