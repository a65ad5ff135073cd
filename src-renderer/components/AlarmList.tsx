import { useQuery } from '@tanstack/react-query';
import type { Alarm } from '../../src-main/domain/alarm.ts';
import { alarmsQuery } from '../queries/judging.ts';
import { ErrorNote, Note } from './ErrorNote.tsx';

const SEVERITIES = ['error', 'warning'] as const satisfies readonly Alarm['severity'][];

/** What makes a run's numbers doubtful, before the numbers: one box for each severity. Nothing when there is nothing. */
export function AlarmList({ runId }: { readonly runId: number }) {
  const alarms = useQuery(alarmsQuery(runId));
  if (alarms.isError) return <ErrorNote error={alarms.error} what="The alarms could not be read." />;
  return SEVERITIES.map((severity) => {
    const these = (alarms.data ?? []).filter((alarm) => alarm.severity === severity);
    if (these.length === 0) return null;
    return (
      <Note key={severity} tone={severity}>
        {these.map(({ id, judgeId, text }) => (
          <div key={`${id}-${judgeId ?? 'run'}`}>{text}</div>
        ))}
      </Note>
    );
  });
}
