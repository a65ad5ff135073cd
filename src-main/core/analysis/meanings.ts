import type { MeaningsEvent } from '../../contract/analysis.ts';
import type { ModelChoice } from '../../domain/experiment.ts';
import type { Progress } from '../../domain/import.ts';
import type { ModelFile } from '../../domain/model.ts';
import { entailmentPrompt } from '../../domain/prompts/entailment.ts';
import type { RenderedJudgePrompt } from '../../domain/prompts/judge-render.ts';
import type { RunOwner } from '../../domain/run.ts';
import { verdictFromDistribution } from '../../domain/verdicts/next-token.ts';
import type { Engine, ScoreJob } from '../../engine/engine.ts';
import type { NewJudge } from '../../store/api.ts';
import { createBatcher } from '../batcher.ts';
import { createNeedMeter } from '../experiments/need.ts';
import { sameOwner } from '../experiments/owner.ts';
import type { RunnerDeps } from '../experiments/types.ts';
import { sha256Of } from '../hash.ts';
import { Problem } from '../problem.ts';
import { withProgress } from '../progress.ts';
import { equalPairs, pairKey, pairsToAsk, sampleGroupsOf, type WordingPair } from './sample-groups.ts';

/** Of the prompt and of how its answer is read: pairs under another version are another judge's. */
const ENTAILMENT_VERSION = 1;
const COMMIT_ITEMS = 256;
const COMMIT_MS = 500;

type Report = (progress: Omit<Progress, 'etaSeconds'>) => void;

export interface MeaningsResult {
  readonly judgeId: number;
  /** Pairs of wordings that the model was asked about now, and those that failed. */
  readonly asked: number;
  readonly failed: number;
}

/**
 * Asks a local model which samples of a question imply which, for clusters of meaning. Kept pair by pair: what was asked
 * before an abort is not asked again. Throws Problem REFUSED when no question has several answers, or while this process
 * works on a run (its memory is planned for that); EngineError when the model's process fails.
 */
export async function askMeanings(
  deps: RunnerDeps,
  owner: RunOwner,
  request: { readonly runId: number; readonly model: string },
  signal: AbortSignal,
  report: Report,
): Promise<MeaningsResult> {
  const { store } = deps;
  const { runId } = request;
  if ((await store.call('analysis.stamp', { runId })) === null) {
    throw new Problem('NOT_FOUND', `There is no run ${runId}.`);
  }
  await refuseWhileRunning(deps, owner);
  const groups = await sampleGroupsOf(store, runId, signal);
  if (groups.length === 0) {
    throw new Problem(
      'REFUSED',
      'No question of this run has several answers. Ask for samples at a temperature above 0, then compare their meanings.',
    );
  }
  const model = await deps.models.resolve(request.model);
  if (model.problem !== null) throw new Problem('REFUSED', `${model.name} cannot be used: ${model.problem}`);
  const sha256 = await deps.models.sha256(model, signal, (done, total) =>
    report({ step: `Reading ${model.name} for its hash`, done, total }),
  );
  const judgeId = await store.call('judges.ensure', entailmentJudge(model, sha256));
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
  if (pairs.length === 0) return { judgeId, asked: 0, failed: 0 };
  return { judgeId, ...(await askPairs(deps, model, judgeId, pairs, signal, report)) };
}

/** The same as a stream: progress, then what was asked. */
export async function* meaningEvents(
  deps: RunnerDeps,
  owner: RunOwner,
  request: { readonly runId: number; readonly model: string },
  signal: AbortSignal,
): AsyncGenerator<MeaningsEvent> {
  const work = withProgress(signal, (inner, report) => askMeanings(deps, owner, request, inner, report));
  for (;;) {
    const next = await work.next();
    if (next.done === true) {
      yield { kind: 'done', asked: next.value.asked, failed: next.value.failed };
      return;
    }
    yield { kind: 'progress', progress: next.value };
  }
}

