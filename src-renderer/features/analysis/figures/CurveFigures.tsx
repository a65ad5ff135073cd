import * as Plot from '@observablehq/plot';
import { useMemo } from 'react';
import type { UncertaintyDetail } from '../../../../src-main/domain/analysis/uncertainty-view.ts';
import { Figure } from '../../../charts/Figure.tsx';
import { formatCount, formatDecimal, formatPercent } from '../../../lib/format.ts';
import { diagonal, SHARE_AXIS } from './axes.ts';

const HEIGHT = 270;
const MARGINS = { marginLeft: 60, marginRight: 24, marginBottom: 42, marginTop: 22 };

interface DetailProps {
  readonly detail: UncertaintyDetail;
  readonly judge: string;
}

const bounded = (interval: { low: number; high: number } | null): string =>
  interval === null ? '' : ` [${formatDecimal(interval.low, 2)}, ${formatDecimal(interval.high, 2)}]`;

/** How well the score finds what the judge calls incorrect. */
export function RocFigure({ detail, judge }: DetailProps) {
  const { roc, cell, interval, score } = detail;
  const options = useMemo(
    (): Plot.PlotOptions => ({
      ...MARGINS,
      x: { ...SHARE_AXIS, label: 'correct answers flagged' },
      y: { ...SHARE_AXIS, label: 'incorrect answers found' },
      marks: [
        diagonal(),
        Plot.area(roc, {
          x1: 'falsePositiveRate',
          y1: 0,
          y2: 'truePositiveRate',
          fill: 'var(--az-accent)',
          fillOpacity: 0.1,
        }),
        Plot.line(roc, {
          x: 'falsePositiveRate',
          y: 'truePositiveRate',
          stroke: 'var(--az-accent)',
          strokeWidth: 2,
          tip: true,
        }),
      ],
    }),
    [roc],
  );
  const summary =
    cell.auroc === null
      ? `All ${formatCount(cell.rows)} answers are of one class for ${judge}: there is nothing to tell apart.`
      : `AUROC ${formatDecimal(cell.auroc, 3)}${bounded(interval)}: how often ${score.name} ranks an answer that ${judge} calls incorrect above one that it calls correct. ${formatCount(Math.round(cell.incorrect))} of ${formatCount(cell.rows)} are incorrect; 0.5 is chance (dashed).`;
  return (
    <Figure
      title={`ROC of ${score.name}`}
      summary={summary}
      height={HEIGHT}
      options={options}
      data={{
        columns: ['false_positive_rate', 'true_positive_rate'],
        rows: roc.map(({ falsePositiveRate, truePositiveRate }) => [falsePositiveRate, truePositiveRate]),
      }}
    />
  );
}

/** What accuracy would be if the least certain answers were left out. */
export function RejectionFigure({ detail, judge }: DetailProps) {
  const { rejection, cell, score, accuracyAt80 } = detail;
  const overall = rejection.at(-1)?.accuracy ?? null;
  const options = useMemo((): Plot.PlotOptions => {
    const base = rejection.at(-1)?.accuracy ?? null;
    return {
      ...MARGINS,
      x: { ...SHARE_AXIS, label: 'answers kept, most certain first' },
      y: { ...SHARE_AXIS, label: 'accuracy of those kept' },
      marks: [
        ...(base === null
          ? []
          : [Plot.ruleY([base], { stroke: 'var(--az-line-strong)', strokeDasharray: '4,4' })]),
        Plot.line(rejection, {
          x: 'kept',
          y: 'accuracy',
          stroke: 'var(--az-accent)',
          strokeWidth: 2,
          tip: true,
        }),
      ],
    };
  }, [rejection]);
  const summary =
    overall === null
      ? 'No answer has this score and a verdict.'
      : `Accuracy by ${judge} is ${formatPercent(overall)} over all answers (dashed) and ${formatPercent(accuracyAt80)} over the 80 % most certain. AURAC ${formatDecimal(cell.aurac, 3)}, PRR ${formatDecimal(cell.prr, 3)} (1 is a perfect order, 0 a random one).`;
  return (
    <Figure
      title={`Accuracy–rejection curve of ${score.name}`}
      summary={summary}
      height={HEIGHT}
      options={options}
      data={{ columns: ['kept', 'accuracy'], rows: rejection.map(({ kept, accuracy }) => [kept, accuracy]) }}
    />
  );
}

/** Whether a probability of being right is right that often. Nothing for scores without a probability. */
export function CalibrationFigure({ detail, judge }: DetailProps) {
  const { calibration, cell, score } = detail;
  const options = useMemo((): Plot.PlotOptions => {
    const bins = calibration ?? [];
    return {
      ...MARGINS,
      x: { ...SHARE_AXIS, label: 'mean probability in the bin' },
      y: { ...SHARE_AXIS, label: 'correct in the bin' },
      r: { range: [2.5, 11], domain: [0, Math.max(1, ...bins.map(({ count }) => count))] },
      marks: [
        diagonal(),
        Plot.ruleX(bins, {
          x: 'confidence',
          y1: 'confidence',
          y2: 'accuracy',
          stroke: 'var(--az-no)',
          strokeOpacity: 0.6,
        }),
        Plot.line(bins, { x: 'confidence', y: 'accuracy', stroke: 'var(--az-accent)', strokeOpacity: 0.5 }),
        Plot.dot(bins, {
          x: 'confidence',
          y: 'accuracy',
          r: 'count',
          fill: 'var(--az-accent)',
          title: ({ from, to, count, confidence, accuracy }: (typeof bins)[number]) =>
            `${formatDecimal(from, 2)} to ${formatDecimal(to, 2)}: ${formatCount(count)} answers, mean probability ${formatDecimal(confidence, 2)}, ${formatPercent(accuracy)} correct`,
          tip: true,
        }),
      ],
    };
  }, [calibration]);
  if (calibration === null) return null;
  return (
    <Figure
      title={`Calibration of ${score.name}`}
      summary={`ECE ${formatDecimal(cell.ece, 3)} over ten bins of equal width, Brier ${formatDecimal(cell.brier, 3)}, against ${judge}. On the dashed line a probability is right that often; dots are larger for more answers.`}
      height={HEIGHT}
      options={options}
      data={{
        columns: ['from', 'to', 'count', 'confidence', 'accuracy'],
        rows: calibration.map(({ from, to, count, confidence, accuracy }) => [
          from,
          to,
          count,
          confidence,
          accuracy,
        ]),
      }}
    />
  );
}
