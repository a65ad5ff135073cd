import * as Plot from '@observablehq/plot';
import { useMemo } from 'react';
import {
  errorShare,
  heldBytes,
  measuredBuffers,
  predictedBuffers,
  predictedTotal,
  type LedgerEntry,
} from '../../../src-main/domain/ledger.ts';
import { Figure } from '../../charts/Figure.tsx';
import {
  formatClock,
  formatDateTime,
  formatDay,
  formatPercent,
  formatPlural,
  formatSigned,
} from '../../lib/format.ts';

interface Point {
  readonly at: Date;
  readonly error: number;
  readonly of: 'buffers' | 'all that was held';
  readonly text: string;
}

const FILLS = { buffers: 'var(--az-accent)', 'all that was held': 'var(--az-tight)' } as const;

/** How far each load's prediction was off, over time: above zero more was predicted than was taken. */
export function LedgerFigure({ entries }: { readonly entries: readonly LedgerEntry[] }) {
  const drawn = useMemo(() => {
    const points = pointsOf(entries);
    return { points, options: optionsOf(points) };
  }, [entries]);
  const { points } = drawn;
  if (points.length === 0) return null;
  const under = points.filter(({ of, error }) => of === 'buffers' && error < 0).length;
  return (
    <Figure
      title="Error of the prediction, load by load"
      summary={`● llama.cpp’s buffers, ◇ all that the process held. Above zero: more was predicted than was taken, so it was safe. Buffers were predicted too small ${formatPlural(under, 'time')} of ${points.filter(({ of }) => of === 'buffers').length}.`}
      height={200}
      options={drawn.options}
      data={{
        columns: ['at', 'of', 'error_share', 'what'],
        rows: points.map(({ at, of, error, text }) => [at.toISOString(), of, error, text]),
      }}
    />
  );
}

function pointsOf(entries: readonly LedgerEntry[]): Point[] {
  return entries.flatMap(({ at, modelName, devices }) =>
    devices.flatMap((device) => {
      const errors = [
        { of: 'buffers' as const, error: errorShare(predictedBuffers(device), measuredBuffers(device)) },
        { of: 'all that was held' as const, error: errorShare(predictedTotal(device), heldBytes(device)) },
      ];
      return errors.flatMap(({ of, error }): Point[] =>
        error === null
          ? []
          : [
              {
                at: new Date(at),
                of,
                error,
                text: `${modelName} on ${device.name}, ${formatDateTime(at)}\n${of}: ${formatPercent(error, 2)}`,
              },
            ],
      );
    }),
  );
}

const HOUR_MS = 3_600_000;

/** Ticks as the rest of the workbench writes times: the axis of the library has twelve hours to a day. */
function timeOf(points: readonly Point[]): (at: Date) => string {
  const times = points.map(({ at }) => at.getTime());
  const span = Math.max(...times) - Math.min(...times);
  if (span > 48 * HOUR_MS) return (at) => formatDay(at.getTime());
  return (at) => formatClock(at.getTime(), span < HOUR_MS);
}

/** Errors smaller than this are drawn on an axis that does not blow them up. */
const LEAST_SHARE = 0.02;

function optionsOf(points: readonly Point[]): Plot.PlotOptions {
  const most = Math.max(LEAST_SHARE, ...points.map(({ error }) => Math.abs(error))) * 1.15;
  return {
    marginLeft: 56,
    marginRight: 16,
    marginBottom: 30,
    x: { type: 'time', label: null, tickFormat: timeOf(points) },
    y: {
      domain: [-most, most],
      label: 'error',
      labelArrow: 'none',
      tickFormat: (share: number) => formatSigned(share * 100, 0, ' %'),
      grid: true,
      ticks: 5,
    },
    marks: [
      Plot.ruleY([0], { stroke: 'var(--az-text)' }),
      Plot.dot(points, {
        x: 'at',
        y: 'error',
        symbol: ({ of }: Point) => (of === 'buffers' ? 'circle' : 'diamond'),
        stroke: ({ of }: Point) => FILLS[of],
        fill: ({ of }: Point) => (of === 'buffers' ? FILLS[of] : 'var(--az-surface)'),
        r: 4,
        title: 'text',
        tip: true,
      }),
    ],
  };
}
