import type { LabelState, QueueOrder } from '../../domain/analysis/labelling.ts';
import type { Store } from '../../store/api.ts';
import { ensurePerson } from '../judging/person.ts';
import { Problem } from '../problem.ts';

export interface LabellingRequest {
  readonly runId: number;
  readonly order: QueueOrder;
  /** For "unsure": whose doubt comes first; the run's first judge with P(correct) when left out. */
  readonly judgeId: number | null;
  readonly seed: number;
  readonly author: string;
}

/**
 * Begins, or goes on with, a person's queue over a run. Throws Problem NOT_FOUND, CONFLICT while answers are still being
 * made (a draw from half of them would be no random sample of all), or REFUSED without answers or without a judge to sort by.
 */
export async function beginLabelling(store: Store, request: LabellingRequest): Promise<LabelState> {
  const { runId, order, seed, author } = request;
  const run = await store.call('runs.get', { runId });
  if (run === null) throw new Problem('NOT_FOUND', `There is no run ${runId}.`);
  if (run.answered === 0)
    throw new Problem('REFUSED', 'This run has no answers yet; there is nothing to label.');
  const answering = run.phases.some((phase) => phase.role === 'generate' && phase.state !== 'done');
  if (answering && run.owner !== null && run.answered < run.total) {
    throw new Problem(
      'CONFLICT',
      `Run ${runId} is still answering (${run.answered} of ${run.total}). Label when all answers are there, so that the sample is one of all of them.`,
    );
  }
  const sortJudgeId = order === 'unsure' ? (request.judgeId ?? (await doubtfulJudge(store, runId))) : null;
  const judgeId = await ensurePerson(store, author);
  return store.call('labels.begin', { runId, judgeId, order, sortJudgeId, seed });
}

async function doubtfulJudge(store: Store, runId: number): Promise<number> {
  const { judges } = await store.call('runs.counts', { runId });
  const found = judges.find((counts) => counts.meanPCorrect !== null);
  if (found !== undefined) return found.judge.id;
  throw new Problem('REFUSED', 'No judge of this run gives P(correct); label in random order instead.');
}
