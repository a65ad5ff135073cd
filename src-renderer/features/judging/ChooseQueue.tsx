import { Button, Radio, Stack } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { LabelQueue, QueueOrder } from '../../../src-main/domain/analysis/labelling.ts';
import { useCommands } from '../../components/commands.ts';
import { ErrorNote } from '../../components/ErrorNote.tsx';
import { Section } from '../../components/PageHead.tsx';
import { formatCount, formatDateTime } from '../../lib/format.ts';
import { beginLabellingMutation, labelQueuesQuery } from '../../queries/labelling.ts';
import { settingsQuery } from '../../queries/settings.ts';
import classes from './Labelling.module.css';

const ORDERS: readonly { readonly order: QueueOrder; readonly name: string; readonly what: string }[] = [
  {
    order: 'random',
    name: 'At random',
    what: 'The only order whose labels correct an accuracy: what you label stands for all answers.',
  },
  {
    order: 'unsure',
    name: 'Where the judge is least sure first',
    what: 'Finds a judge’s mistakes fast. Such labels never correct an accuracy.',
  },
  {
    order: 'disagreement',
    name: 'Where judges disagree first',
    what: 'Settles disputes between judges. Such labels never correct an accuracy.',
  },
];

const orderName = (order: QueueOrder): string =>
  ORDERS.find((each) => each.order === order)?.name.toLowerCase() ?? order;

interface ChooseQueueProps {
  readonly runId: number;
  readonly onQueue: (queueId: number) => void;
}

/** In which order, and which queues there are already. */
export function ChooseQueue({ runId, onQueue }: ChooseQueueProps) {
  const [order, setOrder] = useState<QueueOrder>('random');
  const author = useQuery(settingsQuery()).data?.author ?? null;
  const queues = useQuery(labelQueuesQuery(runId));
  const begin = useMutation(beginLabellingMutation());
  const start = (): void =>
    begin.mutate({ runId, order }, { onSuccess: ({ queue }) => onQueue(queue.queueId) });
  useCommands([{ id: 'label.begin', group: 'Label', label: 'Begin labelling', keys: ['Enter'], run: start }]);
  return (
    <>
      <Section
        title="Order"
        note={author === null ? undefined : `your labels are kept as “${author}” (Settings)`}
      >
        <Radio.Group
          value={order}
          onChange={(value) => setOrder(ORDERS.find((each) => each.order === value)?.order ?? 'random')}
          aria-label="Order of the answers"
        >
          <Stack gap={6}>
            {ORDERS.map((each) => (
              <Radio
                key={each.order}
                value={each.order}
                label={each.name}
                description={each.what}
                size="xs"
              />
            ))}
          </Stack>
        </Radio.Group>
        <div>
          <Button onClick={start} loading={begin.isPending}>
            Begin, or go on
          </Button>
        </div>
        {begin.isError ? (
          <ErrorNote error={begin.error} what="No queue was begun." onDismiss={() => begin.reset()} />
        ) : null}
      </Section>
      {queues.isError ? (
        <ErrorNote
          error={queues.error}
          what="The queues could not be listed."
          onRetry={() => void queues.refetch()}
        />
      ) : null}
      {queues.data === undefined || queues.data.length === 0 ? null : (
        <QueueTable queues={queues.data} author={author} onQueue={onQueue} />
      )}
    </>
  );
}

function QueueTable({
  queues,
  author,
  onQueue,
}: {
  readonly queues: readonly LabelQueue[];
  readonly author: string | null;
  readonly onQueue: (queueId: number) => void;
}) {
  return (
    <Section title="Queues of this run">
      <table className={classes['table']}>
        <thead>
          <tr>
            <th scope="col">Person</th>
            <th scope="col">Order</th>
            <th scope="col">Labelled</th>
            <th scope="col">Skipped</th>
            <th scope="col">Begun</th>
            <th scope="col">
              <span className={classes['hidden']}>Open</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {queues.map((queue) => (
            <tr key={queue.queueId}>
              <th scope="row">{queue.author}</th>
              <td>{orderName(queue.order)}</td>
              <td>
                {formatCount(queue.labelled - queue.skipped)} of {formatCount(queue.population)}
              </td>
              <td>{formatCount(queue.skipped)}</td>
              <td>{formatDateTime(queue.createdAt)}</td>
              <td>
                {queue.author !== author ? null : (
                  <Button variant="default" size="compact-xs" onClick={() => onQueue(queue.queueId)}>
                    Go on
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}
