import * as Plot from '@observablehq/plot';
import { useMemo } from 'react';
import type { TokenView } from '../../../../src-main/domain/analysis/uncertainty-view.ts';
import { Figure } from '../../../charts/Figure.tsx';
import { formatCount, formatDecimal } from '../../../lib/format.ts';

const HEIGHT = 260;
const GROUPS = ['correct', 'incorrect', 'all'] as const;

interface Point {
  readonly position: number;
  readonly group: (typeof GROUPS)[number];
  readonly meanNll: number;
  readonly answers: number;
}

function pointsOf({ positions }: TokenView): Point[] {
  return positions.flatMap(({ position, all, correct, incorrect }) =>
    Object.entries({ correct, incorrect, all }).flatMap(([name, mean]): Point[] => {
      const group = GROUPS.find((each) => each === name);
      return mean === null || group === undefined ? [] : [{ position, group, ...mean }];
    }),
  );
}

interface TokensProps {
  readonly tokens: TokenView;
  readonly judge: string;
}

/** Which tokens carry the uncertainty. */
export function PositionFigure({ tokens, judge }: TokensProps) {
  const points = useMemo(() => pointsOf(tokens), [tokens]);
  const options = useMemo((): Plot.PlotOptions => {
    const scored = points.some(({ group }) => group !== 'all');
    const shown = scored ? points.filter(({ group }) => group !== 'all') : points;
    const ends = GROUPS.flatMap((group) => shown.findLast((point) => point.group === group) ?? []).toSorted(
      (a, b) => b.meanNll - a.meanNll,
    );
    return {
      marginLeft: 48,
      marginRight: 70,
      marginBottom: 42,
      marginTop: 22,
      x: { label: 'token of the answer', labelArrow: 'none', labelAnchor: 'center', tickFormat: 'd' },
      y: { label: 'mean NLL (nats)', labelArrow: 'none', grid: true, zero: true, ticks: 5 },
      color: { domain: [...GROUPS], range: ['var(--az-yes)', 'var(--az-no)', 'var(--az-accent)'] },
      marks: [
        Plot.line(shown, { x: 'position', y: 'meanNll', stroke: 'group', z: 'group', strokeWidth: 1.75 }),
        Plot.dot(shown, {
          x: 'position',
          y: 'meanNll',
          fill: 'group',
          r: 2,
          title: ({ position, group, meanNll, answers }: Point) =>
            `Token ${position}, ${group}: mean NLL ${formatDecimal(meanNll)} over ${formatCount(answers)} answers that have it`,
          tip: true,
        }),
        // Lines often end side by side: the upper one's name goes up a little, the lower one's down.
        ...ends.map((end, rank) =>
          Plot.text([end], {
            x: 'position',
            y: 'meanNll',
            text: 'group',
            fill: 'group',
            textAnchor: 'start',
            dx: 6,
            dy: ends.length > 1 ? (rank === 0 ? -6 : 6) : 0,
          }),
        ),
      ],
    };
  }, [points]);
  const [first] = tokens.positions;
  const highest = tokens.positions.reduce<TokenView['positions'][number] | undefined>(
    (best, each) => (best === undefined || each.all.meanNll > best.all.meanNll ? each : best),
    undefined,
  );
  if (first === undefined || highest === undefined) return null;
  return (
    <Figure
      title="NLL by token position"
      summary={`Mean over the ${formatCount(tokens.answers)} answers with log-probabilities, split by the verdict of ${judge}. The first token has ${formatDecimal(first.all.meanNll, 2)} nats; token ${highest.position} has the most, ${formatDecimal(highest.all.meanNll, 2)}, over ${formatCount(highest.all.answers)} answers that are as long.`}
      height={HEIGHT}
      options={options}
      data={{
        columns: ['position', 'group', 'mean_nll', 'answers'],
        rows: points.map(({ position, group, meanNll, answers }) => [position, group, meanNll, answers]),
      }}
    />
  );
}

/** How early in the answer the model's uncertainty tells. */
export function PrefixFigure({ tokens, judge }: TokensProps) {
  const options = useMemo((): Plot.PlotOptions => {
    const known = tokens.prefix.filter(({ auroc }) => auroc !== null);
    return {
      marginLeft: 48,
      marginRight: 20,
      marginBottom: 42,
      marginTop: 22,
      x: {
        label: 'tokens read',
        labelArrow: 'none',
        labelAnchor: 'center',
        type: 'log',
        base: 2,
        tickFormat: 'd',
      },
      y: {
        domain: [
          Math.min(0.4, ...known.map(({ auroc }) => auroc ?? 0.5)),
          Math.max(0.7, ...known.map(({ auroc }) => auroc ?? 0.5)),
        ],
        label: 'AUROC',
        labelArrow: 'none',
        grid: true,
        ticks: 5,
      },
      marks: [
        Plot.ruleY([0.5], { stroke: 'var(--az-line-strong)', strokeDasharray: '4,4' }),
        Plot.line(known, { x: 'tokens', y: 'auroc', stroke: 'var(--az-accent)', strokeWidth: 2 }),
        Plot.dot(known, {
          x: 'tokens',
          y: 'auroc',
          fill: 'var(--az-accent)',
          r: 3,
          title: ({ tokens: read, auroc, reached }: (typeof known)[number]) =>
            `First ${read} tokens: AUROC ${formatDecimal(auroc)}; ${formatCount(reached)} answers are as long`,
          tip: true,
        }),
      ],
    };
  }, [tokens]);
  const known = tokens.prefix.filter(({ auroc }) => auroc !== null);
  const [first] = known;
  const last = known.at(-1);
  if (first === undefined || last === undefined) return null;
  return (
    <Figure
      title="AUROC by tokens read"
      summary={`NLL of the first tokens alone, against ${judge} (${formatCount(tokens.scored)} scored): ${formatDecimal(first.auroc, 3)} after ${first.tokens === 1 ? 'the first token' : `${formatCount(first.tokens)} tokens`}, ${formatDecimal(last.auroc, 3)} after ${formatCount(last.tokens)}.`}
      height={HEIGHT}
      options={options}
      data={{
        columns: ['tokens', 'auroc', 'answers_as_long'],
        rows: tokens.prefix.map(({ tokens: read, auroc, reached }) => [read, auroc, reached]),
      }}
    />
  );
}
