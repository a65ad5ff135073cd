import * as Plot from '@observablehq/plot';
import { useMemo } from 'react';
import type { Comparison, PairComparison } from '../../../../src-main/domain/analysis/comparison.ts';
import { Figure } from '../../../charts/Figure.tsx';
import { formatCount, formatDecimal, formatPlural, formatSigned } from '../../../lib/format.ts';

export const pairName = ({ first, second }: PairComparison): string =>
  `${String.fromCodePoint(65 + first)} − ${String.fromCodePoint(65 + second)}`;

const signed = (share: number): string => formatSigned(share * 100);

/** "+3.1 [−0.4, +6.6]" in points. */
export function pointsText({ difference }: PairComparison): string {
  return difference === null
    ? '–'
    : `${signed(difference.value)} [${signed(difference.low)}, ${signed(difference.high)}]`;
}

function overText({ pairs, questions }: PairComparison): string {
  return questions === pairs
    ? formatPlural(questions, 'question')
    : `${formatCount(pairs)} pairs of ${formatPlural(questions, 'question')}`;
}

function sentence(pair: PairComparison): string {
  const { difference, mcnemar, counts } = pair;
  if (difference === null) return `${pairName(pair)}: no question was scored on both sides.`;
  const shown = difference.low > 0 || difference.high < 0;
  return `${pairName(pair)} is ${pointsText(pair)} points over ${overText(pair)}; ${formatCount(counts.onlyFirst + counts.onlySecond)} flipped, p ${mcnemar.pExact < 0.0001 ? '< 0.0001' : formatDecimal(mcnemar.pExact, 4)}${shown ? '' : ': no difference is shown'}.`;
}

/** Paired differences with Newcombe's intervals: one that leaves zero out is a difference. */
export function DifferenceFigure({ comparison }: { readonly comparison: Comparison }) {
  const { pairs } = comparison;
  const bars = useMemo(
    () =>
      pairs.flatMap((pair) =>
        pair.difference === null
          ? []
          : [
              {
                name: pairName(pair),
                value: pair.difference.value * 100,
                low: pair.difference.low * 100,
                high: pair.difference.high * 100,
                text: sentence(pair),
              },
            ],
      ),
    [pairs],
  );
  const options = useMemo((): Plot.PlotOptions => {
    const reach = Math.max(5, ...bars.flatMap(({ low, high }) => [Math.abs(low), Math.abs(high)])) * 1.08;
    return {
      marginLeft: 60,
      marginRight: 24,
      marginBottom: 42,
      x: {
        domain: [-reach, reach],
        label: 'difference of accuracy, points',
        labelArrow: 'none',
        labelAnchor: 'center',
        grid: true,
      },
      y: { domain: bars.map(({ name }) => name), label: null, tickSize: 0 },
      marks: [
        Plot.ruleX([0], { stroke: 'var(--az-text)' }),
        Plot.ruleY(bars, {
          y: 'name',
          x1: 'low',
          x2: 'high',
          stroke: 'var(--az-accent)',
          strokeWidth: 5,
          strokeOpacity: 0.35,
        }),
        Plot.dot(bars, { y: 'name', x: 'value', r: 4, fill: 'var(--az-accent)', title: 'text', tip: true }),
      ],
    };
  }, [bars]);
  if (bars.length === 0) return null;
  return (
    <Figure
      title="Paired differences"
      summary={pairs.map((pair) => sentence(pair)).join(' ')}
      height={bars.length * 28 + 50}
      options={options}
      data={{
        columns: [
          'pair',
          'difference_points',
          'low',
          'high',
          'pairs',
          'only_first',
          'only_second',
          'p_exact',
          'p_holm',
        ],
        rows: pairs.map((pair) => [
          pairName(pair),
          pair.difference === null ? null : pair.difference.value * 100,
          pair.difference === null ? null : pair.difference.low * 100,
          pair.difference === null ? null : pair.difference.high * 100,
          pair.pairs,
          pair.counts.onlyFirst,
          pair.counts.onlySecond,
          pair.mcnemar.pExact,
          pair.pHolm,
        ]),
      }}
    />
  );
}
