import { useComputedColorScheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { TimeLine } from './time-line.ts';
import classes from './TimeSeries.module.css';

export interface TimeSeriesProps {
  /** What the picture shows, for those who hear it. */
  readonly label: string;
  readonly lines: readonly TimeLine[];
  /** Seconds at the right edge; 0 is at the left. */
  readonly until: number;
  readonly height?: number;
  /** Values are bytes. */
  readonly formatValue: (value: number) => string;
  readonly formatTime: (seconds: number) => string;
}

/** Steps of the time axis, seconds: what a clock counts in. */
const CLOCK_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 86_400];

/** Steps of a value axis in bytes: powers of two, as memory is counted. */
const BINARY_STEPS = Array.from({ length: 50 }, (_, power) => 2 ** power);

/** px that the value axis takes at the left: what stands over the chart on the same time axis is set in by as much. */
export const AXIS_WIDTH = 72;
/** px left free at the right, for the same reason. */
export const RIGHT_PADDING = 18;

const cssColour = (element: Element, name: string): string =>
  getComputedStyle(element).getPropertyValue(name).trim();

/** Live lines over time; thousands of points stay cheap. A chart reads its colours once, so another theme is another chart. */
export function TimeSeries(props: TimeSeriesProps) {
  return <Chart key={useComputedColorScheme('light')} {...props} />;
}

function Chart({ label, lines, until, height = 140, formatValue, formatTime }: TimeSeriesProps) {
  const { ref, width } = useElementSize();
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef({ data: aligned(lines), until });
  useEffect(() => {
    latest.current = { data: aligned(lines), until };
    plot.current?.setData(latest.current.data, false);
    plot.current?.setScale('x', { min: 0, max: Math.max(1, until) });
  }, [lines, until]);
  // A chart is made anew for another theme, another set of lines; new points only go into it.
  const shape = lines.map((line) => `${line.label}|${line.colour}|${line.predicted === true}`).join('\n');
  useEffect(() => {
    const root = host.current;
    if (root === null || width === 0) return undefined;
    const chart = new uPlot(
      optionsOf(root, shape, { width, height, formatValue, formatTime }),
      latest.current.data,
      root,
    );
    chart.setScale('x', { min: 0, max: Math.max(1, latest.current.until) });
    plot.current = chart;
    return () => {
      chart.destroy();
      plot.current = null;
    };
  }, [shape, width, height, formatValue, formatTime]);
  return (
    <div ref={ref} className={classes['root']}>
      <div ref={host} role="img" aria-label={label} />
    </div>
  );
}

interface Look {
  readonly width: number;
  readonly height: number;
  readonly formatValue: (value: number) => string;
  readonly formatTime: (seconds: number) => string;
}

function optionsOf(root: Element, shape: string, look: Look): uPlot.Options {
  const grid = { stroke: cssColour(root, '--az-line'), width: 1 };
  const axis = {
    stroke: cssColour(root, '--az-dim'),
    font: '11px "Inter Variable", system-ui, sans-serif',
    grid,
    ticks: { ...grid, size: 4 },
  };
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  return {
    width: look.width,
    height: look.height,
    padding: [6, RIGHT_PADDING, 0, 0],
    cursor: { y: false, drag: { x: false, y: false } },
    legend: { show: true, live: true },
    scales: { x: { time: false, auto: false }, y: { range: (_, __, max) => [0, Math.max(1, max) * 1.08] } },
    axes: [
      {
        ...axis,
        size: 26,
        incrs: CLOCK_STEPS,
        values: (_, ticks) => ticks.map((tick) => look.formatTime(tick)),
      },
      {
        ...axis,
        size: AXIS_WIDTH,
        space: 30,
        incrs: BINARY_STEPS,
        values: (_, ticks) => ticks.map((tick) => look.formatValue(tick)),
      },
    ],
    series: [
      { label: 'Time', value: (_, value) => (value === null ? '–' : look.formatTime(value)) },
      ...shape.split('\n').map((text): uPlot.Series => {
        const [label = '', colour = '', predicted] = text.split('|');
        const stroke = cssColour(root, colour);
        const value = (_: uPlot, raw: number | null): string => (raw === null ? '–' : look.formatValue(raw));
        if (predicted === 'true')
          return {
            label,
            stroke,
            width: 1.5,
            dash: [5, 4],
            spanGaps: false,
            points: { show: false },
            value,
            ...(stepped === undefined ? {} : { paths: stepped }),
          };
        return {
          label,
          stroke,
          fill: `color-mix(in srgb, ${stroke} 16%, transparent)`,
          width: 1.5,
          spanGaps: true,
          points: { show: false },
          value,
        };
      }),
    ],
  };
}

/** One column of times for all lines, as the chart wants it: undefined where a line has no point, null where it ends. */
function aligned(lines: readonly TimeLine[]): uPlot.AlignedData {
  const times = [...new Set(lines.flatMap(({ points }) => points.map(([at]) => at)))].sort((a, b) => a - b);
  const place = new Map(times.map((at, index) => [at, index]));
  const columns = lines.map(({ points, predicted }) => {
    const column: (number | null | undefined)[] = times.map(() => undefined);
    for (const [at, value] of points) column[place.get(at) ?? 0] = value;
    return predicted === true ? filled(column) : column;
  });
  return [times, ...columns];
}

/** A step holds its value until the next one. */
function filled(column: readonly (number | null | undefined)[]): (number | null)[] {
  let last: number | null = null;
  return column.map((value) => {
    if (value !== undefined) last = value;
    return last;
  });
}
