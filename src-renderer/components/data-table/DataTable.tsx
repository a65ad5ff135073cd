import { useVirtualizer, type VirtualItem } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, type ReactNode, type RefObject } from 'react';
import { HeadRow } from './HeadRow.tsx';
import { useDataTable, type DataTableInput, type DataTableModel } from './use-data-table.ts';
import { useRowNavigation } from './use-row-navigation.ts';
import { useWidth } from '../../lib/use-width.ts';
import classes from './DataTable.module.css';

export interface DataTableProps<Row extends object> extends DataTableInput<Row> {
  /** What the rows are, in the plural: "Answers of run 3". Keep `columns` stable (module scope or useMemo). */
  readonly label: string;
  /** All rows there are, where not all are loaded. */
  readonly totalRows?: number;
  readonly rowHeight?: number;
  readonly selectedId?: string | null;
  readonly onSelect?: (row: Row) => void;
  /** j, k and arrows, where they should do less than a click (only mark the row); else they select. */
  readonly onMove?: (row: Row) => void;
  /** Enter or double click; without it Enter selects. */
  readonly onOpen?: (row: Row) => void;
  /** Called as the first rows come near, or the last: load more. Keep them stable. */
  readonly onStart?: () => void;
  readonly onEnd?: () => void;
  /** Home, End, and k on the first row, where not all rows are loaded: brings them and selects. */
  readonly onJump?: (to: 'start' | 'end' | 'before') => void;
  /** Rows there are before the first one given. */
  readonly rowsBefore?: number;
  /** What puts the rows in another order, or other rows in their place: then the table is shown from its top. */
  readonly contentKey?: string;
  /** First and last index drawn, whenever they change: what is worth refreshing. Keep it stable. */
  readonly onRange?: (first: number, last: number) => void;
  /** Instead of rows. */
  readonly empty?: ReactNode;
  /** False: no j, k, Enter (a small table beside a big one). */
  readonly keyboard?: boolean;
}

const ROW_HEIGHT = 28;
const HEAD_HEIGHT = 28;
/** px that the column menu keeps free at the right, and the rows' own padding at the left. */
const MENU_WIDTH = 28;
const LEFT_PADDING = 8;
/** Rows from either end at which more are asked for. */
const NEAR_END = 40;

/** One virtual table for the whole workbench: 28-px rows, columns that are sized, sorted, chosen, moved and pinned; j k Enter. */
export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const scroller = useRef<HTMLDivElement>(null);
  const width = useWidth(scroller);
  const model = useDataTable({ ...props, width: width === null ? null : width - MENU_WIDTH - LEFT_PADDING });
  const { rows } = model;
  const rowHeight = props.rowHeight ?? ROW_HEIGHT;
  // oxlint-disable-next-line react/incompatible-library -- the React Compiler is not used here
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollPaddingStart: HEAD_HEIGHT,
    // The rows begin under the head, which the virtualizer does not know: without this the last row hides half.
    scrollPaddingEnd: HEAD_HEIGHT,
    getItemKey: (index) => rows[index]?.id ?? index,
  });
  const items = virtual.getVirtualItems();
  useNearEnd(items, rows.length, props.onEnd);
  useDrawnRange(items, props.onRange);

  const selectedIndex = rows.findIndex(({ id }) => id === props.selectedId);
  const onKeyDown = useRowNavigation({
    count: rows.length,
    selectedIndex,
    enabled: props.keyboard !== false && props.onSelect !== undefined,
    select: (index) => {
      const row = rows[index];
      if (row === undefined) return;
      virtual.scrollToIndex(index);
      (props.onMove ?? props.onSelect)?.(row.original);
    },
    open: () => {
      const row = rows[selectedIndex];
      if (row !== undefined) (props.onOpen ?? props.onSelect)?.(row.original);
    },
    jump: props.onJump,
  });
  const content = `${props.contentKey ?? ''} ${model.sort?.id ?? ''} ${model.sort?.descending ?? ''}`;
  useTopOnNewContent(scroller, content);
  usePlaceKept(rows, content, props.onStart !== undefined, (added) =>
    scroller.current?.scrollBy({ top: added * rowHeight, behavior: 'instant' }),
  );
  useShowSelected(props.selectedId ?? null, selectedIndex, (index) => virtual.scrollToIndex(index));
  useNearStart(scroller, items, rowHeight, props.onStart);

  return (
    <div
      ref={scroller}
      className={classes['root']}
      role="grid"
      aria-label={props.label}
      aria-rowcount={(props.totalRows ?? rows.length) + 1}
      tabIndex={0}
      onKeyDown={onKeyDown}
    >
      <div style={{ minInlineSize: model.minWidth + MENU_WIDTH + LEFT_PADDING }}>
        <HeadRow model={model} columns={props.columns} />
        {rows.length === 0 ? (
          <div className={classes['empty']}>{props.empty}</div>
        ) : (
          <div style={{ blockSize: virtual.getTotalSize(), position: 'relative' }} role="rowgroup">
            {items.map((item) => (
              <BodyRow key={item.key} item={item} model={model} height={rowHeight} table={props} />
            ))}
          </div>
        )}
      </div>
    </div>
  );
}

