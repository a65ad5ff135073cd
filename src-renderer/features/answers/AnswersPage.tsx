import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Page, PageHead } from '../../components/PageHead.tsx';
import { RunsFailed } from '../../components/RunsFailed.tsx';
import { runsQuery } from '../../queries/runs.ts';
import { RunAnswers } from './RunAnswers.tsx';

const route = getRouteApi('/answers');

/** Answers of one run; without a run in the address, of the newest. */
export function AnswersPage() {
  const search = route.useSearch();
  const runs = useQuery(runsQuery());
  const runId = search.run ?? runs.data?.at(0)?.id ?? null;
  if (runId !== null) return <RunAnswers key={runId} runId={runId} />;
  return (
    <Page head={<PageHead title="Answers" />}>
      <RunsFailed />
      {runs.data === undefined ? null : (
        <EmptyState
          title="No answers yet"
          actions={
            <>
              <Button renderRoot={(props) => <Link to="/runs/new" {...props} />}>New run</Button>
              <Button variant="default" renderRoot={(props) => <Link to="/datasets" {...props} />}>
                Import stored answers
              </Button>
            </>
          }
        >
          <p>
            A run asks a model the questions of a dataset, and judges what it answers. Answers made elsewhere
            (lm-eval, Inspect, CSV) come in as a dataset and can be judged the same way.
          </p>
        </EmptyState>
      )}
    </Page>
  );
}
