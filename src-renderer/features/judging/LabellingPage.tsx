import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { AnalysisTabs } from '../../components/AnalysisTabs.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Page, PageHead } from '../../components/PageHead.tsx';
import { RunSelect } from '../../components/RunSelect.tsx';
import { RunsFailed } from '../../components/RunsFailed.tsx';
import { runsQuery } from '../../queries/runs.ts';
import { ChooseQueue } from './ChooseQueue.tsx';
import { LabelQueuePage } from './LabelQueuePage.tsx';

const route = getRouteApi('/analysis/label');

/** Blind labelling of a run's answers; without a run in the address, of the newest that has answers. */
export function LabellingPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const runs = useQuery(runsQuery());
  const runId = search.run ?? runs.data?.find(({ answered }) => answered > 0)?.id ?? null;
  if (runId !== null && search.queue !== undefined)
    return <LabelQueuePage key={search.queue} runId={runId} queueId={search.queue} />;
  const head = (
    <PageHead
      title="Label"
      facts="answers put before you blind: who answered and what judges said are not shown"
      actions={
        runId === null ? undefined : (
          <RunSelect runId={runId} onChange={(run) => void navigate({ search: { run } })} />
        )
      }
    >
      <AnalysisTabs run={runId} />
    </PageHead>
  );
  return (
    <Page head={head}>
      <RunsFailed />
      {runId !== null ? (
        <ChooseQueue
          key={runId}
          runId={runId}
          onQueue={(queue) => void navigate({ search: { run: runId, queue } })}
        />
      ) : runs.data === undefined ? null : (
        <EmptyState
          title="Nothing to label yet"
          actions={<Button renderRoot={(props) => <Link to="/runs/new" {...props} />}>New run</Button>}
        >
          <p>A run with answers can be labelled here, by keyboard.</p>
        </EmptyState>
      )}
    </Page>
  );
}
