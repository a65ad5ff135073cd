import { ColumnMenu } from './ColumnMenu.tsx';
import type { DataColumn } from './columns.ts';
import type { DataTableModel, ShownColumn } from './use-data-table.ts';
import classes from './DataTable.module.css';

interface HeadRowProps<Row extends object> {
  readonly model: DataTableModel<Row>;
  readonly columns: readonly DataColumn<Row>[];
}

export function HeadRow<Row extends object>({ model, columns }: HeadRowProps<Row>) {
  return (
    <div
      className={classes['head']}
      role="row"
      aria-rowindex={1}
      style={{ gridTemplateColumns: model.template }}
    >
      {model.shown.map((shown) => (
        <HeadCell key={shown.column.id} shown={shown} model={model} />
      ))}
      <div role="columnheader" className={classes['menuCell']}>
        <ColumnMenu columns={columns} layout={model.layout} onLayout={model.setLayout} />
      </div>
    </div>
  );
}

function HeadCell<Row extends object>({
  shown: { column, header, pinnedAt },
  model: { sort, toggleSort },
}: {
  readonly shown: ShownColumn<Row>;
  readonly model: DataTableModel<Row>;
}) {
  const sorted = sort?.id === column.id ? (sort.descending ? 'descending' : 'ascending') : 'none';
  return (
    <div
      role="columnheader"
      className={classes['headCell']}
      data-align={column.align ?? 'start'}
      data-pinned={pinnedAt !== null}
      style={pinnedAt === null ? undefined : { insetInlineStart: pinnedAt }}
      aria-sort={sorted}
      title={column.help ?? column.header}
    >
      {header.column.getCanSort() ? (
        <button type="button" className={classes['sort']} onClick={() => toggleSort(column.id)}>
          <span className="az-clip">{column.header}</span>
          {sorted === 'none' ? null : <span aria-hidden>{sorted === 'ascending' ? '↑' : '↓'}</span>}
        </button>
      ) : (
        <span className="az-clip">{column.header}</span>
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
