import type { Launch } from '../../contract/runs.ts';
import type { DatasetInfo } from '../../domain/dataset.ts';
import type { Experiment, JudgeChoice, ModelChoice } from '../../domain/experiment.ts';
import type { ModelFile } from '../../domain/model.ts';
import type { Plan, PlanPhase } from '../../domain/plan.ts';
import { bytesByDevice } from '../../domain/planning/join-phases.ts';
import { phaseReasons, phaseVerdict, worst } from '../../domain/planning/verdict.ts';
import type { NewRun } from '../../store/api.ts';
import { findDataset } from '../datasets/find-dataset.ts';
import { Problem } from '../problem.ts';
import { addOccupied } from './claims.ts';
import { devicesOf, estimateSeconds, type ToEstimate } from './estimate.ts';
import { judgeTurns, turnsThatFollow } from './judge-turns.ts';
import { inLoadOrder } from './load-order.ts';
import { createNeedMeter } from './need.ts';
import { apiIdentity, apiKeyOf, apiName, usableFile } from './phase-model.ts';
import { remoteWarnings } from './remote-warnings.ts';
import { type ModelPrompts, promptsOf, sampleQuestions } from './planned-prompts.ts';
import type { PhaseNeed, RunnerDeps, RunPlanner } from './types.ts';

/** Enough questions to know how long the longest are, few enough to render and count before a dialog is drawn. */
const SAMPLE = 1024;

export interface PlannedLaunch {
  readonly newRun: NewRun;
  readonly plan: Plan;
  /** Sentences: what will make the numbers doubtful, said before the run. */
  readonly warnings: readonly string[];
  /** From this machine's own runs of the same models; null until there are any. */
  readonly estimateSeconds: number | null;
}

interface Participant {
  readonly role: 'generate' | 'judge';
  readonly name: string;
  /** Equal for equal models. */
  readonly modelId: string;
  /** Null for a model behind a server: nothing to plan. */
  readonly file: ModelFile | null;
  readonly instruct: boolean;
  readonly wish: ModelChoice;
  /** The judge's; null for the generator. */
  readonly choice: JudgeChoice | null;
}

/**
 * Turns what was asked for into a run that can be created, with its plan. Throws Problem NOT_FOUND or REFUSED for a dataset,
 * model or prompt that cannot be used. Nothing is written.
 */
export async function planLaunch(
  deps: RunnerDeps,
  asked: Launch,
  signal: AbortSignal,
): Promise<PlannedLaunch> {
  const experiment = inLoadOrder(asked.experiment);
  const launch = { ...asked, experiment };
  const dataset = await findDataset(deps.store, experiment.dataset);
  if (experiment.generator === null && launch.answers?.kind !== 'run')
    refuseWithoutAnswers(dataset, launch.answers?.system ?? null);
  const participants = await participantsOf(deps, launch);
  const items = await countItems(deps, launch, dataset);
  if (items === 0 && experiment.generator === null)
    throw new Problem('REFUSED', 'There is no answer to judge yet: go on with that run first.');
  const isLocal = participants.some(({ file }) => file !== null);
  const [needs] = await Promise.all([
    measureNeeds(deps, launch, dataset, participants, items, signal),
    // Its cards are asked while tokens are counted: planning finds them fresh.
    isLocal ? deps.machine(signal) : null,
  ]);
  const phases: (PlanPhase | null)[] = [];
  const together = loadedTogether(experiment);
  for (const [index, { role, file, wish }] of participants.entries()) {
    const need = needs[index];
    const local = file !== null && need !== undefined;
    const beside = together[index] === true ? phases.filter((_, before) => together[before]) : [];
    phases.push(
      local ? await planInLine(deps, { role, model: file, choice: wish, need, signal }, beside) : null,
    );
  }
  const plan = planOf(
    phases.filter((phase) => phase !== null),
    together.includes(true) ? 'together' : 'sequential',
  );
  return {
    plan,
    warnings: warningsOf(launch, dataset, participants),
    estimateSeconds: await estimateSeconds(deps.store, toEstimate(participants, phases, together), items),
    newRun: {
      name: experiment.name,
      experiment: { ...experiment, dataset: dataset.name, judges: await pinned(deps, experiment.judges) },
      plan,
      datasetId: dataset.id,
      phases: participants.map(({ role, name }, index) => ({
        role,
        modelName: name,
        judge: null,
        plan: phases[index] ?? null,
      })),
      selection: selectionOf(launch),
      again: launch.again,
    },
  };
}

