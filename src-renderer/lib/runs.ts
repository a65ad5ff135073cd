import type { RunPhase, RunStatus, RunSummary } from '../../src-main/domain/run.ts';

export const isLiveRun = ({ status }: { readonly status: RunStatus }): boolean =>
  status === 'queued' || status === 'running' || status === 'cancelling';

export const canResume = ({ status }: { readonly status: RunStatus }): boolean =>
  status === 'cancelled' || status === 'interrupted' || status === 'failed';

/** The phase that is on; null between runs. */
export function activePhase({ phases }: RunSummary): RunPhase | null {
  return (
    phases.find(({ state }) => state === 'loading' || state === 'running' || state === 'unloading') ?? null
  );
}

/** Done work over all phases, 0 to 1; null before anything is known. */
export function runShare({ phases }: RunSummary): number | null {
  const total = phases.reduce((sum, phase) => sum + phase.total, 0);
  const done = phases.reduce((sum, phase) => sum + Math.min(phase.total, phase.done + phase.failed), 0);
  return total === 0 ? null : done / total;
}

export const STATUS_WORDS: Readonly<Record<RunStatus, { mark: string; word: string; tone: string }>> = {
  queued: { mark: '·', word: 'queued', tone: 'unknown' },
  running: { mark: '▶', word: 'running', tone: 'accent' },
  cancelling: { mark: '◼', word: 'cancelling', tone: 'tight' },
  cancelled: { mark: '◼', word: 'cancelled', tone: 'unknown' },
  interrupted: { mark: '!', word: 'interrupted', tone: 'tight' },
  failed: { mark: '✗', word: 'failed', tone: 'no' },
  done: { mark: '✓', word: 'done', tone: 'yes' },
};
