import { useQuery } from '@tanstack/react-query';
import type { Alarm } from '../../src-main/domain/alarm.ts';
import { alarmsQuery } from '../queries/judging.ts';
import { ErrorNote, Note } from './ErrorNote.tsx';
import classes from './AlarmList.module.css';

const SEVERITIES = ['error', 'warning'] as const satisfies readonly Alarm['severity'][];

/** Several judges bring several alarms each: more than these would push the numbers off the page. */
const SHOWN = 4;

/** What makes a run's numbers doubtful, before the numbers: one box for each severity. Nothing when there is nothing. */
export function AlarmList({ runId }: { readonly runId: number }) {
  const alarms = useQuery(alarmsQuery(runId));
  if (alarms.isError) return <ErrorNote error={alarms.error} what="The alarms could not be read." />;
  return SEVERITIES.map((severity) => {
    const these = (alarms.data ?? []).filter((alarm) => alarm.severity === severity);
    if (these.length === 0) return null;
    return (
      <Note key={severity} tone={severity}>
        <Alarms alarms={these.slice(0, SHOWN)} />
        {these.length <= SHOWN ? null : (
          <details className={classes['more']}>
            <summary>{these.length - SHOWN} more</summary>
            <Alarms alarms={these.slice(SHOWN)} />
          </details>
        )}
      </Note>
    );
  });
}

function Alarms({ alarms }: { readonly alarms: readonly Alarm[] }) {
  return (
    <ul className={classes['alarms']}>
      {alarms.map(({ id, judgeId, text }) => (
        <li key={`${id}-${judgeId ?? 'run'}`}>{text}</li>
      ))}
    </ul>
  );
}