/** A run over no answers ended at once as done, with nothing judged. Throws Problem REFUSED. */
function refuseWithoutAnswers({ name, systems }: DatasetInfo, system: string | null): void {
  if (systems.length === 0)
    throw new Problem(
      'REFUSED',
      `Without a generator there must be stored answers, and ${name} brought none: choose a run, or a dataset that brought answers.`,
    );
  if (system !== null && !systems.includes(system))
    throw new Problem('REFUSED', `${name} has no answers of "${system}". It has: ${systems.join(', ')}.`);
}

/** Of each participant, whether it is loaded at the same time as others. */
function loadedTogether({ generator, judges, schedule }: Experiment): boolean[] {
  if (generator === null || schedule !== 'together') return [];
  const follow = turnsThatFollow(judges);
  return follow.includes(true) ? [true, ...follow] : [];
}

function toEstimate(
  participants: readonly Participant[],
  phases: readonly (PlanPhase | null)[],
  together: readonly boolean[],
): ToEstimate[] {
  return participants.map(({ role, name, modelId, wish }, index) => {
    const phase = phases[index] ?? null;
    const on = phase === null ? [wish.api?.baseUrl ?? modelId] : devicesOf(phase);
    return { role, name, together: together[index] === true, on };
  });
}

/** With what is free now, less what is loaded beside it; where that is too little, with what will be once this process's other runs have ended. */
export async function planInLine(
  { planner, queue }: Pick<RunnerDeps, 'planner' | 'queue'>,
  asked: Parameters<RunPlanner['phase']>[0],
  beside: readonly (PlanPhase | null)[] = [],
): Promise<PlanPhase> {
  const taken = bytesByDevice(beside.filter((phase) => phase !== null));
  const now = await planner.phase({ ...asked, occupied: taken });
  const held = Object.entries(queue.held());
  if (held.length === 0 || phaseVerdict(now) === 'yes') return now;
  const freed = Object.fromEntries(held.map(([id, bytes]) => [id, -bytes]));
  return planner.phase({ ...asked, occupied: addOccupied([taken, freed]) });
}

function selectionOf({ experiment, answers }: Launch): NewRun['selection'] {
  const { limit, seed, samples } = experiment;
  if (experiment.generator !== null) return { kind: 'questions', limit, seed, samples };
  if (answers?.kind === 'run') return { kind: 'answers-of-run', runId: answers.runId, limit };
  return { kind: 'imported-answers', system: answers?.system ?? null, limit, seed };
}

/** Judges whose prompts are named so that a run goes on with what it began with, whatever is edited meanwhile. */
function pinned(deps: RunnerDeps, judges: readonly JudgeChoice[]): Promise<JudgeChoice[]> {
  return Promise.all(
    judges.map(async (judge) => {
      const { ref, prompt } = await deps.judgePrompt(judge.prompt);
      return ref === prompt.id ? judge : { ...judge, prompt: ref };
    }),
  );
}

async function participantsOf(deps: RunnerDeps, { experiment }: Launch): Promise<Participant[]> {
  const participants: Participant[] = [];
  if (experiment.generator !== null) {
    participants.push(await participant(deps, 'generate', experiment.generator, null));
  }
  for (const { choice } of judgeTurns(experiment.judges)) {
    participants.push(await participant(deps, 'judge', choice, choice));
    await deps.judgePrompt(choice.prompt);
  }
  return participants;
}

async function participant(
  deps: RunnerDeps,
  role: Participant['role'],
  wish: ModelChoice,
  choice: JudgeChoice | null,
): Promise<Participant> {
  const { api } = wish;
  if (api !== undefined) {
    await apiKeyOf(deps, api);
    const instruct = api.style === 'chat';
    return { role, name: apiName(api), modelId: apiIdentity(api), file: null, instruct, wish, choice };
  }
  const file = await usableFile(deps, wish.model);
  const instruct = file.facts?.hasChatTemplate ?? false;
  return { role, name: file.name, modelId: file.id, file, instruct, wish, choice };
}

