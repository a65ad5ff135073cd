import { ActionIcon, Checkbox, Popover } from '@mantine/core';
import { ArrowDown, ArrowUp, Columns3, Pin } from 'lucide-react';
import type { DataColumn, TableLayout } from './columns.ts';
import classes from './DataTable.module.css';

interface ColumnMenuProps<Row> {
  readonly columns: readonly DataColumn<Row>[];
  readonly layout: TableLayout;
  readonly onLayout: (layout: TableLayout) => void;
}

const without = (list: readonly string[], id: string): string[] => list.filter((other) => other !== id);

/** Which columns are shown, in which order, and which stay at the left. */
export function ColumnMenu<Row>({ columns, layout, onLayout }: ColumnMenuProps<Row>) {
  const ids = columns.map(({ id }) => id);
  const known = layout.order.filter((id) => ids.includes(id));
  const order = [...known, ...ids.filter((id) => !known.includes(id))];
  const move = (id: string, by: number): void => {
    const from = order.indexOf(id);
    const next = without(order, id);
    next.splice(Math.max(0, from + by), 0, id);
    onLayout({ ...layout, order: next });
  };
  const toggle = (key: 'hidden' | 'pinned', id: string): void => {
    const list = layout[key];
    onLayout({ ...layout, [key]: list.includes(id) ? without(list, id) : [...list, id] });
  };
  return (
    <Popover position="bottom-end">
      <Popover.Target>
        <ActionIcon aria-label="Choose columns" size={22}>
          <Columns3 size={14} aria-hidden />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown p={8}>
        <ul className={classes['menu']} aria-label="Columns">
          {order.map((id, place) => {
            const column = columns.find((candidate) => candidate.id === id);
            return column === undefined ? null : (
              <ColumnItem
                key={id}
                column={column}
                layout={layout}
                first={place === 0}
                last={place === order.length - 1}
                onMove={(by) => move(id, by)}
                onToggle={(key) => toggle(key, id)}
              />
            );
          })}
        </ul>
      </Popover.Dropdown>
    </Popover>
  );
}

/** At an end a move does nothing; the button keeps the focus that a disabled one loses. */
const stopped = (at: boolean) => (at ? { 'aria-disabled': true, 'data-disabled': true } : {});

interface ColumnItemProps<Row> {
  readonly column: DataColumn<Row>;
  readonly layout: TableLayout;
  readonly first: boolean;
  readonly last: boolean;
  readonly onMove: (by: number) => void;
  readonly onToggle: (key: 'hidden' | 'pinned') => void;
}

function ColumnItem<Row>({ column, layout, first, last, onMove, onToggle }: ColumnItemProps<Row>) {
  const name = column.header === '' ? column.id : column.header;
  const pinned = layout.pinned.includes(column.id);
  return (
    <li>
      <Checkbox
        label={name}
        checked={!layout.hidden.includes(column.id)}
        disabled={column.hideable === false}
        onChange={() => onToggle('hidden')}
      />
      <span className={classes['menuTools']}>
        <ActionIcon size={20} aria-label={`Move ${name} left`} {...stopped(first)} onClick={() => onMove(-1)}>
          <ArrowUp size={13} aria-hidden />
        </ActionIcon>
        <ActionIcon size={20} aria-label={`Move ${name} right`} {...stopped(last)} onClick={() => onMove(1)}>
          <ArrowDown size={13} aria-hidden />
        </ActionIcon>
        <ActionIcon
          size={20}
          aria-label={`Keep ${name} at the left`}
          aria-pressed={pinned}
          variant={pinned ? 'light' : 'subtle'}
          onClick={() => onToggle('pinned')}
        >
          <Pin size={13} aria-hidden />
        </ActionIcon>
      </span>
    </li>
  );
}
