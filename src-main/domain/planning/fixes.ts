import type { Plan, PlanPhase } from '../plan.ts';
import { applyChange, type ChangeContext, type PlanChange } from './changes.ts';
import { combined, gentleChanges, quantizationChanges, type Candidate } from './fix-candidates.ts';
import { loads } from './plan-model.ts';
import { planExperiment, type ExperimentToPlan, type PlannedModel } from './plan-experiment.ts';
import type { QualityTable } from './quantization.ts';
import { mebibytes } from './verdict.ts';

export { shortages, shortageSentence } from './shortages.ts';

/** A way out, re-planned. */
export interface Fix extends Candidate {
  readonly plan: Plan;
}

/** What fixes may draw on. */
export interface FixOptions extends ChangeContext {
  readonly quality: QualityTable | null;
  /** Names of boxes to offer, cheapest first. */
  readonly boxes: readonly string[];
}

/** Every model of the experiment that is not whole on its devices in the plan. */
function troubled(experiment: ExperimentToPlan, plan: Plan): PlannedModel[] {
  const models = [...(experiment.generator === null ? [] : [experiment.generator]), ...experiment.judges];
  return models.filter((model) => plan.phases.some((p) => p.modelId === model.modelId && !isWhole(p)));
}

function isWhole(phase: PlanPhase): boolean {
  const onCpu = phase.settings.backend === 'cpu' && phase.cpuFallback !== true;
  return loads(phase) && (onCpu || phase.settings.gpuLayers >= phase.totalLayers);
}

/**
 * The cheapest ways to make an experiment fit whole, in order of what they cost: first what costs nothing, then length and speed,
 * then quality, then money. Each was planned again and fits. When no single change is enough, one that adds them up.
 */
export function fixesFor(experiment: ExperimentToPlan, plan: Plan, options: FixOptions): Fix[] {
  const models = troubled(experiment, plan);
  if (models.length === 0) {
    return [];
  }
  const whole = models.reduce(
    (e, m) => applyChange(e, { kind: 'offload', modelId: m.modelId, gpuLayers: WHOLE }, options),
    experiment,
  );
  const gentle = models.flatMap((model) => gentleChanges(model, phaseOf(plan, model), experiment));
  const candidates = [
    ...scheduleChanges(experiment, plan),
    ...gentle,
    ...models.flatMap((model) => quantizationChanges(model, options)),
  ];
  const found = candidates.flatMap((candidate) => attempt(whole, candidate, options));
  if (found.length === 0) {
    found.push(...attempt(whole, combined(gentle), options));
  }
  found.push(...models.flatMap((model) => offloadFix(experiment, model, options)));
  found.push(...models.flatMap((model) => deviceFixes(whole, model, options)));
  const box = options.boxes
    .map((name) => boxCandidate(name))
    .find((c) => attempt(whole, c, options).length > 0);
  return box === undefined ? found : [...found, ...attempt(whole, box, options)];
}

/** More layers than any model has: all of them, or not at all. */
const WHOLE = 100_000;

function phaseOf(plan: Plan, model: PlannedModel): PlanPhase | null {
  const phases = plan.phases.filter((p) => p.modelId === model.modelId);
  return phases.find((p) => !isWhole(p)) ?? phases[0] ?? null;
}

function attempt(experiment: ExperimentToPlan, candidate: Candidate, options: FixOptions): Fix[] {
  if (candidate.changes.length === 0) {
    return [];
  }
  const changed = candidate.changes.reduce((e, change) => applyChange(e, change, options), experiment);
  const plan = planExperiment(changed);
  return plan.phases.every(isWhole) ? [{ ...candidate, plan }] : [];
}

function scheduleChanges(experiment: ExperimentToPlan, plan: Plan): Candidate[] {
  const now = experiment.schedule === 'auto' ? 'sequential' : experiment.schedule;
  if (plan.phases.length < 2 || now === 'sequential') {
    return [];
  }
  return [
    {
      changes: [{ kind: 'schedule', schedule: 'sequential' }],
      sentence: 'Load the models in turn: generate, unload, judge.',
      costs: 'nothing',
    },
  ];
}

/** As many layers on the GPU as fit, the rest on the CPU. */
function offloadFix(experiment: ExperimentToPlan, model: PlannedModel, options: FixOptions): Fix[] {
  const change: PlanChange = { kind: 'offload', modelId: model.modelId, gpuLayers: 'auto' };
  const plan = planExperiment(applyChange(experiment, change, options));
  const phase = phaseOf(plan, model);
  if (
    phase === null ||
    !loads(phase) ||
    !plan.phases.every(loads) ||
    phase.settings.gpuLayers >= phase.totalLayers
  ) {
    return [];
  }
  const onCpu = phase.totalLayers - phase.settings.gpuLayers;
  const bytes =
    phase.devices.find((d) => d.deviceId === 'host')?.components.find((c) => c.name === 'weights')?.bytes ??
    0;
  return [
    {
      changes: [change],
      sentence:
        `Keep ${onCpu} of ${phase.totalLayers} layers of ${model.modelName} on the CPU: ` +
        `${mebibytes(bytes)} are then read from RAM for every token, ten to thirty times slower than from the card.`,
      costs: 'speed',
      plan,
    },
  ];
}

/** One card of the machine that takes the model whole. */
function deviceFixes(whole: ExperimentToPlan, model: PlannedModel, options: FixOptions): Fix[] {
  const cards = whole.machine.gpus.filter((g) => !g.software);
  const wanted = model.wishes.devices ?? 'auto';
  const others = cards.filter((card) => wanted !== 'auto' && !wanted.includes(card.id));
  for (const card of others) {
    const fix = attempt(
      whole,
      {
        changes: [{ kind: 'devices', modelId: model.modelId, devices: [card.id] }],
        sentence: `Run ${model.modelName} on ${card.name}.`,
        costs: 'nothing',
      },
      options,
    );
    if (fix.length > 0) {
      return fix;
    }
  }
  return [];
}

function boxCandidate(name: string): Candidate {
  return { changes: [{ kind: 'box', box: name }], sentence: `Use another machine: ${name}.`, costs: 'money' };
}
