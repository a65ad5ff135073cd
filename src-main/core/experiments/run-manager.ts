import { type Run, type RunOwner, type RunStatus, sameOwner } from '../../domain/run.ts';
import type { NewRun } from '../../store/api.ts';
import { Problem } from '../problem.ts';
import { type Ended, executeRun, type StopReason } from './execute.ts';
import { isGone } from './owner.ts';
import type { RunnerDeps } from './types.ts';

const OWNED: ReadonlySet<RunStatus> = new Set(['queued', 'running', 'cancelling']);

/** Starts, resumes, cancels. Runs of this process are worked on as memory allows, in line; those of other processes are only read. */
export interface RunManager {
  start(run: NewRun): Promise<number>;
  resume(runId: number): Promise<void>;
  cancel(runId: number): Promise<void>;
  /** Resolves when this process has ended its work on the run; at once when it has none. */
  finished(runId: number): Promise<Ended | null>;
  /** Marks runs whose owner is provably gone, so that they can be resumed. */
  recover(): Promise<void>;
  /** Stops all work so that another process can resume it. */
  close(): Promise<void>;
}

interface Job {
  readonly controller: AbortController;
  readonly ended: Promise<Ended>;
}

/** @param onBusy told when this process begins and ends to work on runs: what may wait (hashing in the background) then waits. */
export function createRunManager(
  deps: RunnerDeps,
  owner: RunOwner,
  onBusy: (busy: boolean) => void = () => undefined,
): RunManager {
  const jobs = new Map<number, Job>();
  let closed = false;

  const work = (run: Run, token: number): void => {
    const controller = new AbortController();
    const ended = executeRun(deps, run, token, controller);
    jobs.set(run.id, { controller, ended });
    onBusy(true);
    const leave = (): void => {
      jobs.delete(run.id);
      if (jobs.size === 0) onBusy(false);
    };
    void ended.finally(leave).catch(() => undefined);
  };
  const refuseWhenClosed = (): void => {
    if (closed)
      throw new Problem('CONFLICT', 'Assize is closing; the run can be resumed after the next start.');
  };
  const claim = async (runId: number, expected: RunOwner | null): Promise<void> => {
    refuseWhenClosed();
    const claimed = await deps.store.call('runs.claim', { runId, owner, expected });
    if (claimed === null) {
      throw new Problem(
        'CONFLICT',
        `Run ${runId} has just been taken by another process; watch it there or here.`,
      );
    }
    const run = await deps.store.call('runs.get', { runId });
    if (run === null) throw new Problem('NOT_FOUND', `There is no run ${runId}.`);
    // Claimed or not, nothing may begin behind the back of a close; this process's end makes it free again.
    refuseWhenClosed();
    work(run, claimed.token);
  };
  const recover = async (): Promise<void> => {
    for (const { runId, owner: other, heartbeatAt } of await deps.store.call('runs.owned')) {
      if (isGone(other, heartbeatAt))
        await deps.store.call('runs.markInterrupted', { runId, expected: other });
    }
  };
  return {
    recover,
    async start(newRun) {
      const runId = await deps.store.call('runs.create', newRun);
      await claim(runId, null);
      return runId;
    },
    async resume(runId) {
      await recover();
      const run = await deps.store.call('runs.get', { runId });
      if (run === null) throw new Problem('NOT_FOUND', `There is no run ${runId}.`);
      if (run.owner !== null && OWNED.has(run.status)) {
        const where = sameOwner(run.owner, owner)
          ? 'here'
          : `in another process (${run.owner.door}, pid ${run.owner.pid})`;
        throw new Problem('CONFLICT', `Run ${runId} is being worked on ${where} already.`);
      }
      await claim(runId, run.owner);
    },
    async cancel(runId) {
      const job = jobs.get(runId);
      if (job === undefined) {
        await recover();
        await deps.store.call('runs.requestCancel', { runId });
      } else {
        job.controller.abort('cancelled' satisfies StopReason);
        await deps.store.call('runs.requestCancel', { runId });
      }
    },
    finished: async (runId) => (await jobs.get(runId)?.ended) ?? null,
    async close() {
      closed = true;
      for (const job of jobs.values()) job.controller.abort('shutdown' satisfies StopReason);
      await Promise.allSettled([...jobs.values()].map((job) => job.ended));
    },
  };
}
