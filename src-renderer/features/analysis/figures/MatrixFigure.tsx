import * as Plot from '@observablehq/plot';
import { useMemo } from 'react';
import { Figure } from '../../../charts/Figure.tsx';
import type { FigureData } from '../../../charts/save.ts';
import { labelRoom, shortenAll } from '../../../lib/judge-names.ts';

export interface MatrixCell {
  readonly row: string;
  readonly column: string;
  /** How strongly it is filled, 0 to 1. */
  readonly strength: number;
  /** What stands in it, and what the pointer says. */
  readonly text: string;
  readonly detail: string;
}

export interface MatrixFigureProps {
  readonly title: string;
  readonly summary: string;
  readonly data: FigureData;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly cells: readonly MatrixCell[];
  /** Has the page's whole width. */
  readonly wide?: boolean;
}

const ROW_PX = 28;
/** Opacity: the strongest stays pale enough for text of the theme's own colour. */
const PALEST = 0.03;
const STRONGEST = 0.5;
const COLUMN_LABEL = 20;
const ROW_LABEL = 26;
/** Letters of column names that fit side by side; more are set at a slant. */
const LEVEL_LETTERS = { half: 56, whole: 120 };

/** px that the last slanted name needs at the right of its cell's middle, or the drawing's edge cuts it. */
const slantedRoom = (name: string): number =>
  Math.max(12, Math.round(labelRoom([name], COLUMN_LABEL) * 0.82) - 12);

function tickNames(rows: readonly string[], columns: readonly string[]) {
  const ofRows = shortenAll(rows, ROW_LABEL);
  const ofColumns = shortenAll(columns, COLUMN_LABEL);
  return {
    row: (name: string): string => ofRows.get(name) ?? name,
    column: (name: string): string => ofColumns.get(name) ?? name,
  };
}

/** Numbers in a grid, darker for more: the number itself is always in the cell, so the shade only leads the eye. */
export function MatrixFigure(props: MatrixFigureProps) {
  const { title, summary, data, rows, columns, cells, wide = false } = props;
  const upright =
    columns.length > 1 &&
    columns.reduce((sum, name) => sum + Math.min(COLUMN_LABEL, name.length) + 2, 0) >
      (wide ? LEVEL_LETTERS.whole : LEVEL_LETTERS.half);
  // Two letters of a number that are always the same, where cells are too narrow for four.
  const tight = columns.length > (wide ? 14 : 7);
  const top = upright ? Math.min(130, labelRoom(columns, COLUMN_LABEL) * 0.72 + 8) : 26;
  const short = useMemo(() => tickNames(rows, columns), [rows, columns]);
  const options = useMemo(
    (): Plot.PlotOptions => ({
      marginLeft: labelRoom(rows, ROW_LABEL),
      marginTop: top,
      marginBottom: 6,
      marginRight: upright ? slantedRoom(columns.at(-1) ?? '') : 12,
      x: {
        domain: [...columns],
        axis: 'top',
        label: null,
        tickSize: 0,
        tickFormat: short.column,
        ...(upright ? { tickRotate: -35 } : {}),
        padding: 0.03,
      },
      y: {
        domain: [...rows],
        label: null,
        tickSize: 0,
        tickFormat: short.row,
        padding: 0.06,
      },
      marks: [
        Plot.cell(cells, {
          x: 'column',
          y: 'row',
          fill: 'var(--az-accent)',
          fillOpacity: ({ strength }: MatrixCell) => PALEST + STRONGEST * Math.min(1, Math.max(0, strength)),
          stroke: 'var(--az-line)',
          rx: 2,
          title: 'detail',
          tip: true,
        }),
        Plot.text(cells, {
          x: 'column',
          y: 'row',
          text: ({ text }: MatrixCell) => (tight ? text.replace(/^(−?)0\./, '$1.') : text),
          fill: 'var(--az-text)',
          pointerEvents: 'none',
        }),
      ],
    }),
    [rows, columns, cells, short, top, upright, tight],
  );
  return (
    <Figure
      title={title}
      summary={summary}
      data={data}
      height={rows.length * ROW_PX + top + 6}
      options={options}
    />
  );
}
