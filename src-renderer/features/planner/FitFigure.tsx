import * as Plot from '@observablehq/plot';
import { useMemo } from 'react';
import type { Matrix } from '../../../src-main/contract/planning.ts';
import { cellText, type FitCell } from '../../../src-main/domain/planning/matrix.ts';
import { Figure } from '../../charts/Figure.tsx';
import { formatBytes, formatCount } from '../../lib/format.ts';
import { labelRoom, shorten } from '../../lib/judge-names.ts';
import { groupsOf } from './matrix-rows.ts';

interface Cell {
  readonly row: string;
  readonly column: string;
  readonly text: string;
  readonly fill: string;
  readonly colour: string;
  readonly detail: string;
}

const ROW_PX = 26;
const TOP_PX = 30;
const ROW_LETTERS = 40;
const COLUMN_LETTERS = 18;
export const MARKS = { yes: '●', tight: '◐', no: '○', unknown: '?' } as const;

/** The matrix as one picture, to be saved: shape, colour and the margin in each cell. */
export function FitFigure({ matrix }: { readonly matrix: Matrix }) {
  const drawn = useMemo(() => drawingOf(matrix), [matrix]);
  return (
    <Figure
      title="What fits where"
      summary={`One sequence of ${formatCount(matrix.contextPerSequence)} tokens, whole on the cards. ● fits, ◐ tight, ○ does not; the number is what is left on the fullest card, or what is missing.`}
      height={drawn.rows.length * ROW_PX + TOP_PX + 8}
      options={drawn.options}
      data={{
        columns: ['model', 'quantization', 'file bytes', ...matrix.boxes],
        rows: matrix.rows.map(({ modelName, recipe, fileBytes, cells }) => [
          modelName,
          recipe,
          fileBytes,
          ...cells.map(cellText),
        ]),
      }}
    />
  );
}

function drawingOf(matrix: Matrix): { rows: string[]; options: Plot.PlotOptions } {
  const boxes = matrix.boxes.map((box) => box.replace(/^this machine \(.*\)$/, 'this machine'));
  const rows = groupsOf(matrix).flatMap(({ model, rows: all }) =>
    all.map((row) => ({ name: `${model} · ${row.recipe}`, row })),
  );
  const names = rows.map(({ name }) => name);
  const cells = rows.flatMap(({ name, row: { fileBytes, cells: of } }) =>
    of.map((cell, c): Cell => {
      const column = boxes[c] ?? '';
      return {
        row: name,
        column,
        text: shortText(cell),
        fill: `var(--az-${cell.verdict}-soft)`,
        colour: `var(--az-${cell.verdict})`,
        detail: `${name} (${formatBytes(fileBytes)}) on ${column}: ${cellText(cell)}`,
      };
    }),
  );
  return {
    rows: names,
    options: {
      marginLeft: labelRoom(names, ROW_LETTERS),
      marginTop: TOP_PX,
      marginBottom: 4,
      marginRight: 4,
      x: {
        domain: boxes,
        axis: 'top',
        label: null,
        tickSize: 0,
        padding: 0.03,
        tickFormat: (name: string) => shorten(name, COLUMN_LETTERS),
      },
      y: {
        domain: names,
        label: null,
        tickSize: 0,
        padding: 0.08,
        tickFormat: (name: string) => shorten(name, ROW_LETTERS),
      },
      marks: [
        Plot.cell(cells, { x: 'column', y: 'row', fill: 'fill', rx: 3, title: 'detail', tip: true }),
        Plot.text(cells, {
          x: 'column',
          y: 'row',
          text: 'text',
          fill: 'colour',
          fontWeight: 550,
          pointerEvents: 'none',
        }),
      ],
    },
  };
}

const GIB = 2 ** 30;

/** "● +12.3 GiB", "○ −512 MiB, 28 of 33". */
function shortText({ verdict, marginBytes, layersThatFit, totalLayers, problem }: FitCell): string {
  if (problem !== undefined) return `${MARKS.no} wrong here`;
  if (verdict === 'unknown') return '?';
  const bytes = Math.abs(marginBytes);
  const size = bytes >= GIB ? `${(bytes / GIB).toFixed(1)} GiB` : formatBytes(bytes);
  const layers = verdict === 'no' && layersThatFit !== null ? ` (${layersThatFit}/${totalLayers})` : '';
  return `${MARKS[verdict]} ${marginBytes < 0 ? '−' : '+'}${size}${layers}`;
}
