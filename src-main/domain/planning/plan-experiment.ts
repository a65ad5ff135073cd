import type { Machine } from '../hardware.ts';
import { slowKernels } from '../memory/slow-kernels.ts';
import { modelShape } from '../memory/model-shape.ts';
import type { GgufHeader } from '../model.ts';
import type { Plan, PlanPhase, Schedule } from '../plan.ts';
import { contextFor, type TokenCounts } from './context.ts';
import { chooseDevices, freeBytes } from './devices.ts';
import { onFewestCards } from './fewest-cards.ts';
import { fits, planModel, total, wishesFor, type ModelWishes, type Occupied } from './plan-model.ts';
import { planSequences } from './sequences.ts';
import { phaseReasons, phaseVerdict, worst } from './verdict.ts';

/** One model of an experiment, and what the dataset asks of it. */
export interface PlannedModel {
  readonly modelId: string;
  readonly modelName: string;
  readonly header: GgufHeader;
  /** Counts of its real prompts; null where they were not counted. */
  readonly prompts: TokenCounts | null;
  /** Tokens it may write for each prompt. */
  readonly newTokens: number;
  /** What the user fixed for this model; the rest is chosen. */
  readonly wishes: Partial<Omit<ModelWishes, 'role' | 'modelId' | 'modelName' | 'occupied'>>;
}

export interface ExperimentToPlan {
  readonly machine: Machine;
  readonly generator: PlannedModel | null;
  readonly judges: readonly PlannedModel[];
  /** "auto": in turn, which needs the least memory. */
  readonly schedule: Schedule | 'auto';
}

interface Step {
  readonly role: PlanPhase['role'];
  readonly model: PlannedModel;
}

/**
 * Plans an experiment: the generator, then each judge, in turn, together on the same cards, or each on cards of its own.
 * Contexts come from the prompts' token counts where they are known. The first step of a schedule is loaded first and
 * leaves less for the others. Throws a sentence when a header cannot be understood.
 */
export function planExperiment(experiment: ExperimentToPlan): Plan {
  const schedule = experiment.schedule === 'auto' ? 'sequential' : experiment.schedule;
  const steps: Step[] = [
    ...(experiment.generator === null ? [] : [{ role: 'generate' as const, model: experiment.generator }]),
    ...experiment.judges.map((model) => ({ role: 'judge' as const, model })),
  ];
  const reasons: string[] = [];
  const phases =
    schedule === 'split'
      ? planSplit(experiment.machine, steps, reasons)
      : planInTurn(experiment.machine, steps, schedule, reasons);
  for (const phase of phases) {
    reasons.push(...phaseReasons(phase));
  }
  reasons.push(...slowOnCpu(experiment.machine, steps, phases));
  return { at: experiment.machine.at, phases, verdict: worst(phases.map(phaseVerdict)), reasons, schedule };
}

/** Once a model: that its quantization is slow on the CPU it is planned on, and what would be faster. */
function slowOnCpu(machine: Machine, steps: readonly Step[], phases: readonly PlanPhase[]): string[] {
  const onCpu = new Set(phases.filter((p) => p.settings.backend === 'cpu').map((p) => p.modelId));
  const told = new Map<string, string>();
  for (const { model } of steps) {
    const sentence = onCpu.has(model.modelId) ? slowKernels(model.header, machine) : null;
    if (sentence !== null) told.set(model.modelId, `${model.modelName}: ${sentence}`);
  }
  return [...told.values()];
}

function stepWishes(step: Step, occupied: Occupied, reasons: string[]): ModelWishes {
  const { model, role } = step;
  const base = wishesFor({
    role,
    modelId: model.modelId,
    modelName: model.modelName,
    occupied,
    ...model.wishes,
  });
  if (model.wishes.contextPerSequence !== undefined || model.prompts === null) {
    return base;
  }
  const trained = modelShape(model.header).hp.contextTrained;
  const context = contextFor(model.prompts, model.newTokens, trained);
  if (context.problem !== null) {
    reasons.push(context.problem);
  }
  return { ...base, contextPerSequence: context.contextPerSequence };
}

/** As runs plan a phase: on as few cards as hold it, with as many sequences as bring something. */
function planStep({ model }: Step, machine: Machine, wishes: ModelWishes): PlanPhase {
  const { sequences = 'auto' } = model.wishes;
  const items = model.prompts?.count ?? null;
  return onFewestCards(machine, wishes, (devices) =>
    sequences === 'auto'
      ? planSequences(model.header, machine, { ...wishes, devices }, { newTokens: model.newTokens, items })
      : planModel(model.header, machine, { ...wishes, devices }),
  );
}

function planInTurn(
  machine: Machine,
  steps: readonly Step[],
  schedule: Schedule,
  reasons: string[],
): PlanPhase[] {
  const phases: PlanPhase[] = [];
  let occupied: Occupied = {};
  for (const step of steps) {
    const phase = planStep(step, machine, stepWishes(step, schedule === 'together' ? occupied : {}, reasons));
    phases.push(phase);
    occupied = addUse(occupied, phase);
  }
  return phases;
}

/** What a phase holds, added to what is held already. */
function addUse(occupied: Occupied, phase: PlanPhase): Occupied {
  const sum = { ...occupied };
  for (const device of phase.devices) {
    sum[device.deviceId] = (sum[device.deviceId] ?? 0) + total(device.components);
  }
  return sum;
}

/** The first model on the smallest card that takes it whole, the others on the rest of the cards. */
function planSplit(machine: Machine, steps: readonly Step[], reasons: string[]): PlanPhase[] {
  const phases: PlanPhase[] = [];
  let cards = chooseDevices(machine, 'auto', 'auto').gpus;
  let hostUse: Occupied = {};
  steps.forEach((step, i) => {
    const last = i === steps.length - 1;
    const on = (ids: readonly string[]): PlanPhase => {
      const wishes = stepWishes(step, { host: hostUse['host'] ?? 0 }, []);
      return planStep(step, machine, { ...wishes, devices: ids });
    };
    let phase = on(cards.map((c) => c.id));
    if (!last && cards.length > 1) {
      const bySize = cards.toSorted((a, b) => (freeBytes(a) ?? 0) - (freeBytes(b) ?? 0));
      const whole = bySize
        .map((card) => on([card.id]))
        .find((p) => fits(p) && p.settings.gpuLayers === p.totalLayers);
      phase = whole ?? on([bySize.at(-1)?.id ?? '']);
    }
    if (cards.length === 0) {
      reasons.push(`No card is left for ${step.model.modelName}; it is planned on the CPU.`);
    }
    const used = new Set(phase.devices.map((d) => d.deviceId));
    cards = cards.filter((c) => !used.has(c.id));
    hostUse = addUse({ host: hostUse['host'] ?? 0 }, phase);
    phases.push(phase);
  });
  return phases;
}
