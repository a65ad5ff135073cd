import {
  columnOrderingFeature,
  columnPinningFeature,
  columnResizingFeature,
  columnSizingFeature,
  columnVisibilityFeature,
  createSortedRowModel,
  rowSortingFeature,
  tableFeatures,
  type ColumnDef,
} from '@tanstack/react-table';
import type { ReactNode } from 'react';

/** A column as a page writes it. */
export interface DataColumn<Row> {
  readonly id: string;
  readonly header: string;
  /** The header's tooltip: units, what is counted. */
  readonly help?: string;
  /** px; a growing column shrinks to `minSize` and takes what the others leave. */
  readonly size: number;
  readonly minSize?: number;
  /** Share of the width that is left over; 0 (or absent) keeps `size`. */
  readonly grow?: number;
  readonly align?: 'start' | 'end' | 'center';
  readonly cell: (row: Row) => ReactNode;
  /** Uses the lines that rows higher than 28 px have. */
  readonly wrap?: boolean;
  /** What the rows are sorted by where the page has them all. Without it, or `sortable`, the column is not sorted. */
  readonly sortValue?: (row: Row) => string | number | null;
  /** Sorted by whoever supplies the rows. */
  readonly sortable?: boolean;
  /** False: always shown. */
  readonly hideable?: boolean;
  /** Left out where the table is too narrow for all, the highest first; without it, after those, from the end. */
  readonly drop?: number;
  /** Hidden until chosen, but in very wide windows. */
  readonly hidden?: boolean;
}

/** Which columns, in which order, how wide, which of them stay at the left: plain data, so that an address can hold it. */
export interface TableLayout {
  readonly hidden: readonly string[];
  readonly order: readonly string[];
  readonly pinned: readonly string[];
  readonly sizes: Readonly<Record<string, number>>;
}

export interface TableSort {
  readonly id: string;
  readonly descending: boolean;
}

/** px of window from which a table gains columns instead of white space. */
const WIDE = 2200;

/** Everything in its order; columns that wait to be chosen are shown at once where the window is very wide. */
export function defaultLayout<Row>(columns: readonly DataColumn<Row>[], windowWidth = 0): TableLayout {
  const hidden = windowWidth >= WIDE ? [] : columns.filter((column) => column.hidden === true);
  return { hidden: hidden.map(({ id }) => id), order: [], pinned: [], sizes: {} };
}

export const features = tableFeatures({
  columnOrderingFeature,
  columnPinningFeature,
  columnSizingFeature,
  columnResizingFeature,
  columnVisibilityFeature,
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
});

export type Features = typeof features;

/** Numbers before texts, nothing always last: "nothing" is not a small value. */
function compareValues(a: string | number | null, b: string | number | null): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return a.localeCompare(b, 'en', { numeric: true });
  return typeof a === 'number' ? -1 : 1;
}

export function toColumnDefs<Row extends object>(
  columns: readonly DataColumn<Row>[],
): ColumnDef<Features, Row>[] {
  return columns.map((column) => ({
    id: column.id,
    header: column.header,
    accessorFn: (row: Row) => column.sortValue?.(row) ?? undefined,
    size: column.size,
    minSize: column.minSize ?? Math.min(column.size, 40),
    enableHiding: column.hideable ?? true,
    enableSorting: column.sortValue !== undefined || column.sortable === true,
    sortUndefined: 'last',
    sortFn: (a, b) =>
      compareValues(column.sortValue?.(a.original) ?? null, column.sortValue?.(b.original) ?? null),
  }));
}
