import { useQuery } from '@tanstack/react-query';
import { alarmsQuery } from '../queries/judging.ts';
import { ErrorNote, Note } from './ErrorNote.tsx';

/** What makes a run's numbers doubtful, before the numbers. Nothing when there is nothing. */
export function AlarmList({ runId }: { readonly runId: number }) {
  const alarms = useQuery(alarmsQuery(runId));
  if (alarms.isError) return <ErrorNote error={alarms.error} what="The alarms could not be read." />;
  return (alarms.data ?? []).map((alarm) => (
    <Note key={`${alarm.id}-${alarm.judgeId ?? 'run'}`} tone={alarm.severity}>
      {alarm.text}
    </Note>
  ));
}