async function refuseWhileRunning({ store }: RunnerDeps, owner: RunOwner): Promise<void> {
  const owned = await store.call('runs.owned');
  if (!owned.some((run) => sameOwner(run.owner, owner))) return;
  throw new Problem('CONFLICT', 'A run is being worked on here; compare meanings when it has ended.');
}

function entailmentJudge(model: ModelFile, modelSha256: string): NewJudge {
  const prompt = sha256Of({ entailment: ENTAILMENT_VERSION });
  return {
    sha256: sha256Of({ model: modelSha256, prompt }),
    kind: 'model',
    name: `${model.name} (entailment)`,
    modelSha256,
    promptId: 'entailment',
    promptSha256: prompt,
    labelOrder: null,
    mode: 'next-token',
  };
}

const AUTO: Omit<ModelChoice, 'model'> = {
  gpuLayers: 'auto',
  context: 'auto',
  sequences: 'auto',
  devices: 'auto',
};

async function askPairs(
  deps: RunnerDeps,
  model: ModelFile,
  judgeId: number,
  pairs: readonly WordingPair[],
  signal: AbortSignal,
  report: Report,
): Promise<{ readonly asked: number; readonly failed: number }> {
  const instruct = model.facts?.hasChatTemplate ?? false;
  const render = ({ question, first, second }: WordingPair): RenderedJudgePrompt =>
    entailmentPrompt(question, first, second, instruct);
  const meter = createNeedMeter();
  for (const pair of pairs) meter.add(render(pair).prompt);
  const choice = { ...AUTO, model: model.path };
  const plan = await deps.planner.phase({ role: 'judge', model, choice, need: meter.need(1), signal });
  report({ step: `Loading ${model.name}`, done: 0, total: pairs.length });
  const engine = await deps.startEngine({
    modelPath: model.path,
    settings: plan.settings,
    signal,
    log: (line) => deps.log.info('engine', { line }),
  });
  try {
    return await scorePairs(deps, engine, { judgeId, pairs, render }, signal, report);
  } finally {
    await engine.stop();
  }
}

async function scorePairs(
  { store, log }: RunnerDeps,
  engine: Engine,
  work: {
    readonly judgeId: number;
    readonly pairs: readonly WordingPair[];
    readonly render: (pair: WordingPair) => RenderedJudgePrompt;
  },
  signal: AbortSignal,
  report: Report,
): Promise<{ readonly asked: number; readonly failed: number }> {
  const { judgeId, pairs, render } = work;
  let asked = 0;
  let failed = 0;
  const batcher = createBatcher<{
    readonly firstId: number;
    readonly secondId: number;
    readonly pEntails: number | null;
    readonly labelMass: number | null;
  }>({
    maxItems: COMMIT_ITEMS,
    maxMs: COMMIT_MS,
    flush: (batch) => store.call('entailments.put', { judgeId, pairs: batch }),
  });
  async function* jobs(): AsyncGenerator<ScoreJob> {
    for (const [index, pair] of pairs.entries()) {
      const { prompt, labels } = render(pair);
      yield { id: String(index), prompt, labels: labels.map((label) => label.text) };
    }
  }
  try {
    for await (const result of engine.score(jobs(), signal)) {
      const pair = pairs[Number(result.id)];
      if (pair === undefined) continue;
      if (result.error === null) {
        const { pCorrect, labelMass, verdict } = verdictFromDistribution(render(pair).labels, result);
        const pEntails = verdict === 'unparsed' ? null : pCorrect;
        for (const [firstId, secondId] of pair.answers) {
          await batcher.add({ firstId, secondId, pEntails, labelMass });
        }
        asked += 1;
      } else {
        failed += 1;
        log.warn('a pair of answers could not be compared', { error: result.error });
      }
      report({ step: 'Comparing meanings', done: asked + failed, total: pairs.length });
    }
  } finally {
    await batcher.drain();
  }
  signal.throwIfAborted();
  return { asked, failed };
}
