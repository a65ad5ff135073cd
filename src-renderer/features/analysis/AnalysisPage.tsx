import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { AnalysisTabs } from '../../components/AnalysisTabs.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Page, PageHead } from '../../components/PageHead.tsx';
import { RunsFailed } from '../../components/RunsFailed.tsx';
import { runsQuery } from '../../queries/runs.ts';
import { RunAnalysisPage } from './RunAnalysisPage.tsx';

const route = getRouteApi('/analysis');

/** What a run's verdicts say, and how far they can be trusted; without a run in the address, of the newest that has answers. */
export function AnalysisPage() {
  const search = route.useSearch();
  const runs = useQuery(runsQuery());
  const runId = search.run ?? runs.data?.find(({ answered }) => answered > 0)?.id ?? null;
  if (runId !== null) return <RunAnalysisPage key={runId} runId={runId} />;
  return (
    <Page
      head={
        <PageHead title="Analysis">
          <AnalysisTabs run={null} />
        </PageHead>
      }
    >
      <RunsFailed />
      {runs.data === undefined ? null : (
        <EmptyState
          title="Nothing to analyse yet"
          actions={<Button renderRoot={(props) => <Link to="/runs/new" {...props} />}>New run</Button>}
        >
          <p>
            A run with answers and verdicts shows here its accuracy by every judge with intervals, what makes
            the numbers doubtful, and how the model’s own uncertainty goes with the verdicts.
          </p>
        </EmptyState>
      )}
    </Page>
  );
}
