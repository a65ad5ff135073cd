import type { MeaningsEvent } from '../../contract/analysis.ts';
import type { ModelChoice } from '../../domain/experiment.ts';
import type { Progress } from '../../domain/import.ts';
import type { ModelFile } from '../../domain/model.ts';
import type { RenderedJudgePrompt } from '../../domain/prompts/judge-render.ts';
import type { RunOwner } from '../../domain/run.ts';
import { verdictFromDistribution } from '../../domain/verdicts/next-token.ts';
import type { Engine, ScoreJob } from '../../engine/engine.ts';
import type { NewJudge, Store } from '../../store/api.ts';
import { createNeedMeter } from '../experiments/need.ts';
import { sameOwner } from '../experiments/owner.ts';
import type { RunnerDeps } from '../experiments/types.ts';
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

/**
 * The model of a choice as a judge of its own kind. Throws Problem CONFLICT while this
 * process works on a run (its memory is planned for that), REFUSED for a model that cannot be used.
 */
export async function modelToAsk(
  deps: RunnerDeps,
  owner: RunOwner,
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
  const owned = await store.call('runs.owned');
  if (owned.some((run) => sameOwner(run.owner, owner))) {
    throw new Problem('CONFLICT', 'A run is being worked on here; ask a model about it when it has ended.');
  }
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
}

/** Throws Problem NOT_FOUND for a run that is not there. */
export async function requireRun(store: Store, runId: number): Promise<void> {
  if ((await store.call('analysis.stamp', { runId })) === null) {
    throw new Problem('NOT_FOUND', `There is no run ${runId}.`);
  }
}

/** Loads the model in a process of its own, asks everything, and ends the process. Throws what an abort or the engine throws. */
export async function askYesNo<T>(
  deps: RunnerDeps,
  model: ModelFile,
  questions: YesNoQuestions<T>,
  signal: AbortSignal,
  report: Report,
): Promise<Asked> {
  const meter = createNeedMeter();
  for (const item of questions.items) meter.add(questions.render(item).prompt);
  const choice = { ...AUTO, model: model.path };
  const plan = await deps.planner.phase({ role: 'judge', model, choice, need: meter.need(1), signal });
  report({ step: `Loading ${model.name}`, done: 0, total: questions.items.length });
  const engine = await deps.startEngine({
    modelPath: model.path,
    settings: plan.settings,
    signal,
    log: (line) => deps.log.info('engine', { line }),
  });
  try {
    const result = await askAll(deps, engine, questions, signal, report);
    signal.throwIfAborted();
    return result;
  } finally {
    await engine.stop();
  }
}

async function askAll<T>(
  { log }: RunnerDeps,
  engine: Engine,
  { items, render, answered, step }: YesNoQuestions<T>,
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
