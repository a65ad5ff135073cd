import * as Plot from '@observablehq/plot';
import { useMemo } from 'react';
import type { Plan } from '../../../src-main/domain/plan.ts';
import { ExplorableFigure, explorable } from '../../charts/ExplorableFigure.tsx';
import type { FigureData } from '../../charts/save.ts';
import { formatMib } from '../../lib/format.ts';
import { labelRoom, shorten } from '../../lib/judge-names.ts';
import { barRows, marginText, PARTS, segmentText, type BarRow, type BarSegment } from './memory-bars.ts';
import classes from './Planner.module.css';

const GIB = 2 ** 30;
const ROW_PX = 27;
const LABEL_LETTERS = 30;
/** Of the margin's number at the right. */
const MARGIN_PX = 112;
const TOP_PX = 4;
const AXIS_PX = 26;
/** Where there are no cards: RAM of so many times the longest bar is not drawn to its end. */
const FAR = 2.5;
const LEGEND_ROW_PX = 18;
const LEGEND_COLUMNS = 4;
const LEGEND_COLUMN_PX = 128;

/** Memory of every phase on every device, stacked, with what is free as a line and the margin as a number. */
export function MemoryFigure({ plan, title }: { readonly plan: Plan; readonly title: string }) {
  const drawn = useMemo(() => drawingOf(plan), [plan]);
  return (
    <ExplorableFigure
      title={title}
      summary={drawn.summary}
      data={drawn.data}
      height={drawn.height}
      options={drawn.options}
      parts={drawn.segments.map(segmentText)}
      renderDetail={(index) => <Detail segment={drawn.segments[index] ?? null} />}
    />
  );
}

function Detail({ segment }: { readonly segment: BarSegment | null }) {
  if (segment === null) return null;
  const { part, bytes, interval, basis, source, row } = segment;
  return (
    <>
      <div>
        <span className={classes['swatch']} style={{ background: PARTS[part].fill }} />
        <strong>{PARTS[part].name}</strong> {formatMib(bytes)}
      </div>
      <div>{row}</div>
      {interval === null ? null : (
        <div>
          between {formatMib(interval[0])} and {formatMib(interval[1])}
        </div>
      )}
      <div>
        {basis === null ? '' : <em>{basis}: </em>}
        {source}
      </div>
    </>
  );
}

interface Drawing {
  readonly height: number;
  readonly summary: string;
  readonly data: FigureData;
  readonly segments: readonly BarSegment[];
  readonly options: Plot.PlotOptions;
}

function drawingOf(plan: Plan): Drawing {
  const rows = barRows(plan);
  const lines = linesOf(rows);
  const segments = rows.flatMap((row) => row.segments);
  const legend = legendOf(segments);
  const legendPx = Math.ceil(legend.length / LEGEND_COLUMNS) * LEGEND_ROW_PX + 6;
  return {
    height: lines.length * ROW_PX + TOP_PX + AXIS_PX + legendPx,
    summary: summaryOf(rows),
    segments,
    data: {
      columns: ['phase and device', 'model', 'part', 'bytes', 'low', 'high', 'basis', 'source'],
      rows: rows.flatMap(({ model, segments: parts }) =>
        parts.map(({ row, part, bytes, interval, basis, source }) => [
          row,
          model,
          PARTS[part].name,
          bytes,
          interval?.[0] ?? null,
          interval?.[1] ?? null,
          basis,
          source,
        ]),
      ),
    },
    options: optionsOf(rows, lines, legend, legendPx),
  };
}

const capacity = ({ device }: BarRow): number => device.capacityBytes / GIB;

/** Where the axis ends, GiB. A RAM far larger than what is used would press everything else to the left: it is cut. */
function mostOf(rows: readonly BarRow[]): number {
  const widest = Math.max(...rows.flatMap((row) => row.segments.map(({ to }) => to)), 0.25);
  const cards = rows.filter(({ device }) => device.deviceId !== 'host').map(capacity);
  const ram = cards.length > 0 ? [] : rows.map(capacity).filter((gib) => gib < widest * FAR);
  return Math.max(widest, ...cards, ...ram);
}

/** The rows whose free memory is inside the drawing. */
function withLine(rows: readonly BarRow[]): BarRow[] {
  const most = mostOf(rows);
  return rows.filter((row) => capacity(row) <= most * 1.02);
}

