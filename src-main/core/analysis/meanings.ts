import { entailmentPrompt } from '../../domain/prompts/entailment.ts';
import { createBatcher } from '../batcher.ts';
import type { RunnerDeps } from '../experiments/types.ts';
import { Problem } from '../problem.ts';
import { type Asked, type AskedModel, askYesNo, modelToAsk, type Report, requireRun } from './ask-model.ts';
import { equalPairs, pairKey, pairsToAsk, sampleGroupsOf, type WordingPair } from './sample-groups.ts';

/** Of the prompt and of how its answer is read: pairs under another version are another judge's. */
const ENTAILMENT_VERSION = 1;
const COMMIT_ITEMS = 256;
const COMMIT_MS = 500;

/**
 * Asks a local model which samples of a question imply which, for clusters of meaning. Kept pair by pair: what was asked
 * before an abort is not asked again. Throws Problem REFUSED when no question has several answers, and as modelToAsk does;
 * EngineError when the model's process fails.
 */
export async function askMeanings(
  deps: RunnerDeps,
  request: { readonly runId: number; readonly model: string },
  signal: AbortSignal,
  report: Report,
): Promise<Asked> {
  const { store } = deps;
  const { runId } = request;
  await requireRun(store, runId);
  const groups = await sampleGroupsOf(store, runId, signal);
  if (groups.length === 0) {
    throw new Problem(
      'REFUSED',
      'No question of this run has several answers. Ask for samples at a temperature above 0, then compare their meanings.',
    );
  }
  const kind = { kind: 'entailment', version: ENTAILMENT_VERSION };
  const asked = await modelToAsk(deps, { ...request, ...kind }, signal, report);
  const { judgeId } = asked;
  const known = new Set(
    (await store.call('entailments.list', { runId }))
      .filter((pair) => pair.judgeId === judgeId)
      .map((pair) => pairKey(pair.firstId, pair.secondId)),
  );
  const equal = equalPairs(groups).filter(([a, b]) => !known.has(pairKey(a, b)));
  await store.call('entailments.put', {
    judgeId,
    pairs: equal.map(([firstId, secondId]) => ({ firstId, secondId, pEntails: 1, labelMass: null })),
  });
  const pairs = pairsToAsk(groups, known);
  return pairs.length === 0
    ? { asked: 0, failed: 0 }
    : askPairs(deps, asked, { runId, pairs }, signal, report);
}

async function askPairs(
  deps: RunnerDeps,
  { model, judgeId, instruct }: AskedModel,
  { runId, pairs }: { readonly runId: number; readonly pairs: readonly WordingPair[] },
  signal: AbortSignal,
  report: Report,
): Promise<Asked> {
  const batcher = createBatcher<{
    readonly firstId: number;
    readonly secondId: number;
    readonly pEntails: number | null;
    readonly labelMass: number | null;
  }>({
    maxItems: COMMIT_ITEMS,
    maxMs: COMMIT_MS,
    flush: (batch) => deps.store.call('entailments.put', { judgeId, pairs: batch }),
  });
  try {
    return await askYesNo(
      deps,
      model,
      {
        step: 'Comparing meanings',
        runId,
        items: pairs,
        render: ({ question, first, second }) => entailmentPrompt(question, first, second, instruct),
        answered: async ({ answers }, pEntails, labelMass) => {
          for (const [firstId, secondId] of answers) {
            await batcher.add({ firstId, secondId, pEntails, labelMass });
          }
        },
      },
      signal,
      report,
    );
  } finally {
    await batcher.drain();
  }
}
