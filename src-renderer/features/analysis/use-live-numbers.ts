import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useWhenEnded } from '../../lib/use-when-ended.ts';
import { refreshRunNumbers, runLiveQuery } from '../../queries/runs.ts';

/** Between one count and the next while a run writes; a count of a large run takes longer than this, and is waited for. */
const AGAIN_MS = 5000;

/** Counts a run's numbers again while answers and verdicts come, and once more at its end. True while they come. */
export function useLiveNumbers(runId: number): boolean {
  const run = useQuery(runLiveQuery(runId)).data;
  const live = run !== undefined && run.owner !== null && run.endedAt === null;
  useWhenEnded(live, () => void refreshRunNumbers(runId));
  useEffect(() => {
    if (!live) return undefined;
    let timer: ReturnType<typeof setTimeout> | null = null;
    let over = false;
    const later = (): void => {
      timer = setTimeout(() => {
        void refreshRunNumbers(runId).finally(() => {
          if (!over) later();
        });
      }, AGAIN_MS);
    };
    later();
    return () => {
      over = true;
      if (timer !== null) clearTimeout(timer);
    };
  }, [live, runId]);
  return live;
}
