import * as Plot from '@observablehq/plot';
import { useMemo } from 'react';
import type {
  ScoreHistogram,
  UncertaintyDetail,
} from '../../../../src-main/domain/analysis/uncertainty-view.ts';
import { Figure } from '../../../charts/Figure.tsx';
import { formatCount, formatDecimal, formatPlural } from '../../../lib/format.ts';

const GROUPS = ['correct', 'incorrect', 'not scored'] as const;

interface Bin {
  readonly verdict: (typeof GROUPS)[number];
  readonly count: number;
  readonly from: number;
  readonly to: number;
}

function binsOf({ edges, correct, incorrect, unscored }: ScoreHistogram): Bin[] {
  const counts = { correct, incorrect, 'not scored': unscored };
  return GROUPS.flatMap((verdict) =>
    counts[verdict].map((count, bin) => ({
      verdict,
      count,
      from: edges[bin] ?? 0,
      to: edges[bin + 1] ?? 0,
    })),
  ).filter(({ count }) => count > 0);
}

/** Middle of the bin in which the median answer lies; null without answers. */
function medianOf(bins: readonly Bin[]): number | null {
  const total = bins.reduce((sum, { count }) => sum + count, 0);
  let seen = 0;
  for (const { count, from, to } of bins) {
    seen += count;
    if (seen * 2 >= total) return (from + to) / 2;
  }
  return null;
}

/** How the score is spread over what a judge calls correct and incorrect. */
export function HistogramFigure({
  detail,
  judge,
}: {
  readonly detail: UncertaintyDetail;
  readonly judge: string;
}) {
  const { histogram, score } = detail;
  const bins = useMemo(() => binsOf(histogram), [histogram]);
  const options = useMemo((): Plot.PlotOptions => {
    const groups = GROUPS.filter((verdict) => bins.some((bin) => bin.verdict === verdict));
    return {
      marginLeft: 44,
      marginRight: 76,
      marginBottom: 42,
      x: { label: `${score.name} (${score.unit})`, labelArrow: 'none', labelAnchor: 'center', grid: true },
      y: { label: 'answers', labelArrow: 'none', grid: true, ticks: 3 },
      fy: { label: null, domain: groups, padding: 0.22 },
      color: { domain: [...GROUPS], range: ['var(--az-yes)', 'var(--az-no)', 'var(--az-mem-used)'] },
      marks: [
        Plot.rectY(bins, {
          x1: 'from',
          x2: 'to',
          y: 'count',
          fy: 'verdict',
          fill: 'verdict',
          inset: 0.5,
          title: ({ verdict, count, from, to }: Bin) =>
            `${verdict}: ${formatPlural(count, 'answer')} from ${formatDecimal(from, 2)} to ${formatDecimal(to, 2)}`,
          tip: true,
        }),
        Plot.ruleY([0]),
      ],
    };
  }, [bins, score]);
  const part = (verdict: Bin['verdict']): string | null => {
    const inside = bins.filter((bin) => bin.verdict === verdict);
    const count = inside.reduce((sum, bin) => sum + bin.count, 0);
    return count === 0
      ? null
      : `${formatCount(count)} ${verdict}, median about ${formatDecimal(medianOf(inside), 2)}`;
  };
  const beyond =
    histogram.beyond === 0
      ? ''
      : ` ${formatPlural(histogram.beyond, 'answer')} beyond the right edge ${histogram.beyond === 1 ? 'is' : 'are'} in the last bin.`;
  return (
    <Figure
      title={`${score.name} by verdict`}
      summary={`By ${judge}: ${GROUPS.map((verdict) => part(verdict))
        .filter(Boolean)
        .join('; ')}.${beyond}`}
      height={270}
      options={options}
      data={{
        columns: ['verdict', 'from', 'to', 'count'],
        rows: bins.map(({ verdict, from, to, count }) => [verdict, from, to, count]),
      }}
    />
  );
}
