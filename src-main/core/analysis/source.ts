import type { AnswerMatrix, TokenLogprobs } from '../../domain/analysis/matrix.ts';
import type { AnalysisOptions } from '../../domain/analysis/options.ts';
import type { Run } from '../../domain/run.ts';
import type { Store, StoredEntailment, StoredRelevance } from '../../store/api.ts';
import { Problem } from '../problem.ts';
import { withRunPanel } from './run-panel.ts';
import { type AnalysisTable, analysisTable } from './table.ts';

/** Runs whose columns are kept: a page asks for one run several times, a comparison for two. */
const KEPT = 3;

/** Reads runs as columns, and keeps the last few for as long as nothing in them changes. */
export interface AnalysisSource {
  /** Throws Problem NOT_FOUND when the run is gone or a filter names what is not there. */
  table(options: AnalysisOptions): Promise<AnalysisTable>;
  /** Log-probabilities of the matrix's answers, token by token. */
  logprobs(runId: number): Promise<TokenLogprobs>;
  /** Which samples imply which, by the models that were asked. */
  entailments(runId: number): Promise<StoredEntailment[]>;
  /** How much each token matters, by the models that were asked. */
  relevances(runId: number): Promise<StoredRelevance[]>;
}

interface Kept {
  readonly runId: number;
  readonly stamp: string;
  readonly matrix: AnswerMatrix;
  logprobs: TokenLogprobs | null;
}

/** Keeps the columns of the runs that were read last, until their stamp changes. Throws Problem NOT_FOUND when there is no such run. */
export function createAnalysisSource(store: Store): AnalysisSource {
  const kept: Kept[] = [];
  const read = async (runId: number): Promise<Kept> => {
    const stamp = await store.call('analysis.stamp', { runId });
    if (stamp === null) throw new Problem('NOT_FOUND', `There is no run ${runId}.`);
    const known = kept.find((entry) => entry.runId === runId);
    if (known?.stamp === stamp) return known;
    if (known !== undefined) kept.splice(kept.indexOf(known), 1);
    const fresh: Kept = {
      runId,
      stamp,
      matrix: await store.call('analysis.matrix', { runId }),
      logprobs: null,
    };
    kept.unshift(fresh);
    kept.length = Math.min(kept.length, KEPT);
    return fresh;
  };
  return {
    async table(options) {
      const { matrix } = await read(options.runId);
      return withRunPanel(analysisTable(await requireRun(store, options.runId), matrix, options));
    },
    async logprobs(runId) {
      const entry = await read(runId);
      entry.logprobs ??= await store.call('analysis.logprobs', { runId });
      return entry.logprobs;
    },
    entailments: (runId) => store.call('entailments.list', { runId }),
    relevances: (runId) => store.call('relevances.list', { runId }),
  };
}

async function requireRun(store: Store, runId: number): Promise<Run> {
  const run = await store.call('runs.get', { runId });
  if (run === null) throw new Problem('NOT_FOUND', `There is no run ${runId}.`);
  return run;
}

/** Questions drawn per bootstrap, over all its resamples: some tenths of a second. */
const DRAWS = 10_000_000;
const FEWEST_RESAMPLES = 400;

/** Resamples of a bootstrap over this many questions: as many as asked for, fewer for very large runs. */
export function resamplesFor(questions: number, wanted: number): number {
  return Math.min(wanted, Math.max(FEWEST_RESAMPLES, Math.floor(DRAWS / Math.max(1, questions))));
}