/** The line, and where it is tightest: every bar has its own margin beside it. */
function summaryOf(rows: readonly BarRow[]): string {
  const tightest = rows.toSorted((a, b) => a.device.marginBytes - b.device.marginBytes)[0];
  const where = tightest === undefined ? '' : ` Tightest: ${tightest.row}, ${marginText(tightest.device)}.`;
  const line =
    withLine(rows).length > 0 ? 'The upright line is what was free.' : 'More was free than is drawn.';
  return `${line}${where} Point at a part, or go to it by keys, for its size and source.`;
}

/** A line of the drawing: a phase with its model, or a device under it. */
interface Line {
  readonly key: string;
  /** Of a phase; null for a device. */
  readonly heading: string | null;
  readonly name: string;
}

function linesOf(rows: readonly BarRow[]): Line[] {
  return rows.flatMap(({ row, phase, model, name }, i): Line[] => [
    ...(rows[i - 1]?.phase === phase ? [] : [{ key: phase, heading: `${phase}: ${model}`, name: '' }]),
    { key: row, heading: null, name },
  ]);
}

interface LegendEntry {
  readonly name: string;
  readonly fill: string;
}

function legendOf(segments: readonly BarSegment[]): LegendEntry[] {
  return Object.entries(PARTS).flatMap(([part, entry]) =>
    segments.some((segment) => segment.part === part) ? [entry] : [],
  );
}

function optionsOf(
  rows: readonly BarRow[],
  lines: readonly Line[],
  legend: readonly LegendEntry[],
  legendPx: number,
): Plot.PlotOptions {
  const segments = rows.flatMap((row) => row.segments);
  const left = labelRoom(
    rows.map(({ name }) => name),
    LABEL_LETTERS,
  );
  const nameOf = new Map(lines.map(({ key, name }) => [key, name]));
  return {
    marginLeft: left,
    marginRight: MARGIN_PX,
    marginTop: TOP_PX,
    marginBottom: AXIS_PX + legendPx,
    x: {
      label: null,
      domain: [0, mostOf(rows)],
      grid: true,
      ticks: 6,
      tickFormat: (at: number) => `${at} GiB`,
    },
    y: {
      label: null,
      domain: lines.map(({ key }) => key),
      padding: 0.3,
      tickSize: 0,
      tickFormat: (key: string) => shorten(nameOf.get(key) ?? '', LABEL_LETTERS),
    },
    marks: [
      Plot.barX(segments, {
        x1: 'from',
        x2: 'to',
        y: 'row',
        fill: 'fill',
        insetRight: 0.5,
        render: explorable(segments.map(segmentText)),
      }),
      Plot.text(
        lines.filter(({ heading }) => heading !== null),
        {
          y: 'key',
          frameAnchor: 'left',
          textAnchor: 'start',
          dx: -left,
          dy: 3,
          text: 'heading',
          fontWeight: 600,
        },
      ),
      Plot.tickX(withLine(rows), {
        x: capacity,
        y: 'row',
        stroke: 'var(--az-text)',
        strokeWidth: 2,
        insetTop: -3,
        insetBottom: -3,
      }),
      Plot.text(rows, {
        y: 'row',
        frameAnchor: 'right',
        dx: MARGIN_PX - 4,
        textAnchor: 'end',
        text: ({ device }: BarRow) => marginText(device),
        fill: ({ device }: BarRow) => (device.marginBytes < 0 ? 'var(--az-no)' : 'var(--az-yes)'),
        fontWeight: 600,
      }),
      ...legend.flatMap((entry, i) => legendMarks(entry, i)),
    ],
  };
}

/** In the drawing itself, so that it is in the saved picture too. */
function legendMarks({ name, fill }: LegendEntry, index: number): Plot.Markish[] {
  const dx = (index % LEGEND_COLUMNS) * LEGEND_COLUMN_PX;
  const dy = AXIS_PX + 8 + Math.floor(index / LEGEND_COLUMNS) * LEGEND_ROW_PX;
  return [
    Plot.dot([name], { frameAnchor: 'bottom-left', dx: dx + 5, dy, symbol: 'square', r: 5, fill }),
    Plot.text([name], {
      frameAnchor: 'bottom-left',
      textAnchor: 'start',
      lineAnchor: 'middle',
      dx: dx + 15,
      dy,
      text: [name],
    }),
  ];
}
