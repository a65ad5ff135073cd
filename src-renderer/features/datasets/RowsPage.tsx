import { Button } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import type { DatasetRow } from '../../../src-main/domain/dataset.ts';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorNote } from '../../components/ErrorNote.tsx';
import { Page, PageHead } from '../../components/PageHead.tsx';
import { SearchInput } from '../../components/SearchInput.tsx';
import { SplitPane } from '../../components/SplitPane.tsx';
import { useCommands } from '../../components/commands.ts';
import { DataTable } from '../../components/data-table/DataTable.tsx';
import type { DataColumn } from '../../components/data-table/columns.ts';
import { formatCount, formatPlural } from '../../lib/format.ts';
import { compact, textParam } from '../../lib/search-params.ts';
import { datasetQuery, datasetRowsQuery } from '../../queries/datasets.ts';
import { RowPane } from './RowPane.tsx';

const route = getRouteApi('/datasets/$datasetId');

const goldText = ({ question: { gold } }: DatasetRow): string => (gold.length === 0 ? '–' : gold.join(' | '));

const COLUMNS: readonly DataColumn<DatasetRow>[] = [
  {
    id: 'position',
    header: '#',
    help: 'Place in the dataset, from 1',
    size: 70,
    align: 'end',
    cell: ({ position }) => formatCount(position + 1),
  },
  {
    id: 'question',
    header: 'Question',
    size: 480,
    minSize: 200,
    grow: 3,
    hideable: false,
    cell: ({ question }) => <span title={question.question}>{question.question}</span>,
  },
  {
    id: 'gold',
    header: 'Gold answers',
    size: 260,
    minSize: 120,
    grow: 1,
    cell: (row) => <span title={row.question.gold.join('\n')}>{goldText(row)}</span>,
  },
  {
    id: 'context',
    header: 'Context',
    size: 200,
    minSize: 100,
    grow: 1,
    drop: 2,
    cell: ({ question }) => question.context ?? '–',
  },
  {
    id: 'id',
    header: 'Id',
    help: 'The file’s own id',
    size: 110,
    drop: 1,
    cell: ({ question }) => question.externalId ?? '–',
  },
];

/** The questions of one dataset, as they were read. */
export function RowsPage() {
  const { datasetId } = route.useParams();
  const { q } = route.useSearch();
  const navigate = route.useNavigate();
  const dataset = useQuery(datasetQuery(datasetId));
  const onSearch = useCallback(
    (text: string) =>
      void navigate({ search: (before) => compact({ ...before, q: textParam(text) }), replace: true }),
    [navigate],
  );
  const { data, error } = dataset;
  const facts =
    data === undefined
      ? null
      : `${formatPlural(data.rows, 'question')}, ${formatCount(data.withoutGold)} without gold answer`;
  const head = (
    <PageHead
      title={<Crumbs name={data?.name ?? '…'} />}
      facts={facts}
      actions={
        <>
          <SearchInput label="Search questions" value={q ?? ''} onChange={onSearch} />
          <Button renderRoot={(props) => <Link to="/runs/new" search={{ dataset: datasetId }} {...props} />}>
            New run
          </Button>
        </>
      }
    />
  );
  if (error !== null) {
    return (
      <Page head={head}>
        <ErrorNote
          error={error}
          what="The dataset could not be shown."
          onRetry={() => void dataset.refetch()}
        />
      </Page>
    );
  }
  return (
    <Page head={head} flush>
      <Rows datasetId={datasetId} total={data?.rows ?? null} />
    </Page>
  );
}

/** Without the columns in which there is nothing: few files have contexts, and the question needs the room. */
function useColumns(rows: readonly DatasetRow[]): readonly DataColumn<DatasetRow>[] {
  const contexts = rows.some(({ question }) => question.context !== null);
  const ids = rows.some(({ question }) => question.externalId !== null);
  return useMemo(
    () => COLUMNS.filter(({ id }) => (id === 'context' ? contexts : id === 'id' ? ids : true)),
    [contexts, ids],
  );
}

/** Rows as far as they were scrolled to, and one in full. */
function Rows({ datasetId, total }: { readonly datasetId: number; readonly total: number | null }) {
  const { q, row: open } = route.useSearch();
  const selectedPosition = open === undefined ? null : open - 1;
  const navigate = route.useNavigate();
  const pages = useInfiniteQuery(datasetRowsQuery(datasetId, q ?? null));
  const rows = useMemo(() => pages.data?.pages.flat() ?? [], [pages.data]);
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = pages;
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [fetchNextPage, hasNextPage, isFetchingNextPage]);
  const columns = useColumns(rows);
  const select = (row: DatasetRow | null): void =>
    void navigate({
      search: (before) => compact({ ...before, row: row === null ? undefined : row.position + 1 }),
      replace: true,
    });
  const selected = rows.find(({ position }) => position === selectedPosition) ?? null;
  const close = { id: 'row.close', group: 'Table', label: 'Close the row', keys: ['Escape'] };
  useCommands([{ ...close, keyOnly: true, disabled: selected === null, run: () => select(null) }]);
  if (pages.isError) {
    return (
      <ErrorNote
        error={pages.error}
        what="The questions could not be read."
        onRetry={() => void pages.refetch()}
      />
    );
  }
  const nothing = q === undefined ? 'This dataset has no questions' : `No question has “${q}” in it`;
  const table = (
    <DataTable
      label="Questions"
      columns={columns}
      rows={rows}
      rowId={({ position }) => String(position)}
      {...(q === undefined && total !== null ? { totalRows: total } : {})}
      selectedId={selectedPosition === null ? null : String(selectedPosition)}
      onSelect={select}
      contentKey={q ?? ''}
      onEnd={onEnd}
      empty={pages.isPending ? <span className="az-dim">Reading…</span> : <EmptyState title={nothing} />}
    />
  );
  const pane = selected === null ? null : <RowPane row={selected} onClose={() => select(null)} />;
  return <SplitPane id="rows" handleLabel="Resize the question’s pane" main={table} side={pane} />;
}

function Crumbs({ name }: { readonly name: string }) {
  return (
    <>
      <Link to="/datasets">Datasets</Link> <span aria-hidden>›</span> {name}
    </>
  );
}
