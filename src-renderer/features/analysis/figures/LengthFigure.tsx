import * as Plot from '@observablehq/plot';
import { useMemo } from 'react';
import type { UncertaintyDetail } from '../../../../src-main/domain/analysis/uncertainty-view.ts';
import type { LengthBias } from '../../../../src-main/domain/statistics/length-bias.ts';
import { Figure } from '../../../charts/Figure.tsx';
import { formatCount, formatDecimal } from '../../../lib/format.ts';
import { labelRoom } from '../../../lib/judge-names.ts';

interface Bar {
  readonly name: string;
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

function barsOf(bias: LengthBias, score: string): Bar[] {
  const { lengthAndUncertainty, lengthAndIncorrect, auroc, aurocOfLength, partial } = bias;
  const correlation = (name: string, estimate: typeof lengthAndUncertainty): Bar[] =>
    estimate === null ? [] : [{ name, value: estimate.value, low: estimate.low, high: estimate.high }];
  // AUROC as 2·AUROC − 1: 0 is chance there too, and all bars are on one axis.
  const area = (name: string, value: number | null): Bar[] =>
    value === null ? [] : [{ name, value: 2 * value - 1, low: null, high: null }];
  return [
    ...correlation(`ρ of length and ${score}`, lengthAndUncertainty),
    ...correlation('ρ of length and incorrect', lengthAndIncorrect),
    ...area(`2·AUROC − 1 of ${score}`, auroc),
    ...area('2·AUROC − 1 of length alone', aurocOfLength),
    ...(partial === null
      ? []
      : [{ name: 'partial ρ, length held fixed', value: partial, low: null, high: null }]),
  ];
}

/** Whether answer length explains both the score and the verdicts. */
export function LengthFigure({
  detail,
  judge,
}: {
  readonly detail: UncertaintyDetail;
  readonly judge: string;
}) {
  const { lengthBias: bias, score, lengthUnit } = detail;
  const bars = useMemo(() => (bias === null ? [] : barsOf(bias, score.name)), [bias, score]);
  const options = useMemo((): Plot.PlotOptions => {
    const names = bars.map(({ name }) => name);
    return {
      marginLeft: labelRoom(names, 40),
      marginRight: 40,
      marginBottom: 42,
      x: {
        domain: [-1, 1],
        label: 'association with length, or with being incorrect',
        labelArrow: 'none',
        labelAnchor: 'center',
        grid: true,
        ticks: 5,
      },
      y: { domain: names, label: null, tickSize: 0 },
      marks: [
        Plot.barX(bars, {
          y: 'name',
          x: 'value',
          fill: 'var(--az-accent)',
          fillOpacity: 0.45,
          insetTop: 5,
          insetBottom: 5,
        }),
        Plot.ruleY(
          bars.filter(({ low }) => low !== null),
          { y: 'name', x1: 'low', x2: 'high', stroke: 'var(--az-text)', strokeWidth: 1.5 },
        ),
        Plot.text(bars, {
          y: 'name',
          x: ({ value, high }: Bar) => Math.max(0, value, high ?? 0),
          text: ({ value }: Bar) => formatDecimal(value, 2),
          textAnchor: 'start',
          dx: 6,
          fill: 'var(--az-text)',
        }),
        Plot.ruleX([0]),
      ],
    };
  }, [bars]);
  if (bias === null || bars.length === 0) return null;
  return (
    <Figure
      title={`Length and ${score.name}`}
      summary={`${bias.sentence} Over ${formatCount(bias.rows)} answers, length in ${lengthUnit}, verdicts by ${judge}. AUROC ${formatDecimal(bias.auroc, 3)}; of length alone ${formatDecimal(bias.aurocOfLength, 3)}.`}
      height={270}
      options={options}
      data={{
        columns: ['number', 'value', 'low', 'high'],
        rows: bars.map(({ name, value, low, high }) => [name, value, low, high]),
      }}
    />
  );
}
