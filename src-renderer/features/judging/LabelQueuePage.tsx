import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { AnalysisTabs } from '../../components/AnalysisTabs.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorNote } from '../../components/ErrorNote.tsx';
import { Page, PageHead } from '../../components/PageHead.tsx';
import { formatCount } from '../../lib/format.ts';
import { labelStateQuery } from '../../queries/labelling.ts';
import { LabelTaskView } from './LabelTaskView.tsx';
import { QueueNumbers } from './QueueNumbers.tsx';
import classes from './Labelling.module.css';

interface LabelQueuePageProps {
  readonly runId: number;
  readonly queueId: number;
}

/** One answer at a time, at the left; how far it is and what it makes of the accuracy, at the right. */
export function LabelQueuePage({ runId, queueId }: LabelQueuePageProps) {
  const state = useQuery(labelStateQuery(queueId));
  const queue = state.data?.queue ?? null;
  const task = state.data?.task ?? null;
  return (
    <Page
      head={
        <PageHead
          title="Label"
          facts={
            queue === null ? null : (
              <span role="status" data-testid="label-progress">
                {formatCount(queue.labelled)} of {formatCount(queue.population)} answers, as “{queue.author}”
              </span>
            )
          }
          actions={
            <>
              <Button
                variant="default"
                renderRoot={(props) => <Link to="/analysis/label" search={{ run: runId }} {...props} />}
              >
                Other queue
              </Button>
              <Button
                variant="default"
                renderRoot={(props) => <Link to="/analysis" search={{ run: runId }} {...props} />}
              >
                Analysis
              </Button>
            </>
          }
        >
          <AnalysisTabs run={runId} />
        </PageHead>
      }
    >
      {state.isError ? (
        <ErrorNote
          error={state.error}
          what="The queue could not be read."
          onRetry={() => void state.refetch()}
        />
      ) : null}
      {state.data === undefined || queue === null ? null : (
        <div className={classes['split']}>
          {task === null ? (
            <EmptyState
              title="Every answer of this queue has a label"
              actions={
                <Button renderRoot={(props) => <Link to="/analysis" search={{ run: runId }} {...props} />}>
                  Analysis
                </Button>
              }
            />
          ) : (
            <LabelTaskView key={`${task.answerId}-${task.takenBack === null}`} queue={queue} task={task} />
          )}
          <QueueNumbers runId={runId} queue={queue} />
        </div>
      )}
    </Page>
  );
}
