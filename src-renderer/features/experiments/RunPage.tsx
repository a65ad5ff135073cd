import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { RunPageHead } from './RunPageHead.tsx';
import type { CombinedVerdict } from '../../../src-main/domain/analysis/combined.ts';
import type { Run } from '../../../src-main/domain/run.ts';
import { AlarmList } from '../../components/AlarmList.tsx';
import { ErrorNote, Note } from '../../components/ErrorNote.tsx';
import { Page, PageHead, Section } from '../../components/PageHead.tsx';
import { ScoreTable } from '../../components/ScoreTable.tsx';
import { formatCount, formatDecimal, formatPlural } from '../../lib/format.ts';
import { isLiveRun } from '../../lib/runs.ts';
import { useWhenEnded } from '../../lib/use-when-ended.ts';
import { combinedQuery } from '../../queries/judging.ts';
import { refreshRunNumbers, runCountsQuery, runLiveQuery } from '../../queries/runs.ts';
import { LastAnswers } from './LastAnswers.tsx';
import { MemoryTable } from './MemoryTable.tsx';
import { Phases } from './Phases.tsx';
import { Provenance } from './Provenance.tsx';
import { RunEvents } from './RunEvents.tsx';
import { RunTimeline } from './RunTimeline.tsx';
import classes from './Run.module.css';

const route = getRouteApi('/runs/$runId');

/** One run while it is on, and its record after that. */
export function RunPage() {
  const { runId } = route.useParams();
  const run = useQuery(runLiveQuery(runId));
  if (run.data === undefined) {
    return (
      <Page head={<PageHead title={`Run ${runId}`} />}>
        {run.isError ? (
          <ErrorNote
            error={run.error}
            what="The run could not be shown."
            onRetry={() => void run.refetch()}
          />
        ) : (
          <p className="az-dim">Reading…</p>
        )}
      </Page>
    );
  }
  return <RunRecord run={run.data} />;
}

function RunRecord({ run }: { readonly run: Run }) {
  const live = isLiveRun(run);
  useWhenEnded(live, () => void refreshRunNumbers(run.id));
  return (
    <Page head={<RunPageHead run={run} />}>
      <Trouble run={run} />
      <Section title="Phases" note={live ? (run.live?.step ?? run.status) : undefined}>
        <Phases run={run} />
        <RunTimeline run={run} live={live} />
      </Section>
      <div className={classes['columns']}>
        <Results run={run} live={live} />
        <div className={classes['side']}>
          {live ? <LastAnswers run={run} /> : null}
          <RunEvents runId={run.id} live={live} />
        </div>
      </div>
      <MemoryTable run={run} />
      <Provenance run={run} />
    </Page>
  );
}

/** What went wrong, in the words of whoever saw it: it stays, and says what is kept. */
function Trouble({ run }: { readonly run: Run }) {
  const failed = run.phases.filter(({ error }) => error !== null);
  return (
    <>
      {run.error === null ? null : (
        <Note tone="error">
          {run.error} What was finished is kept
          {run.status === 'failed' ? '; Resume goes on with the rest.' : '.'}
        </Note>
      )}
      {failed
        .filter(({ error }) => error !== run.error)
        .map((phase) => (
          <Note key={phase.seq} tone="error">
            {phase.role === 'generate' ? 'Generating' : 'Judging'} with {phase.modelName}: {phase.error}
          </Note>
        ))}
      {run.status === 'interrupted' ? (
        <Note tone="warning">
          The process that worked on this run is gone. What it had finished is kept; Resume goes on with the
          rest.
        </Note>
      ) : null}
    </>
  );
}

function Unanimity({ combined }: { readonly combined: CombinedVerdict }) {
  const { members, unanimous, counts } = combined;
  const settled = counts.correct + counts.incorrect + counts.not_attempted;
  return (
    <p className={classes['facts']}>
      Together: {members.join(', ')}. They say the same on {formatCount(unanimous)} of{' '}
      {formatPlural(settled, 'answer')} with a verdict.
    </p>
  );
}

function Results({ run, live }: { readonly run: Run; readonly live: boolean }) {
  const counts = useQuery({ ...runCountsQuery(run.id), refetchInterval: live ? 1500 : false });
  const together = run.experiment.panel !== undefined;
  const combined = useQuery({
    ...combinedQuery(run.id),
    enabled: together,
    refetchInterval: live ? 5000 : false,
  });
  const data = counts.data;
  return (
    <Section
      title="Accuracy"
      note={
        data === undefined
          ? undefined
          : `${formatCount(data.answers)} of ${formatPlural(run.total, 'answer')} there${live ? ', so far' : ''}`
      }
    >
      {counts.isError ? <ErrorNote error={counts.error} what="The counts could not be read." /> : null}
      {live ? null : <AlarmList runId={run.id} />}
      {data === undefined ? null : (
        <>
          <ScoreTable counts={data} combined={combined.data ?? null} />
          {combined.data === undefined || combined.data === null ? null : (
            <Unanimity combined={combined.data} />
          )}
          <p className={classes['facts']}>
            {[
              `${formatCount(data.withGold)} with gold answer`,
              data.failed > 0 ? `${formatCount(data.failed)} failed` : null,
              data.truncated > 0 ? `${formatCount(data.truncated)} cut off` : null,
              data.loops > 0 ? `${formatCount(data.loops)} looping` : null,
              data.empty > 0 ? `${formatCount(data.empty)} empty` : null,
              data.meanTokens === null ? null : `${formatDecimal(data.meanTokens, 1)} tokens on average`,
              data.meanNll === null ? null : `mean NLL of an answer ${formatDecimal(data.meanNll, 2)}`,
            ]
              .filter((part) => part !== null)
              .join(' · ')}
          </p>
        </>
      )}
    </Section>
  );
}
