import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useState } from 'react';
import type { RunSummary } from '../../../src-main/domain/run.ts';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorNote } from '../../components/ErrorNote.tsx';
import { Page, PageHead } from '../../components/PageHead.tsx';
import { RunState } from '../../components/RunState.tsx';
import { SearchInput } from '../../components/SearchInput.tsx';
import { DataTable } from '../../components/data-table/DataTable.tsx';
import type { DataColumn } from '../../components/data-table/columns.ts';
import { formatAgo, formatCount, formatDateTime, formatPlural, formatSeconds } from '../../lib/format.ts';
import { isLiveRun, runShare } from '../../lib/runs.ts';
import { compact, textParam } from '../../lib/search-params.ts';
import { runsQuery } from '../../queries/runs.ts';
import { FirstRun } from './FirstRun.tsx';
import classes from './Runs.module.css';

const route = getRouteApi('/runs');

/** More than anyone scrolls through; the search finds among them. */
const LISTED = 500;

const tookSeconds = ({ startedAt, endedAt }: RunSummary, now: number): number | null =>
  startedAt === null ? null : ((endedAt ?? now) - startedAt) / 1000;

const modelsOf = ({ phases }: RunSummary): string => {
  const generator = phases.find(({ role }) => role === 'generate')?.modelName;
  const judges = phases.filter(({ role }) => role === 'judge').map(({ modelName }) => modelName);
  return [generator ?? 'stored answers', judges.join(', ')].filter((name) => name !== '').join(' → ');
};

const columnsAt = (now: number): readonly DataColumn<RunSummary>[] => [
  {
    id: 'id',
    header: '#',
    size: 52,
    align: 'end',
    hideable: false,
    sortValue: ({ id }) => id,
    cell: ({ id }) => id,
  },
  {
    id: 'name',
    header: 'Run',
    size: 260,
    minSize: 160,
    grow: 2,
    hideable: false,
    sortValue: ({ name }) => name,
    cell: ({ id, name }) => (
      <Link to="/runs/$runId" params={{ runId: id }} title={name} className={classes['name']}>
        {name}
      </Link>
    ),
  },
  {
    id: 'state',
    header: 'State',
    size: 104,
    sortValue: ({ status }) => status,
    cell: ({ status }) => <RunState status={status} />,
  },
  {
    id: 'progress',
    header: 'Progress',
    help: 'Answers and judgments done, of all that are asked for',
    size: 170,
    cell: (run) => <Progress run={run} />,
  },
  {
    id: 'models',
    header: 'Generator → judges',
    size: 260,
    minSize: 150,
    grow: 3,
    sortValue: modelsOf,
    cell: (run) => <span title={modelsOf(run)}>{modelsOf(run)}</span>,
  },
  {
    id: 'dataset',
    header: 'Dataset',
    size: 140,
    drop: 2,
    sortValue: ({ datasetName }) => datasetName,
    cell: ({ datasetName }) => datasetName,
  },
  {
    id: 'answers',
    header: 'Answers',
    size: 84,
    align: 'end',
    drop: 1,
    sortValue: ({ answered }) => answered,
    cell: ({ answered }) => formatCount(answered),
  },
  {
    id: 'started',
    header: 'Made',
    size: 120,
    sortValue: ({ createdAt }) => createdAt,
    cell: ({ createdAt }) => <span title={formatDateTime(createdAt)}>{formatAgo(createdAt, now)}</span>,
  },
  {
    id: 'took',
    header: 'Time',
    help: 'From the start to the end, or to now',
    size: 92,
    align: 'end',
    sortValue: (run) => tookSeconds(run, now),
    cell: (run) => formatSeconds(tookSeconds(run, now)),
  },
];

/** Every run, newest first; what is on moves by itself. */
export function RunsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const runs = useQuery(runsQuery(null, LISTED));
  const now = useNow();
  const columns = useMemo(() => columnsAt(now), [now]);
  const [marked, setMarked] = useState<number | null>(null);
  const words = (search.q ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const rows = (runs.data ?? []).filter((run) => {
    const text = `${run.id} ${run.name} ${run.datasetName} ${modelsOf(run)} ${run.status}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const onSearch = useCallback(
    (q: string) =>
      void navigate({ search: (before) => compact({ ...before, q: textParam(q) }), replace: true }),
    [navigate],
  );
  const open = ({ id }: RunSummary): void => void navigate({ to: '/runs/$runId', params: { runId: id } });
  const live = (runs.data ?? []).filter(isLiveRun).length;
  const head = (
    <PageHead
      title="Runs"
      facts={
        runs.data === undefined
          ? null
          : `${formatPlural(runs.data.length, 'run')}${live > 0 ? `, ${live} on` : ''}`
      }
      actions={
        <>
          {(runs.data?.length ?? 0) > 0 ? (
            <SearchInput label="Search runs" value={search.q ?? ''} onChange={onSearch} delayMs={0} />
          ) : null}
          <Button renderRoot={(props) => <Link to="/runs/new" {...props} />}>New run</Button>
        </>
      }
    />
  );
  if (runs.isError) {
    return (
      <Page head={head}>
        <ErrorNote
          error={runs.error}
          what="The runs could not be listed."
          onRetry={() => void runs.refetch()}
        />
      </Page>
    );
  }
  if (runs.data?.length === 0) {
    return (
      <Page head={head}>
        <FirstRun />
      </Page>
    );
  }
  return (
    <Page head={head} flush>
      <DataTable
        label="Runs"
        columns={columns}
        rows={rows}
        rowId={({ id }) => String(id)}
        selectedId={marked === null ? null : String(marked)}
        onSelect={open}
        onMove={({ id }) => setMarked(id)}
        onOpen={open}
        empty={
          runs.isPending ? (
            <span className="az-dim">Reading…</span>
          ) : (
            <EmptyState title={`No run has “${search.q ?? ''}” in it`} />
          )
        }
      />
    </Page>
  );
}

/** The time, new every few seconds: ages and durations in a list need no more. */
function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 5000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

function Progress({ run }: { readonly run: RunSummary }) {
  const share = runShare(run);
  if (share === null) return <span className="az-dim">–</span>;
  const eta = run.live?.etaSeconds ?? null;
  return (
    <span className={classes['progress']}>
      <span
        className={classes['track']}
        role="progressbar"
        aria-label={`Run ${run.id}`}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share * 100)}
      >
        <span
          className={classes['fill']}
          data-live={isLiveRun(run)}
          style={{ inlineSize: `${share * 100}%` }}
        />
      </span>
      <span className={classes['share']}>{Math.floor(share * 100)} %</span>
      {eta === null ? null : <span className="az-dim">{formatSeconds(eta)}</span>}
    </span>
  );
}