async function countItems(deps: RunnerDeps, launch: Launch, dataset: DatasetInfo): Promise<number> {
  const { limit, samples, generator } = launch.experiment;
  if (generator === null && launch.answers?.kind === 'run') {
    const run = await deps.store.call('runs.get', { runId: launch.answers.runId });
    if (run === null) throw new Problem('NOT_FOUND', `There is no run ${launch.answers.runId}.`);
    return Math.min(limit ?? run.answered, run.answered);
  }
  return Math.min(limit ?? dataset.rows, dataset.rows) * (generator === null ? 1 : samples);
}

/** What each participant's context must hold: from the real questions, counted with each model's own tokenizer. */
async function measureNeeds(
  deps: RunnerDeps,
  launch: Launch,
  dataset: DatasetInfo,
  participants: readonly Participant[],
  items: number,
  signal: AbortSignal,
): Promise<PhaseNeed[]> {
  const { experiment } = launch;
  const questions = await sampleQuestions(deps, experiment, dataset.id, SAMPLE);
  return Promise.all(
    participants.map(async ({ instruct, file, choice }) => {
      const { prompts, answerTokens, newTokens } = await promptsOf(deps, experiment, questions, {
        choice,
        instruct,
      });
      const meter = createNeedMeter();
      for (const prompt of prompts) meter.add(prompt);
      const count =
        file === null ? null : (longest: ModelPrompts) => deps.countPrompts(file, longest, signal);
      const need = await meter.counted(newTokens, count);
      return { ...need, promptTokens: need.promptTokens + answerTokens, items };
    }),
  );
}

/** One plan from its phases, each planned beside those that are loaded with it: it fits when each does. */
function planOf(phases: readonly PlanPhase[], schedule: 'sequential' | 'together'): Plan {
  return {
    at: Date.now(),
    phases,
    // What runs elsewhere takes nothing here.
    verdict: phases.length === 0 ? 'yes' : worst(phases.map(phaseVerdict)),
    // A judge that is asked in both orders is planned twice: what is said of it is said once.
    reasons: [...new Set(phases.flatMap(phaseReasons))],
    schedule,
  };
}

function warningsOf(launch: Launch, dataset: DatasetInfo, participants: readonly Participant[]): string[] {
  const generator = participants.find((participant) => participant.role === 'generate');
  const warnings = remoteWarnings(participants);
  for (const { role, name, modelId } of participants) {
    if (role === 'judge' && modelId === generator?.modelId) {
      warnings.push(
        `${name} would judge its own answers. Models are lenient with themselves: choose another judge when you can.`,
      );
    }
  }
  if (hasEqualJudges(participants)) {
    warnings.push(
      launch.experiment.panel === undefined
        ? 'Two judges are the same model with the same prompt, labels and mode: the second finds nothing left to judge. Change one of them, or ask for both orders of the labels.'
        : 'Two judges of the panel are the same model with the same prompt, labels and mode: they are one judge, with one vote.',
    );
  }
  if (generator?.instruct === false && launch.experiment.prompt.fewShot === 0) {
    warnings.push(
      `${generator.name} is a base model: give it some examples (few-shot), or it may not answer at all.`,
    );
  }
  if (dataset.withoutGold > 0) {
    warnings.push(
      `${dataset.withoutGold.toLocaleString('en')} of ${dataset.rows.toLocaleString('en')} questions have no gold answer: most judges skip them.`,
    );
  }
  return [...new Set(warnings)];
}

function hasEqualJudges(participants: readonly Participant[]): boolean {
  const keys = participants.flatMap(({ modelId, file, choice }) => {
    if (choice === null) return [];
    const { prompt, labelOrder, mode, policy = 'strict', maxTokens = null } = choice;
    return [JSON.stringify([file?.sha256 ?? modelId, prompt, labelOrder, mode, policy, maxTokens])];
  });
  return new Set(keys).size < keys.length;
}
