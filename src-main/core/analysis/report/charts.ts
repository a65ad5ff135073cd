import type { CalibrationBin } from '../../../domain/statistics/calibration.ts';
import type { Estimate } from '../../../domain/statistics/interval.ts';
import type { ScoreHistogram } from '../../../domain/analysis/uncertainty-view.ts';
import {
  axes,
  drawing,
  escape,
  type Frame,
  line,
  linear,
  path,
  px,
  rect,
  text,
  ticks,
  tickText,
} from './svg.ts';

export interface IntervalRow {
  readonly name: string;
  readonly estimate: Estimate | null;
  /** Shown at the end of the row: "365/400". */
  readonly note: string;
}

const LABELS = 260;
const NOTES = 150;
const ROW = 24;

/** Shares with their intervals, one row each: a forest plot from 0 to 1. */
export function intervalChart(title: string, rows: readonly IntervalRow[]): string {
  const frame: Frame = {
    width: 860,
    height: rows.length * ROW + 40,
    left: LABELS,
    right: NOTES,
    top: 8,
    bottom: 28,
  };
  const x = linear(0, 1, frame.left, frame.width - frame.right);
  const grid = ticks(0, 1).map(
    (tick) =>
      line(x(tick), frame.top, x(tick), frame.height - frame.bottom, 'grid') +
      text(x(tick), frame.height - frame.bottom + 14, tickText(tick), 'middle', 'class="tick"'),
  );
  const body = rows.map(({ name, estimate, note }, i) => {
    const y = frame.top + (i + 0.5) * ROW;
    const label = text(frame.left - 10, y + 4, clip(name, 40), 'end');
    const end = text(frame.width - frame.right + 10, y + 4, note, 'start', 'class="tick"');
    if (estimate === null) return label + end;
    return (
      label +
      line(x(estimate.low), y, x(estimate.high), y, 'whisker') +
      `<circle class="point" cx="${px(x(estimate.value))}" cy="${px(y)}" r="4"/>${end}`
    );
  });
  const summary = rows
    .map(
      ({ name, estimate }) => `${name}: ${estimate === null ? 'nothing scored' : estimate.value.toFixed(3)}`,
    )
    .join('; ');
  return drawing(frame, title, summary, [...grid, ...body].join(''));
}

/** Cut in the middle: what tells judges of one model apart, the prompt, is at the end. */
export function clip(value: string, most: number): string {
  const characters = [...value];
  if (characters.length <= most) return value;
  const head = Math.ceil((most - 1) / 2);
  const tail = characters.slice(characters.length - (most - 1 - head));
  return `${characters.slice(0, head).join('')}…${tail.join('')}`;
}

export interface HeatCell {
  readonly value: number | null;
  /** Shown in the cell. */
  readonly label: string;
  readonly title: string;
}

const CELL = 54;
/** Opacity of the strongest cell: the text's own colour reads on it in light and dark. */
const DARKEST = 0.5;

/** A matrix of values from −1 to 1, darker for higher; the number stands in every cell, so that it reads in grey too. */
export function heatMap(
  title: string,
  rowNames: readonly string[],
  columnNames: readonly string[],
  cells: readonly (readonly HeatCell[])[],
): string {
  const frame: Frame = {
    width: LABELS + columnNames.length * CELL + 90,
    height: 120 + rowNames.length * 28,
    left: LABELS,
    right: 90,
    top: 112,
    bottom: 8,
  };
  const heads = columnNames.map((name, i) => {
    const x = frame.left + (i + 0.5) * CELL;
    return text(
      0,
      0,
      clip(name, 24),
      'start',
      `class="tick" transform="translate(${px(x)} 106) rotate(-38)"`,
    );
  });
  const rows = rowNames.map((name, i) => {
    const y = frame.top + i * 28;
    const own = (cells[i] ?? []).map((cell, j) => {
      const x = frame.left + j * CELL;
      const strength = cell.value === null ? 0 : Math.max(0, Math.min(1, cell.value));
      const fill = `class="heat" fill-opacity="${px(strength * DARKEST)}"`;
      return (
        `<g><title>${escape(cell.title)}</title>${rect(x + 1, y + 1, CELL - 2, 26, fill)}` +
        `${text(x + CELL / 2, y + 18, cell.label, 'middle')}</g>`
      );
    });
    return text(frame.left - 10, y + 18, clip(name, 40), 'end') + own.join('');
  });
  const summary = rowNames
    .map((name, i) => `${name}: ${(cells[i] ?? []).map((cell) => cell.label).join(', ')}`)
    .join('; ');
  return drawing(frame, title, summary, [...heads, ...rows].join(''));
}

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
}

