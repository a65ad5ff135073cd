import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import type { DatasetInfo } from '../../../src-main/domain/dataset.ts';
import { ChooseFileButton, DropZone } from '../../components/ChooseFile.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorNote } from '../../components/ErrorNote.tsx';
import { Page, PageHead } from '../../components/PageHead.tsx';
import { Quantity } from '../../components/Quantity.tsx';
import { SearchInput } from '../../components/SearchInput.tsx';
import { SplitPane } from '../../components/SplitPane.tsx';
import { useCommands } from '../../components/commands.ts';
import { DataTable } from '../../components/data-table/DataTable.tsx';
import type { DataColumn } from '../../components/data-table/columns.ts';
import { formatAgo, formatCount, formatPlural, shortHash } from '../../lib/format.ts';
import { kindLabel } from '../../lib/kinds.ts';
import { compact, textParam } from '../../lib/search-params.ts';
import { datasetsQuery, removalsQuery } from '../../queries/datasets.ts';
import { BuiltInButton } from './BuiltInButton.tsx';
import { DatasetPane } from './DatasetPane.tsx';
import classes from './DatasetsPage.module.css';

const route = getRouteApi('/datasets');

const COLUMNS: readonly DataColumn<DatasetInfo>[] = [
  {
    id: 'name',
    header: 'Dataset',
    size: 240,
    minSize: 160,
    grow: 2,
    hideable: false,
    cell: ({ name }) => name,
    sortValue: ({ name }) => name,
  },
  {
    id: 'rows',
    header: 'Questions',
    size: 90,
    align: 'end',
    cell: ({ rows }) => formatCount(rows),
    sortValue: ({ rows }) => rows,
  },
  {
    id: 'withoutGold',
    header: 'Without gold',
    help: 'Questions without a gold answer to compare with',
    size: 100,
    align: 'end',
    drop: 2,
    cell: ({ withoutGold }) => formatCount(withoutGold),
    sortValue: ({ withoutGold }) => withoutGold,
  },
  {
    id: 'problems',
    header: 'Problems',
    help: 'Records of the file that could not be read; the others were kept',
    size: 86,
    align: 'end',
    drop: 3,
    cell: ({ problemCount }) => (
      <span className={problemCount > 0 ? classes['problems'] : undefined}>{formatCount(problemCount)}</span>
    ),
    sortValue: ({ problemCount }) => problemCount,
  },
  {
    id: 'kind',
    header: 'Read as',
    size: 130,
    drop: 4,
    cell: ({ kind }) => kindLabel(kind),
    sortValue: ({ kind }) => kindLabel(kind),
  },
  {
    id: 'systems',
    header: 'Stored answers',
    help: 'Systems whose answers came with the file',
    size: 200,
    minSize: 110,
    grow: 1,
    drop: 6,
    cell: ({ systems }) => (
      <span title={systems.join(', ')}>
        {systems.length === 0 ? '–' : `${systems.length}: ${systems.join(', ')}`}
      </span>
    ),
    sortValue: ({ systems }) => systems.length,
  },
  {
    id: 'source',
    header: 'File',
    size: 200,
    minSize: 110,
    grow: 1,
    drop: 7,
    cell: ({ sourceName }) => <span title={sourceName}>{sourceName}</span>,
    sortValue: ({ sourceName }) => sourceName,
  },
  {
    id: 'imported',
    header: 'Imported',
    size: 130,
    align: 'end',
    drop: 5,
    cell: ({ importedAt }) => <Quantity value={formatAgo(importedAt, Date.now())} />,
    sortValue: ({ importedAt }) => importedAt,
  },
  {
    id: 'sha256',
    header: 'SHA-256',
    help: 'Over the file and the mapping',
    size: 100,
    hidden: true,
    drop: 8,
    cell: ({ sha256 }) => <code>{shortHash(sha256)}</code>,
  },
];

/** Every dataset there is; one of them in full at the right. */
export function DatasetsPage() {
  const { q = '' } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useQuery(datasetsQuery());
  const removals = useQuery(removalsQuery()).data ?? [];
  const onSearch = useCallback(
    (text: string) =>
      void navigate({ search: (before) => compact({ ...before, q: textParam(text) }), replace: true }),
    [navigate],
  );
  const datasets = list.data ?? [];
  const questions = datasets.reduce((sum, { rows }) => sum + rows, 0);
  const some = datasets.length > 0;
  const facts = [
    ...(some ? [`${formatPlural(datasets.length, 'dataset')}, ${formatPlural(questions, 'question')}`] : []),
    ...removals.map(({ name, rowsLeft }) => `removing ${name}, ${formatPlural(rowsLeft, 'question')} left`),
  ];
  const head = (
    <PageHead
      title="Datasets"
      facts={facts.length === 0 ? null : facts.join('; ')}
      actions={
        <>
          {some ? <SearchInput label="Search datasets" value={q} onChange={onSearch} /> : null}
          <ChooseFileButton />
        </>
      }
    />
  );
  if (list.isError || (list.isSuccess && !some)) {
    const retry = (): void => void list.refetch();
    return (
      <Page head={head}>
        {list.isError ? (
          <ErrorNote error={list.error} what="The datasets could not be listed." onRetry={retry} />
        ) : (
          <NoDatasets />
        )}
      </Page>
    );
  }
  return (
    <Page head={head} flush>
      <List datasets={list.data ?? null} />
    </Page>
  );
}

function List({ datasets }: { readonly datasets: readonly DatasetInfo[] | null }) {
  const { q = '', dataset: selectedId } = route.useSearch();
  const navigate = route.useNavigate();
  const shown = useMemo(
    () =>
      (datasets ?? []).filter(({ name, sourceName }) =>
        `${name} ${sourceName}`.toLowerCase().includes(q.toLowerCase()),
      ),
    [datasets, q],
  );
  const selected = datasets?.find(({ id }) => id === selectedId) ?? null;
  const select = (dataset: DatasetInfo | null): void =>
    void navigate({ search: (before) => compact({ ...before, dataset: dataset?.id }), replace: true });
  const close = { id: 'dataset.close', group: 'Datasets', label: 'Close the dataset', keys: ['Escape'] };
  useCommands([{ ...close, keyOnly: true, disabled: selected === null, run: () => select(null) }]);
  const open = ({ id }: DatasetInfo): void =>
    void navigate({ to: '/datasets/$datasetId', params: { datasetId: id } });
  const table = (
    <DataTable
      label="Datasets"
      columns={COLUMNS}
      rows={shown}
      rowId={(dataset) => String(dataset.id)}
      selectedId={selectedId === undefined ? null : String(selectedId)}
      onSelect={select}
      onOpen={open}
      empty={datasets === null ? null : <EmptyState title={`No dataset has “${q}” in its name`} />}
    />
  );
  const pane = selected === null ? null : <DatasetPane dataset={selected} onClose={() => select(null)} />;
  return <SplitPane id="datasets" handleLabel="Resize the dataset’s pane" main={table} side={pane} />;
}

function NoDatasets() {
  return (
    <>
      <DropZone />
      <EmptyState title="Nothing at hand?" actions={<BuiltInButton />}>
        A few dozen questions of general knowledge with gold answers come with Assize: enough to see a whole
        run.
      </EmptyState>
    </>
  );
}
