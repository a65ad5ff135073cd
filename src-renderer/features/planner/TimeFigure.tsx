import * as Plot from '@observablehq/plot';
import { useMemo } from 'react';
import { Figure } from '../../charts/Figure.tsx';
import { labelRoom } from '../../lib/judge-names.ts';
import { seconds, usd } from './LoadTable.tsx';
import type { Elsewhere } from './use-elsewhere.ts';

interface Bar {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  readonly verdict: Elsewhere['plan']['verdict'];
  readonly cost: string;
  readonly text: string;
}

const ROW_PX = 22;
const COST_PX = 120;
const FILLS = {
  yes: 'var(--az-yes)',
  tight: 'var(--az-tight)',
  no: 'var(--az-no)',
  unknown: 'var(--az-unknown)',
};
const MARKS = { yes: '●', tight: '◐', no: '○', unknown: '?' } as const;

/** How long the experiment takes on each machine that can run it, as the range that is known, and what it costs to rent. */
export function TimeFigure({
  list,
  pricesDate,
}: {
  readonly list: readonly Elsewhere[];
  readonly pricesDate: string;
}) {
  const drawn = useMemo(() => {
    const bars = barsOf(list);
    return { bars, options: optionsOf(bars) };
  }, [list]);
  const { bars } = drawn;
  if (bars.length === 0) return null;
  const fastest = bars.toSorted((a, b) => a.high - b.high)[0];
  return (
    <Figure
      title="Time and cost of this experiment"
      summary={`From the fastest to the slowest expected, logarithmic; ● whole on the cards, ◐ partly. Prices as of ${pricesDate}.${fastest === undefined ? '' : ` Shortest: ${fastest.text}.`}`}
      height={bars.length * ROW_PX + 40}
      options={drawn.options}
      data={{
        columns: ['machine', 'fits', 'seconds_low', 'seconds_high', 'usd'],
        rows: bars.map(({ name, verdict, low, high, cost }) => [name, verdict, low, high, cost]),
      }}
    />
  );
}

function barsOf(list: readonly Elsewhere[]): Bar[] {
  return list.flatMap(({ box, plan, time, cost }): Bar[] => {
    if (time === null || plan.verdict === 'no') return [];
    const name = `${MARKS[plan.verdict]} ${box ?? 'this machine'}`;
    const price = cost === null || box === undefined ? '' : `${usd(cost.usd)} USD`;
    const text = `${box ?? 'this machine'}, ${seconds(time.totalSeconds)}${price === '' ? '' : `, ${price}`}`;
    return [
      {
        name,
        low: time.totalSeconds[0],
        high: time.totalSeconds[1],
        verdict: plan.verdict,
        cost: price,
        text,
      },
    ];
  });
}

function optionsOf(bars: readonly Bar[]): Plot.PlotOptions {
  const fill = ({ verdict }: Bar): string => FILLS[verdict];
  const [least, most] = [Math.min(...bars.map(({ low }) => low)), Math.max(...bars.map(({ high }) => high))];
  const first = CLOCK.findLast((at) => at <= least) ?? least;
  const last = CLOCK.find((at) => at >= most) ?? most;
  const ticks = CLOCK.filter((at) => at >= first && at <= last);
  return {
    marginLeft: labelRoom(bars.map(({ name }) => name)) + 14,
    marginRight: COST_PX,
    marginTop: 6,
    marginBottom: 34,
    x: {
      type: 'log',
      domain: [first, last],
    },
    y: { label: null, domain: bars.map(({ name }) => name), tickSize: 0, padding: 0.35 },
    marks: [
      // Named here: a logarithmic scale leaves out the names of what is no power of ten.
      Plot.gridX(ticks),
      Plot.axisX(ticks, { label: null, text: clockText }),
      Plot.barX(bars, {
        y: 'name',
        x1: 'low',
        x2: 'high',
        fill,
        fillOpacity: 0.75,
        rx: 2,
        title: 'text',
        tip: true,
      }),
      Plot.text(bars, { y: 'name', frameAnchor: 'right', textAnchor: 'end', dx: COST_PX - 4, text: 'cost' }),
    ],
  };
}

function clockText(at: number): string {
  if (at < 60) return `${at} s`;
  if (at < 3600) return `${at / 60} min`;
  return at < DAY ? `${at / 3600} h` : `${at / DAY} d`;
}

const DAY = 86_400;

/** Where a clock's axis has its marks, seconds. */
const CLOCK = [1, 5, 15, 60, 300, 900, 3600, 4 * 3600, DAY, 7 * DAY, 30 * DAY, 365 * DAY];
