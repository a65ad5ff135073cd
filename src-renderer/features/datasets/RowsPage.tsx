import { ActionIcon, Button } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { X } from 'lucide-react';
import { useCallback, useMemo } from 'react';
import type { DatasetRow } from '../../../src-main/domain/dataset.ts';
import { CopyButton } from '../../components/CopyButton.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorNote } from '../../components/ErrorNote.tsx';
import { Facts } from '../../components/Facts.tsx';
import { Page, PageHead } from '../../components/PageHead.tsx';
import { Pane, PaneSection } from '../../components/Pane.tsx';
import { SearchInput } from '../../components/SearchInput.tsx';
import { SplitPane } from '../../components/SplitPane.tsx';
import { useCommands } from '../../components/commands.ts';
import { DataTable } from '../../components/data-table/DataTable.tsx';
import type { DataColumn } from '../../components/data-table/columns.ts';
import { formatCount, formatPlural } from '../../lib/format.ts';
import { compact, textParam } from '../../lib/search-params.ts';
import { datasetQuery, datasetRowsQuery } from '../../queries/datasets.ts';
import classes from './DatasetsPage.module.css';

const route = getRouteApi('/datasets/$datasetId');

const goldText = ({ question: { gold } }: DatasetRow): string => (gold.length === 0 ? '–' : gold.join(' | '));

const COLUMNS: readonly DataColumn<DatasetRow>[] = [
  {
    id: 'position',
    header: '#',
    help: 'Place in the dataset, from 1',
    size: 64,
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
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const dataset = useQuery(datasetQuery(datasetId));
  const pages = useInfiniteQuery(datasetRowsQuery(datasetId, search.q ?? null));
  const rows = useMemo(() => pages.data?.pages.flat() ?? [], [pages.data]);
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = pages;
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [fetchNextPage, hasNextPage, isFetchingNextPage]);
  const onSearch = useCallback(
    (q: string) =>
      void navigate({ search: (before) => compact({ ...before, q: textParam(q) }), replace: true }),
    [navigate],
  );
  const select = (row: DatasetRow | null): void =>
    void navigate({ search: (before) => compact({ ...before, row: row?.position }), replace: true });
  const selected = rows.find(({ position }) => position === search.row) ?? null;
  useCommands([
    {
      id: 'row.close',
      group: 'Table',
      label: 'Close the row',
      keys: ['Escape'],
      keyOnly: true,
      disabled: selected === null,
      run: () => select(null),
    },
  ]);
  const head = (
    <PageHead
      title={<Crumbs name={dataset.data?.name ?? '…'} />}
      facts={
        dataset.data === undefined
          ? null
          : `${formatPlural(dataset.data.rows, 'question')}, ${formatCount(dataset.data.withoutGold)} without gold answer`
      }
      actions={
        <>
          <SearchInput label="Search questions" value={search.q ?? ''} onChange={onSearch} />
          <Button renderRoot={(props) => <Link to="/runs/new" search={{ dataset: datasetId }} {...props} />}>
            New run
          </Button>
        </>
      }
    />
  );
  const error = dataset.error ?? pages.error;
  if (error !== null) {
    return (
      <Page head={head}>
        <ErrorNote
          error={error}
          what="The dataset could not be shown."
          onRetry={() => void pages.refetch()}
        />
      </Page>
    );
  }
  const empty =
    search.q === undefined ? 'This dataset has no questions' : `No question has “${search.q}” in it`;
  return (
    <Page head={head} flush>
      <SplitPane
        id="rows"
        handleLabel="Resize the question’s pane"
        main={
          <DataTable
            label="Questions"
            columns={COLUMNS}
            rows={rows}
            rowId={({ position }) => String(position)}
            {...(search.q === undefined && dataset.data !== undefined
              ? { totalRows: dataset.data.rows }
              : {})}
            selectedId={search.row === undefined ? null : String(search.row)}
            onSelect={select}
            onEnd={onEnd}
            empty={pages.isPending ? <span className="az-dim">Reading…</span> : <EmptyState title={empty} />}
          />
        }
        side={selected === null ? null : <RowPane row={selected} onClose={() => select(null)} />}
      />
    </Page>
  );
}

function Crumbs({ name }: { readonly name: string }) {
  return (
    <>
      <Link to="/datasets">Datasets</Link> <span aria-hidden>›</span> {name}
    </>
  );
}

function RowPane({ row, onClose }: { readonly row: DatasetRow; readonly onClose: () => void }) {
  const { question } = row;
  const metadata = Object.entries(question.metadata).map(([name, value]) => ({
    name,
    value: typeof value === 'string' ? value : JSON.stringify(value),
  }));
  return (
    <Pane
      title={`Question ${formatCount(row.position + 1)}`}
      actions={
        <ActionIcon onClick={onClose} aria-label="Close the question">
          <X size={15} aria-hidden />
        </ActionIcon>
      }
    >
      <PaneSection
        title="Question"
        actions={<CopyButton value={question.question} label="Copy the question" />}
      >
        <p className={classes['text']}>{question.question}</p>
      </PaneSection>
      <PaneSection title="Gold answers">
        {question.gold.length === 0 ? (
          <p className="az-dim">None: a judge has nothing to compare with.</p>
        ) : (
          <ul className={classes['gold']}>
            {question.gold.map((gold) => (
              <li key={gold}>{gold}</li>
            ))}
          </ul>
        )}
      </PaneSection>
      {question.choices === null ? null : (
        <PaneSection title="Choices">
          <ol>
            {question.choices.map((choice) => (
              <li key={choice}>{choice}</li>
            ))}
          </ol>
        </PaneSection>
      )}
      {question.context === null ? null : (
        <PaneSection
          title="Context"
          actions={<CopyButton value={question.context} label="Copy the context" />}
        >
          <p className={classes['text']}>{question.context}</p>
        </PaneSection>
      )}
      <PaneSection title="Record">
        <Facts
          facts={[
            { name: 'Id', value: question.externalId ?? '–' },
            { name: 'SHA-256', value: <code>{row.rowSha256.slice(0, 16)}…</code> },
            { name: 'Occurrence', value: formatCount(row.occurrence) },
            ...metadata,
          ]}
        />
      </PaneSection>
    </Pane>
  );
}
