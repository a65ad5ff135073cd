import { useTable, type Header, type Row as TableRow } from '@tanstack/react-table';
import { useMemo, useState } from 'react';
import {
  defaultLayout,
  features,
  toColumnDefs,
  type DataColumn,
  type Features,
  type TableLayout,
  type TableSort,
} from './columns.ts';

export interface DataTableInput<Row extends object> {
  readonly columns: readonly DataColumn<Row>[];
  readonly rows: readonly Row[];
  readonly rowId: (row: Row) => string;
  readonly sort?: TableSort | null;
  readonly onSort?: (sort: TableSort | null) => void;
  readonly layout?: TableLayout;
  readonly onLayout?: (layout: TableLayout) => void;
  /** px for columns; null until measured. */
  readonly width?: number | null;
}

/** A shown column as head and rows draw it. */
export interface ShownColumn<Row extends object> {
  readonly column: DataColumn<Row>;
  readonly header: Header<Features, Row>;
  /** px from the left edge where the column stays; null when it scrolls away. */
  readonly pinnedAt: number | null;
}

export interface DataTableModel<Row extends object> {
  readonly rows: readonly TableRow<Features, Row>[];
  readonly shown: readonly ShownColumn<Row>[];
  /** grid-template-columns, and the width under which the table scrolls sideways, px. */
  readonly template: string;
  readonly minWidth: number;
  readonly layout: TableLayout;
  readonly setLayout: (layout: TableLayout) => void;
  readonly sort: TableSort | null;
  readonly toggleSort: (id: string) => void;
}

/** Columns and rows after layout and sort: by the page when it holds them (in the address), else by the table itself. */
export function useDataTable<Row extends object>(input: DataTableInput<Row>): DataTableModel<Row> {
  const [ownLayout, setOwnLayout] = useState(() => defaultLayout(input.columns, window.innerWidth));
  const [ownSort, setOwnSort] = useState<TableSort | null>(null);
  const layout = input.layout ?? ownLayout;
  const setLayout = input.onLayout ?? setOwnLayout;
  const sort = input.onSort === undefined ? ownSort : (input.sort ?? null);
  const setSort = input.onSort ?? setOwnSort;

  const defs = useMemo(() => toColumnDefs(input.columns), [input.columns]);
  const state = useMemo(
    () => ({
      columnVisibility: Object.fromEntries(layout.hidden.map((id) => [id, false])),
      columnOrder: [...layout.order],
      columnPinning: { start: [...layout.pinned], end: [] },
      columnSizing: { ...layout.sizes },
      sorting: sort === null ? [] : [{ id: sort.id, desc: sort.descending }],
    }),
    [layout, sort],
  );
  const table = useTable({
    features,
    columns: defs,
    data: input.rows,
    getRowId: input.rowId,
    columnResizeMode: 'onChange',
    manualSorting: input.onSort !== undefined,
    state,
    onColumnSizingChange: (updater) => {
      const sizes = typeof updater === 'function' ? updater(state.columnSizing) : updater;
      setLayout({ ...layout, sizes });
    },
  });

  const byId = new Map(input.columns.map((column) => [column.id, column]));
  const headers = new Map(table.getFlatHeaders().map((header) => [header.column.id, header]));
  const visible = [...table.getStartVisibleLeafColumns(), ...table.getCenterVisibleLeafColumns()];
  const measured = visible.map((leaf) => {
    const column = byId.get(leaf.id);
    const { track, least } = widthOf(column, leaf.getSize(), layout);
    return { leaf, column, track, least };
  });
  const fitting = dropUntilFits(measured, input.width ?? null, Object.keys(layout.sizes).length > 0);
  const shown: ShownColumn<Row>[] = [];
  let left = 0;
  for (const { leaf, column, least } of fitting) {
    const header = headers.get(leaf.id);
    const pinned = layout.pinned.includes(leaf.id);
    if (column !== undefined && header !== undefined)
      shown.push({ column, header, pinnedAt: pinned ? left : null });
    left += least;
  }
  return {
    rows: table.getRowModel().rows,
    shown,
    template: fitting.map(({ track }) => track).join(' '),
    minWidth: left,
    layout,
    setLayout,
    sort,
    toggleSort: (id) => {
      if (sort?.id !== id) setSort({ id, descending: false });
      else setSort(sort.descending ? null : { id, descending: true });
    },
  };
}

interface Droppable {
  readonly least: number;
  readonly column: { readonly drop?: number; readonly hideable?: boolean } | undefined;
}

/**
 * Leaves out columns until the rest has room: the highest `drop` first, then from the end what may be hidden. Once the user has
 * given a width by hand, only the first kind goes, and the table scrolls instead.
 */
function dropUntilFits<Item extends Droppable>(
  items: readonly Item[],
  width: number | null,
  sizedByHand: boolean,
): readonly Item[] {
  const kept = new Set(items);
  const byDrop = items.filter(({ column }) => column?.drop !== undefined);
  byDrop.sort((a, b) => (b.column?.drop ?? 0) - (a.column?.drop ?? 0));
  const rest = sizedByHand
    ? []
    : items.filter(({ column }) => column?.drop === undefined && column?.hideable !== false).toReversed();
  const sum = (): number => [...kept].reduce((total, { least }) => total + least, 0);
  for (const item of [...byDrop, ...rest]) {
    if (width === null || sum() <= width) break;
    kept.delete(item);
  }
  return items.filter((item) => kept.has(item));
}

/** A growing column keeps growing until the user gives it a width, or pins it (what stays must have a known width). */
function widthOf<Row>(
  column: DataColumn<Row> | undefined,
  size: number,
  layout: TableLayout,
): { readonly track: string; readonly least: number } {
  const id = column?.id ?? '';
  const grow = layout.sizes[id] === undefined && !layout.pinned.includes(id) ? (column?.grow ?? 0) : 0;
  const least = column?.minSize ?? 80;
  return grow > 0 ? { track: `minmax(${least}px, ${grow}fr)`, least } : { track: `${size}px`, least: size };
}
