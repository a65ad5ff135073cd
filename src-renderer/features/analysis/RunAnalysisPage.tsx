import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { AlarmList } from '../../components/AlarmList.tsx';
import { ErrorNote } from '../../components/ErrorNote.tsx';
import { Page, PageHead, Section } from '../../components/PageHead.tsx';
import { RunSelect } from '../../components/RunSelect.tsx';
import { ScoreTable } from '../../components/ScoreTable.tsx';
import { formatCount, formatPlural } from '../../lib/format.ts';
import { runCountsQuery, runQuery } from '../../queries/runs.ts';
import { AgainstHumans } from './AgainstHumans.tsx';
import { ScoreByVerdict } from './ScoreByVerdict.tsx';

/** One run: alarms before numbers, accuracy by judge, judges against people, uncertainty by verdict. */
export function RunAnalysisPage({ runId }: { readonly runId: number }) {
  const navigate = useNavigate();
  const run = useQuery(runQuery(runId));
  const counts = useQuery(runCountsQuery(runId));
  const error = run.error ?? counts.error;
  const head = (
    <PageHead
      title="Analysis"
      facts={
        run.data === undefined || counts.data === undefined
          ? null
          : `${run.data.name} · ${run.data.datasetName} · ${formatCount(counts.data.answers)} of ${formatPlural(run.data.total, 'answer')}, ${formatCount(counts.data.withGold)} with gold answer`
      }
      actions={
        <>
          <RunSelect
            runId={runId}
            onChange={(next) => void navigate({ to: '/analysis', search: { run: next } })}
          />
          <Button
            variant="default"
            renderRoot={(props) => <Link to="/answers" search={{ run: runId }} {...props} />}
          >
            Answers
          </Button>
        </>
      }
    />
  );
  if (error !== null) {
    const retry = (): void => {
      void run.refetch();
      void counts.refetch();
    };
    return (
      <Page head={head}>
        <ErrorNote error={error} what="The run could not be analysed." onRetry={retry} />
      </Page>
    );
  }
  return (
    <Page head={head}>
      <AlarmList runId={runId} />
      <Section
        title="Accuracy"
        note="Wilson’s 95 % interval over what each judge scored; what it did not score is beside it"
      >
        {counts.data === undefined ? null : <ScoreTable counts={counts.data} />}
      </Section>
      <AgainstHumans runId={runId} />
      <ScoreByVerdict runId={runId} />
    </Page>
  );
}
