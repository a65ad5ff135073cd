import type { MeaningsEvent } from '../../contract/analysis.ts';
import type { ModelChoice } from '../../domain/experiment.ts';
import type { Progress } from '../../domain/import.ts';
import type { ModelFile } from '../../domain/model.ts';
import type { PlanPhase } from '../../domain/plan.ts';
import type { RenderedJudgePrompt } from '../../domain/prompts/judge-render.ts';
import { verdictFromDistribution } from '../../domain/verdicts/next-token.ts';
import type { Engine, ScoreJob } from '../../engine/engine.ts';
import type { NewJudge, Store } from '../../store/api.ts';
import { planInLine } from '../experiments/launch.ts';
import type { Place } from '../experiments/memory-queue.ts';
import { createNeedMeter } from '../experiments/need.ts';
import type { RunnerDeps, RunPlanner } from '../experiments/types.ts';
import { inLine } from '../experiments/wait-for-memory.ts';
import { sha256Of } from '../hash.ts';
import { Problem } from '../problem.ts';
import { withProgress } from '../progress.ts';

export type Report = (progress: Omit<Progress, 'etaSeconds'>) => void;

/** Questions that went to the model now, and those of them that failed. */
export interface Asked {
  readonly asked: number;
  readonly failed: number;
}

/** A model that answers yes or no about answers, and the judge that its replies are stored under. */
export interface AskedModel {
  readonly model: ModelFile;
  readonly judgeId: number;
  readonly instruct: boolean;
}

/** The model of a choice as a judge of its own kind. Throws Problem NOT_FOUND, or REFUSED for a model that cannot be used. */
export async function modelToAsk(
  deps: RunnerDeps,
  request: {
    readonly runId: number;
    readonly model: string;
    readonly kind: string;
    readonly version: number;
  },
  signal: AbortSignal,
  report: Report,
): Promise<AskedModel> {
  const { store } = deps;
  const model = await deps.models.resolve(request.model);
  if (model.problem !== null) throw new Problem('REFUSED', `${model.name} cannot be used: ${model.problem}`);
  const sha256 = await deps.models.sha256(model, signal, (done, total) =>
    report({ step: `Reading ${model.name} for its hash`, done, total }),
  );
  const judgeId = await store.call('judges.ensure', judgeOf(model, sha256, request.kind, request.version));
  return { model, judgeId, instruct: model.facts?.hasChatTemplate ?? false };
}

function judgeOf(model: ModelFile, modelSha256: string, kind: string, version: number): NewJudge {
  const prompt = sha256Of({ [kind]: version });
  return {
    sha256: sha256Of({ model: modelSha256, prompt }),
    kind: 'model',
    name: `${model.name} (${kind})`,
    modelSha256,
    promptId: kind,
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

export interface YesNoQuestions<T> {
  readonly items: readonly T[];
  /** Rendered when it is its turn: a hundred thousand prompts at once would be large. */
  readonly render: (item: T) => RenderedJudgePrompt;
  /** P(yes), null when the reply was neither. */
  readonly answered: (item: T, pYes: number | null, labelMass: number | null) => Promise<void>;
  /** "Comparing meanings" */
  readonly step: string;
  /** The run that is asked about. */
  readonly runId: number;
}

/** Throws Problem NOT_FOUND for a run that is not there. */
export async function requireRun(store: Store, runId: number): Promise<void> {
  if ((await store.call('analysis.stamp', { runId })) === null) {
    throw new Problem('NOT_FOUND', `There is no run ${runId}.`);
  }
}

/**
 * Loads the model in a process of its own, asks everything, and ends the process. Stands in the line of runs for its
 * memory, and says so while it waits. Throws what an abort or the engine throws.
 */
export async function askYesNo<T>(
  deps: RunnerDeps,
  model: ModelFile,
  questions: YesNoQuestions<T>,
  asking: AbortSignal,
  report: Report,
): Promise<Asked> {
  // Nothing may begin behind the back of a close, which makes room.
  const signal = AbortSignal.any([asking, deps.closing]);
  const meter = createNeedMeter();
  for (const item of questions.items) meter.add(questions.render(item).prompt);
  const choice = { ...AUTO, model: model.path };
  const need: Need = { role: 'judge', model, choice, need: meter.need(1), signal };
  const place = deps.queue.enter(`the questions about run ${questions.runId}`, []);
  const wait = (step: string): void => report({ step, done: 0, total: null });
  try {
    const plan = await roomFor({ ...deps, planner: inLine(deps.planner, place) }, place, need, wait);
    report({ step: `Loading ${model.name}`, done: 0, total: questions.items.length });
    await using engine = await deps.startEngine({
      modelPath: model.path,
      settings: plan.settings,
      totalLayers: plan.totalLayers,
      signal,
      log: (line) => deps.log.info('engine', { line }),
    });
    place.loaded();
    const result = await askAll(deps, engine, questions, signal, report);
    signal.throwIfAborted();
    return result;
  } finally {
    place.leave();
  }
}

type Need = Parameters<RunPlanner['phase']>[0];

/** Waits until there is room for the model; how it is to be loaded then. Rejects with the signal's reason. */
async function roomFor(
  deps: Pick<RunnerDeps, 'planner' | 'queue'>,
  place: Place,
  need: Need,
  wait: (step: string) => void,
): Promise<PlanPhase> {
  const wanted = await planInLine(deps, need);
  const { contextPerSequence, sequences } = wanted.settings;
  const asWanted = { ...need, choice: { ...need.choice, context: contextPerSequence, sequences } };
  await place.admit({
    seqs: [],
    room: { wanted, plan: () => deps.planner.phase(asWanted) },
    signal: need.signal,
    onWait: (others) => wait(`Waiting for memory: ${others.join(' and ')} must make room`),
  });
  const plan = await deps.planner.phase(need);
  place.holds(plan);
  return plan;
}

async function askAll<T>(
  { log }: RunnerDeps,
  engine: Engine,
  { items, render, answered, step }: Omit<YesNoQuestions<T>, 'runId'>,
  signal: AbortSignal,
  report: Report,
): Promise<Asked> {
  let asked = 0;
  let failed = 0;
  async function* jobs(): AsyncGenerator<ScoreJob> {
    for (const [index, item] of items.entries()) {
      const { prompt, labels } = render(item);
      yield { id: String(index), prompt, labels: labels.map((label) => label.text) };
    }
  }
  for await (const result of engine.score(jobs(), signal)) {
    const item = items[Number(result.id)];
    if (item === undefined) continue;
    if (result.error === null) {
      const { pCorrect, labelMass, verdict } = verdictFromDistribution(render(item).labels, result);
      await answered(item, verdict === 'unparsed' ? null : pCorrect, labelMass);
      asked += 1;
    } else {
      failed += 1;
      log.warn('a model could not be asked about an answer', { error: result.error });
    }
    report({ step, done: asked + failed, total: items.length });
  }
  return { asked, failed };
}

/** Such a task as a stream: progress, then what was asked. */
export async function* askEvents(
  signal: AbortSignal,
  task: (signal: AbortSignal, report: Report) => Promise<Asked>,
): AsyncGenerator<MeaningsEvent> {
  const work = withProgress(signal, task);
  for (;;) {
    const next = await work.next();
    if (next.done === true) {
      yield { kind: 'done', asked: next.value.asked, failed: next.value.failed };
      return;
    }
    yield { kind: 'progress', progress: next.value };
  }
}