/** A row that is selected from elsewhere (an address, the pane's next and previous) is brought on screen, once. */
function useShowSelected(id: string | null, index: number, show: (index: number) => void): void {
  const shown = useRef<string | null>(null);
  useEffect(() => {
    if (index < 0 || shown.current === id) return;
    shown.current = id;
    show(index);
  });
}

/** Rows in another order have nothing to do with the place that was scrolled to. */
function useTopOnNewContent(scroller: RefObject<HTMLDivElement | null>, key: string): void {
  const before = useRef(key);
  useEffect(() => {
    if (before.current === key) return;
    before.current = key;
    scroller.current?.scrollTo({ top: 0 });
  }, [scroller, key]);
}

/** Where earlier rows join, those on screen stay where they are; other rows in their place are as many as before, and do not join. */
function usePlaceKept(
  rows: readonly { readonly id: string }[],
  content: string,
  enabled: boolean,
  moveBy: (rowsAdded: number) => void,
): void {
  const shown = useRef({ first: rows[0]?.id, count: rows.length, content });
  useLayoutEffect(() => {
    const before = shown.current;
    const first = rows[0]?.id;
    shown.current = { first, count: rows.length, content };
    if (!enabled || before.content !== content || before.first === first) return;
    const added = rows.length - before.count;
    if (added > 0 && rows[added]?.id === before.first) moveBy(added);
  });
}

/** By where it is scrolled to, not by what is drawn: before a row that was asked for is shown, the first ones are drawn for a moment. */
function useNearStart(
  scroller: RefObject<HTMLDivElement | null>,
  items: readonly VirtualItem[],
  rowHeight: number,
  onStart: (() => void) | undefined,
): void {
  const first = items.at(0)?.index ?? 0;
  useEffect(() => {
    const there = (scroller.current?.scrollTop ?? 0) / rowHeight;
    if (Math.max(first, there) < NEAR_END) onStart?.();
  }, [scroller, first, rowHeight, onStart]);
}

function useNearEnd(items: readonly VirtualItem[], count: number, onEnd: (() => void) | undefined): void {
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (count > 0 && last >= count - NEAR_END) onEnd?.();
  }, [last, count, onEnd]);
}

function useDrawnRange(
  items: readonly VirtualItem[],
  onRange: ((first: number, last: number) => void) | undefined,
): void {
  const first = items.at(0)?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => onRange?.(first, last), [first, last, onRange]);
}

/** In rows of one line a text is cut at a letter, which shows more of it than a cut between words. */
const wraps = (column: { readonly wrap?: boolean }, height: number): boolean =>
  column.wrap === true && height > ROW_HEIGHT;

interface BodyRowProps<Row extends object> {
  readonly item: VirtualItem;
  readonly model: DataTableModel<Row>;
  readonly height: number;
  readonly table: DataTableProps<Row>;
}

function BodyRow<Row extends object>({ item, model, height, table }: BodyRowProps<Row>) {
  const row = model.rows[item.index];
  if (row === undefined) return null;
  const selected = row.id === table.selectedId;
  return (
    <div
      role="row"
      aria-rowindex={item.index + (table.rowsBefore ?? 0) + 2}
      aria-selected={table.onSelect === undefined ? undefined : selected}
      className={classes['row']}
      data-selected={selected}
      data-tall={height > ROW_HEIGHT}
      style={{
        gridTemplateColumns: model.template,
        blockSize: height,
        transform: `translateY(${item.start}px)`,
      }}
      onClick={() => table.onSelect?.(row.original)}
      onDoubleClick={() => table.onOpen?.(row.original)}
    >
      {model.shown.map(({ column, pinnedAt }) => (
        <div
          key={column.id}
          role="gridcell"
          className={classes['cell']}
          data-align={column.align ?? 'start'}
          data-wrap={wraps(column, height)}
          data-pinned={pinnedAt !== null}
          // A text from right to left begins at the right, and is cut at its end. The columns stay where they are.
          dir={(column.align ?? 'start') === 'start' ? 'auto' : undefined}
          style={pinnedAt === null ? undefined : { left: pinnedAt }}
        >
          {wraps(column, height) ? (
            <span
              className={classes['clamp']}
              style={{ WebkitLineClamp: Math.max(1, Math.floor((height - 8) / 18)) }}
            >
              {column.cell(row.original)}
            </span>
          ) : (
            column.cell(row.original)
          )}
        </div>
      ))}
    </div>
  );
}