const SQUARE: Frame = { width: 380, height: 300, left: 52, right: 12, top: 12, bottom: 44 };

/** Height of the names over a drawing of several lines. */
const LEGEND = 20;

/** Lines over two axes; `diagonal` draws what chance would give, `level` a horizontal line with a meaning of its own. */
export function lineChart(
  title: string,
  summary: string,
  chart: {
    readonly x: { readonly from: number; readonly to: number; readonly name: string };
    readonly y: { readonly from: number; readonly to: number; readonly name: string };
    readonly series: readonly Series[];
    readonly diagonal?: boolean;
    readonly level?: number;
  },
): string {
  const several = chart.series.length > 1;
  // Names stand over the drawing: inside of it they would lie on the lines.
  const frame = several ? { ...SQUARE, height: SQUARE.height + LEGEND, top: SQUARE.top + LEGEND } : SQUARE;
  const { x, y, svg } = axes(frame, chart.x, chart.y);
  const guide =
    chart.diagonal === true
      ? line(x(chart.x.from), y(chart.y.from), x(chart.x.to), y(chart.y.to), 'guide')
      : '';
  const level =
    chart.level === undefined
      ? ''
      : line(x(chart.x.from), y(chart.level), x(chart.x.to), y(chart.level), 'guide');
  const lines = chart.series.map((series, i) =>
    path(
      series.points.map(([a, b]) => [x(a), y(b)] as const),
      `curve c${i % 4}`,
    ),
  );
  const room = (frame.width - frame.left - frame.right) / Math.max(1, chart.series.length);
  const legend = several
    ? chart.series
        .map(({ name }, i) => {
          const left = frame.left + i * room;
          return (
            line(left, 12, left + 20, 12, `curve c${i % 4}`) +
            text(left + 26, 16, clip(name, Math.floor((room - 30) / 6)), 'start', 'class="tick"')
          );
        })
        .join('')
    : '';
  return drawing(frame, title, summary, svg + guide + level + lines.join('') + legend);
}

/** Stated probability against the share that was right, with the number of answers as the size of the point. */
export function reliabilityChart(title: string, bins: readonly CalibrationBin[]): string {
  const { x, y, svg } = axes(
    SQUARE,
    { from: 0, to: 1, name: 'stated probability' },
    { from: 0, to: 1, name: 'share correct' },
  );
  const most = Math.max(1, ...bins.map((bin) => bin.count));
  const points = bins.map((bin) => {
    const radius = 3 + 9 * Math.sqrt(bin.count / most);
    const label = `${bin.count} answers: stated ${bin.confidence.toFixed(3)}, correct ${bin.accuracy.toFixed(3)}`;
    return `<circle class="bubble" cx="${px(x(bin.confidence))}" cy="${px(y(bin.accuracy))}" r="${px(radius)}"><title>${escape(label)}</title></circle>`;
  });
  const summary = bins
    .map((bin) => `stated ${bin.confidence.toFixed(2)}, correct ${bin.accuracy.toFixed(2)} (${bin.count})`)
    .join('; ');
  return drawing(SQUARE, title, summary, svg + line(x(0), y(0), x(1), y(1), 'guide') + points.join(''));
}

/** A score over correct and incorrect answers: correct upward, incorrect downward, so that it reads without colour. */
export function histogramChart(title: string, name: string, histogram: ScoreHistogram): string {
  const { edges, correct, incorrect } = histogram;
  const most = Math.max(1, ...correct, ...incorrect);
  const { x, y, svg } = axes(
    SQUARE,
    { from: edges[0] ?? 0, to: edges.at(-1) ?? 1, name },
    {
      from: -most,
      to: most,
      name: 'incorrect ↓   answers   ↑ correct',
      format: (n) => tickText(Math.abs(n)),
    },
  );
  const bars = correct.map((up, i) => {
    const left = x(edges[i] ?? 0);
    const width = x(edges[i + 1] ?? 0) - left - 1;
    const down = incorrect[i] ?? 0;
    return (
      rect(left, y(up), width, y(0) - y(up), 'class="up"') +
      rect(left, y(0), width, y(-down) - y(0), 'class="down"')
    );
  });
  const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
  const summary = `${sum(correct)} correct and ${sum(incorrect)} incorrect answers by ${name}.`;
  return drawing(SQUARE, title, summary, svg + bars.join(''));
}
