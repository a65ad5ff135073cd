import { useQuery } from '@tanstack/react-query';
import { runsQuery } from '../queries/runs.ts';
import { ErrorNote } from './ErrorNote.tsx';

/** Says that the list of runs could not be read, where a page needs it; nothing otherwise. */
export function RunsFailed() {
  const runs = useQuery(runsQuery());
  if (!runs.isError) return null;
  return (
    <ErrorNote error={runs.error} what="The runs could not be listed." onRetry={() => void runs.refetch()} />
  );
}
