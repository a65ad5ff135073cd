import type { Database } from 'better-sqlite3';

import type { StoreMethod, StoreResult } from './api.ts';
import { putAnswers, reuseAnswers } from './queries/answers.ts';
import { getCached, putCached } from './queries/cache.ts';
import { runCounts } from './queries/counts.ts';
import {
  abandonDataset,
  beginDataset,
  finishDataset,
  getDataset,
  listDatasets,
  listRemovals,
  removeDataset,
  unfinishedDatasets,
} from './queries/datasets.ts';
import { analysisTexts, listEntailments, putEntailments } from './queries/entailment.ts';
import { exportAnswers, getAnswer } from './queries/detail.ts';
import { addEvents, addMemory, listEvents, listMemory } from './queries/events.ts';
import { putFailures } from './queries/failures.ts';
import { beginQueue, listQueues, putLabel, queueState, undoLabel } from './queries/labels.ts';
import { addLedgerEntry, listLedger } from './queries/ledger.ts';
import { answersAt } from './queries/list-items.ts';
import { analysisLogprobs, analysisMatrix, analysisStamp } from './queries/matrix.ts';
import { judgePhases } from './queries/judge-phases.ts';
import { ensureJudge, listJudges } from './queries/judges.ts';
import { addHumanJudgment, addRuleJudgments, putJudgments } from './queries/judgments.ts';
import { answersPage, countAnswers } from './queries/page.ts';
import { pendingAnswers, pendingJudgments } from './queries/pending.ts';
import { patchPhase, setPhaseJudge } from './queries/phases.ts';
import { forgetPromptHeads } from './queries/prompts.ts';
import { appendRows, listRows, sampleRows } from './queries/rows.ts';
import { createRun } from './queries/run-create.ts';
import {
  claimRun,
  heartbeat,
  markInterrupted,
  releaseRun,
  removeRun,
  requestCancel,
  setStatus,
} from './queries/run-owner.ts';
import { analysisTokens, listRelevances, putRelevances } from './queries/relevance.ts';
import { getRun, listRuns, ownedRuns } from './queries/runs.ts';
import type { Request } from './protocol.ts';
import { READS } from './routing.ts';
import type { WireArgs } from './wire.ts';

export type Handlers = { readonly [M in StoreMethod]: (db: Database, args: WireArgs<M>) => StoreResult<M> };

export const HANDLERS: Handlers = {
  'datasets.begin': beginDataset,
  'datasets.append': appendRows,
  'datasets.finish': finishDataset,
  'datasets.abandon': abandonDataset,
  'datasets.unfinished': unfinishedDatasets,
  'datasets.removals': listRemovals,
  'datasets.list': listDatasets,
  'datasets.get': getDataset,
  'datasets.rows': listRows,
  'datasets.sample': sampleRows,
  'datasets.remove': removeDataset,
  'runs.create': createRun,
  'runs.list': listRuns,
  'runs.get': getRun,
  'runs.claim': claimRun,
  'runs.heartbeat': heartbeat,
  'runs.requestCancel': requestCancel,
  'runs.setStatus': setStatus,
  'runs.setPhaseJudge': setPhaseJudge,
  'runs.release': releaseRun,
  'runs.owned': ownedRuns,
  'runs.markInterrupted': markInterrupted,
  'runs.patchPhase': patchPhase,
  'runs.addEvents': addEvents,
  'runs.events': listEvents,
  'runs.addMemory': addMemory,
  'runs.memory': listMemory,
  'runs.counts': runCounts,
  'runs.remove': removeRun,
  'runs.pendingAnswers': pendingAnswers,
  'runs.reuseAnswers': reuseAnswers,
  'runs.pendingJudgments': pendingJudgments,
  'runs.putAnswers': putAnswers,
  'runs.putJudgments': putJudgments,
  'runs.putFailures': putFailures,
  'answers.page': answersPage,
  'answers.count': countAnswers,
  'answers.at': answersAt,
  'answers.get': getAnswer,
  'answers.export': exportAnswers,
  'judges.list': listJudges,
  'judges.ensure': ensureJudge,
  'judgments.addHuman': addHumanJudgment,
  'judgments.addRule': addRuleJudgments,
  'labels.begin': beginQueue,
  'labels.queues': listQueues,
  'labels.state': queueState,
  'labels.put': putLabel,
  'labels.undo': undoLabel,
  'analysis.texts': analysisTexts,
  'entailments.list': listEntailments,
  'entailments.put': putEntailments,
  'analysis.tokens': analysisTokens,
  'relevances.list': listRelevances,
  'relevances.put': putRelevances,
  'analysis.stamp': analysisStamp,
  'analysis.matrix': analysisMatrix,
  'analysis.judgePhases': judgePhases,
  'analysis.logprobs': analysisLogprobs,
  'cache.get': getCached,
  'cache.put': putCached,
  'ledger.add': addLedgerEntry,
  'ledger.list': listLedger,
};

/**
 * Runs one call as one transaction: a write takes the lock at its beginning, so that it cannot fail half way for
 * another process's write; a read sees one state of the file throughout.
 */
export function handle<M extends StoreMethod>(db: Database, request: Request<M>): StoreResult<M> {
  const { method, args } = request;
  const handler: Handlers[M] = HANDLERS[method];
  const work = db.transaction(() => handler(db, args));
  if (READS[method] !== undefined) return work.deferred();
  try {
    return work.immediate();
  } catch (error) {
    forgetPromptHeads(db);
    throw error;
  }
}
