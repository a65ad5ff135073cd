import { Progress, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import type { LabelQueue } from '../../../src-main/domain/analysis/labelling.ts';
import { CorrectedAccuracy } from '../../components/CorrectedAccuracy.tsx';
import { ErrorNote } from '../../components/ErrorNote.tsx';
import { formatCount } from '../../lib/format.ts';
import { judgeLabels } from '../../lib/judges.ts';
import { compact } from '../../lib/search-params.ts';
import { runCountsQuery } from '../../queries/runs.ts';
import classes from './Labelling.module.css';

const route = getRouteApi('/analysis/label');

const FIRST_MARGIN = 3;

/** How many have a label, and what the labels make of one judge's accuracy; nothing about the answer in view. */
export function QueueNumbers({ runId, queue }: { readonly runId: number; readonly queue: LabelQueue }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [margin, setMargin] = useState(FIRST_MARGIN);
  const counts = useQuery(runCountsQuery(runId));
  const judges = (counts.data?.judges ?? []).map(({ judge }) => judge).filter(({ kind }) => kind !== 'human');
  const labels = judgeLabels(judges);
  const choices = [
    ...judges.map(({ id, name }) => ({ value: `judge:${id}`, label: labels.get(id)?.full ?? name })),
    ...((counts.data?.contains.scored ?? 0) > 0
      ? [{ value: 'lexical:contains', label: 'Contains a gold answer' }]
      : []),
  ];
  const judge = choices.find(({ value }) => value === search.judge)?.value ?? choices[0]?.value ?? null;
  // Those that were skipped are among the labelled.
  const done = queue.labelled;
  return (
    <aside className={classes['side']} aria-label="Progress">
      <div className={classes['stack']}>
        <Progress
          value={queue.population === 0 ? 0 : (100 * done) / queue.population}
          aria-label="Labelled"
          size="sm"
        />
        <p>
          {formatCount(done - queue.skipped)} labelled, {formatCount(queue.skipped)} skipped,{' '}
          {formatCount(queue.population - done)} left
        </p>
      </div>
      {queue.order !== 'random' ? (
        <p className="az-dim">
          This queue is sorted: its labels find mistakes, and correct no accuracy. Label at random for that.
        </p>
      ) : null}
      {counts.isError ? <ErrorNote error={counts.error} what="The judges could not be listed." /> : null}
      {judge === null ? null : (
        <>
          <Select
            label="Accuracy by"
            data={choices}
            value={judge}
            onChange={(next) =>
              void navigate({
                search: (before) => compact({ ...before, judge: next ?? undefined }),
                replace: true,
              })
            }
            allowDeselect={false}
          />
          <CorrectedAccuracy
            input={{ runId }}
            judge={judge}
            marginPoints={margin}
            onMargin={setMargin}
            narrow
          />
        </>
      )}
    </aside>
  );
}
