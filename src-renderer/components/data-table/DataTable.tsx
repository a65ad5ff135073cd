import { useTable, type Header, type Row as TableRow } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { useCommands } from '../commands.ts';
import { ColumnMenu } from './ColumnMenu.tsx';
import {
  defaultLayout,
  features,
  toColumnDefs,
  type DataColumn,
  type Features,
  type TableLayout,
  type TableSort,
} from './columns.ts';
import classes from './DataTable.module.css';

export interface DataTableProps<Row extends object> {
  /** What the rows are, in the plural: "Answers of run 3". */
  readonly label: string;
  /** Keep it stable (module scope or useMemo). */
  readonly columns: readonly DataColumn<Row>[];
  readonly rows: readonly Row[];
  readonly rowId: (row: Row) => string;
  /** All rows there are, where not all are loaded. */
  readonly totalRows?: number;
  readonly rowHeight?: number;
  readonly selectedId?: string | null;
  readonly onSelect?: (row: Row) => void;
  /** Enter or double click. */
  readonly onOpen?: (row: Row) => void;
  readonly sort?: TableSort | null;
  /** With it the rows come sorted; without it the table sorts what it has. */
  readonly onSort?: (sort: TableSort | null) => void;
  readonly layout?: TableLayout;
  readonly onLayout?: (layout: TableLayout) => void;
  /** Called as the last rows come near: load more. */
  readonly onEnd?: () => void;
  /** Instead of rows. */
  readonly empty?: ReactNode;
  /** False: no j, k, Enter (a small table beside a big one). */
  readonly keyboard?: boolean;
}

const ROW_HEIGHT = 28;
const HEAD_HEIGHT = 28;
/** Rows from the end at which more are asked for. */
const NEAR_END = 40;

/** One virtual table for the whole workbench: 28-px rows, resizable, sortable, hideable, pinnable columns, j k Enter. */
export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const { columns, rows, rowId, label, rowHeight = ROW_HEIGHT } = props;
  const [ownLayout, setOwnLayout] = useState(() => defaultLayout(columns));
  const [ownSort, setOwnSort] = useState<TableSort | null>(null);
  const layout = props.layout ?? ownLayout;
  const setLayout = props.onLayout ?? setOwnLayout;
  const sort = props.onSort === undefined ? ownSort : (props.sort ?? null);
  const setSort = props.onSort ?? setOwnSort;

  const defs = useMemo(() => toColumnDefs(columns), [columns]);
  const byId = useMemo(() => new Map(columns.map((column) => [column.id, column])), [columns]);
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
    data: rows,
    getRowId: rowId,
    columnResizeMode: 'onChange',
    manualSorting: props.onSort !== undefined,
    state,
    onColumnSizingChange: (updater) => {
      const sizes = typeof updater === 'function' ? updater(state.columnSizing) : updater;
      setLayout({ ...layout, sizes });
    },
  });

  const scroller = useRef<HTMLDivElement>(null);
  const tableRows = table.getRowModel().rows;
  // oxlint-disable-next-line react/incompatible-library -- the React Compiler is not used here
  const virtual = useVirtualizer({
    count: tableRows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollPaddingStart: HEAD_HEIGHT,
    getItemKey: (index) => tableRows[index]?.id ?? index,
  });
  const items = virtual.getVirtualItems();
  const lastVisible = items.at(-1)?.index ?? 0;
  const { onEnd } = props;
  useEffect(() => {
    if (tableRows.length > 0 && lastVisible >= tableRows.length - NEAR_END) onEnd?.();
  }, [lastVisible, tableRows.length, onEnd]);

  const leaves = [...table.getStartVisibleLeafColumns(), ...table.getCenterVisibleLeafColumns()];
  const template = leaves
    .map((leaf) => {
      const column = byId.get(leaf.id);
      const grown = layout.sizes[leaf.id] === undefined && (column?.grow ?? 0) > 0;
      return grown ? `minmax(${column?.minSize ?? 80}px, ${column?.grow ?? 1}fr)` : `${leaf.getSize()}px`;
    })
    .join(' ');

  const select = (index: number): void => {
    const row = tableRows[index];
    if (row === undefined) return;
    virtual.scrollToIndex(index);
    props.onSelect?.(row.original);
  };
  const selectedIndex = tableRows.findIndex(({ id }) => id === props.selectedId);
  const step = (by: number): void =>
    select(Math.max(0, Math.min(tableRows.length - 1, selectedIndex < 0 ? 0 : selectedIndex + by)));
  const open = (): void => {
    const row = tableRows[selectedIndex];
    if (row !== undefined) props.onOpen?.(row.original);
  };
  useRowCommands(props.keyboard !== false && props.onSelect !== undefined, step, open);

  const onKeyDown = (event: KeyboardEvent): void => {
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15 }[event.key];
    if (props.onSelect === undefined || event.target !== event.currentTarget) return;
    if (by !== undefined) step(by);
    else if (event.key === 'Home') select(0);
    else if (event.key === 'End') select(tableRows.length - 1);
    else return;
    event.preventDefault();
  };

  const onHeader = (id: string): void => {
    if (sort?.id !== id) setSort({ id, descending: false });
    else setSort(sort.descending ? null : { id, descending: true });
  };

  return (
    <div
      ref={scroller}
      className={classes['root']}
      role="grid"
      aria-label={label}
      aria-rowcount={(props.totalRows ?? tableRows.length) + 1}
      aria-colcount={leaves.length}
      tabIndex={0}
      onKeyDown={onKeyDown}
    >
      <div className={classes['head']} role="row" aria-rowindex={1} style={{ gridTemplateColumns: template }}>
        {leaves.map(({ id }) => {
          const header = table.getFlatHeaders().find((candidate) => candidate.column.id === id);
          return header === undefined ? null : (
            <HeadCell key={id} header={header} column={byId.get(id)} sort={sort} onSort={onHeader} />
          );
        })}
        <ColumnMenu columns={columns} layout={layout} onLayout={setLayout} />
      </div>
      {tableRows.length === 0 ? (
        <div className={classes['empty']}>{props.empty}</div>
      ) : (
        <div style={{ blockSize: virtual.getTotalSize(), position: 'relative' }} role="rowgroup">
          {items.map((item) => {
            const row = tableRows[item.index];
            return row === undefined ? null : (
              <BodyRow
                key={item.key}
                row={row}
                index={item.index}
                start={item.start}
                height={rowHeight}
                template={template}
                columnIds={leaves.map(({ id }) => id)}
                byId={byId}
                selected={row.id === props.selectedId}
                onSelect={props.onSelect}
                onOpen={props.onOpen}
              />
            );
          })}
        </div>
      )}
    </div>
  );
}

