import { useQuery } from '@tanstack/react-query';
import { ErrorNote } from '../../components/ErrorNote.tsx';
import { Section } from '../../components/PageHead.tsx';
import { formatClock, formatPlural } from '../../lib/format.ts';
import { runEventsQuery } from '../../queries/runs.ts';
import classes from './Run.module.css';

const MARKS = { info: '·', warning: '!', error: '✗' } as const;

/** What happened, kept with the run: errors and warnings first read, nothing disappears. */
export function RunEvents({ runId, live }: { readonly runId: number; readonly live: boolean }) {
  const events = useQuery({ ...runEventsQuery(runId), refetchInterval: live ? 1500 : 15_000 });
  const list = events.data ?? [];
  const serious = list.filter(({ level }) => level !== 'info').length;
  return (
    <Section
      title="What happened"
      note={serious === 0 ? undefined : formatPlural(serious, 'warning or error', 'warnings and errors')}
    >
      {events.isError ? <ErrorNote error={events.error} what="The events could not be read." /> : null}
      {list.length === 0 ? <p className="az-dim">{live ? 'Nothing yet.' : 'Nothing was noted.'}</p> : null}
      <ol className={classes['events']} tabIndex={0} aria-label="Events, newest first">
        {list.toReversed().map(({ seq, at, level, text }) => (
          <li key={seq} data-level={level}>
            <span className={classes['eventTime']}>{formatClock(at)}</span>
            <span aria-hidden className={classes['eventMark']}>
              {MARKS[level]}
            </span>
            <span>
              {level === 'info' ? null : <span className={classes['hidden']}>{level}: </span>}
              {text}
            </span>
          </li>
        ))}
      </ol>
    </Section>
  );
}