function useRowCommands(enabled: boolean, step: (by: number) => void, open: () => void): void {
  const row = { group: 'Table', keyOnly: true, disabled: !enabled };
  useCommands([
    { ...row, id: 'row.next', label: 'Next row', keys: ['j'], run: () => step(1) },
    { ...row, id: 'row.previous', label: 'Previous row', keys: ['k'], run: () => step(-1) },
    { ...row, id: 'row.open', label: 'Open the row', keys: ['Enter'], run: open },
  ]);
}

interface HeadCellProps<Row extends object> {
  readonly header: Header<Features, Row>;
  readonly column: DataColumn<Row> | undefined;
  readonly sort: TableSort | null;
  readonly onSort: (id: string) => void;
}

function HeadCell<Row extends object>({ header, column, sort, onSort }: HeadCellProps<Row>) {
  const { id } = header.column;
  const sorted = sort?.id === id ? (sort.descending ? 'descending' : 'ascending') : 'none';
  const text = column?.header ?? id;
  return (
    <div
      role="columnheader"
      className={classes['headCell']}
      data-align={column?.align ?? 'start'}
      data-pinned={header.column.getIsPinned() !== false}
      aria-sort={sorted}
      title={column?.help ?? text}
    >
      {header.column.getCanSort() ? (
        <button type="button" className={classes['sort']} onClick={() => onSort(id)}>
          <span className="az-clip">{text}</span>
          <span aria-hidden>{sorted === 'none' ? '' : sorted === 'ascending' ? '↑' : '↓'}</span>
        </button>
      ) : (
        <span className="az-clip">{text}</span>
      )}
      <span
        className={classes['resize']}
        aria-hidden
        onMouseDown={header.getResizeHandler()}
        onTouchStart={header.getResizeHandler()}
        onDoubleClick={() => header.column.resetSize()}
      />
    </div>
  );
}

interface BodyRowProps<Row extends object> {
  readonly row: TableRow<Features, Row>;
  readonly index: number;
  readonly start: number;
  readonly height: number;
  readonly template: string;
  readonly columnIds: readonly string[];
  readonly byId: ReadonlyMap<string, DataColumn<Row>>;
  readonly selected: boolean;
  readonly onSelect: ((row: Row) => void) | undefined;
  readonly onOpen: ((row: Row) => void) | undefined;
}

function BodyRow<Row extends object>(props: BodyRowProps<Row>) {
  const { row, selected, onSelect, onOpen } = props;
  return (
    <div
      role="row"
      aria-rowindex={props.index + 2}
      aria-selected={onSelect === undefined ? undefined : selected}
      className={classes['row']}
      data-selected={selected}
      data-clickable={onSelect !== undefined}
      style={{
        gridTemplateColumns: props.template,
        blockSize: props.height,
        transform: `translateY(${props.start}px)`,
      }}
      onClick={() => onSelect?.(row.original)}
      onDoubleClick={() => onOpen?.(row.original)}
    >
      {props.columnIds.map((id) => {
        const column = props.byId.get(id);
        return (
          <div key={id} role="gridcell" className={classes['cell']} data-align={column?.align ?? 'start'}>
            {column?.cell(row.original)}
          </div>
        );
      })}
    </div>
  );
}
