import type { Machine } from '../hardware.ts';
import type { GgufHeader } from '../model.ts';
import type { FitVerdict, Plan, PlanPhase } from '../plan.ts';
import { MIB } from '../memory/ggml-types.ts';
import { freeBytes } from './devices.ts';
import { planExperiment, type ExperimentToPlan, type PlannedModel } from './plan-experiment.ts';
import { fits, planModel, total, type ModelWishes } from './plan-model.ts';
import { phaseVerdict } from './verdict.ts';

/** One model file on one machine. */
export interface FitCell {
  /** Whether it fits whole on the cards, or in RAM where there are none. */
  readonly verdict: FitVerdict;
  /** What is left on the fullest card; negative is what is missing there. */
  readonly marginBytes: number;
  /** On the cards together, or in RAM where there are none. */
  readonly usedBytes: number;
  /** Layers that fit on the cards, the others on the CPU; null where none do or the RAM is too small. */
  readonly layersThatFit: number | null;
  readonly totalLayers: number;
  /** Why it would not be loaded there, however much memory is free. */
  readonly problem?: string;
}

/** More layers than any model has. */
export const ALL_LAYERS = 100_000;

/** Whether a model fits a machine whole, by how much, and how many layers would if not. */
export function fitCell(header: GgufHeader, machine: Machine, wishes: ModelWishes): FitCell {
  const whole = planModel(header, machine, { ...wishes, gpuLayers: ALL_LAYERS });
  const cards = whole.devices.filter((d) => d.deviceId !== 'host');
  const decisive = cards.length === 0 ? whole.devices : cards;
  const verdict = phaseVerdict(whole);
  const cell = {
    verdict,
    marginBytes: Math.min(...decisive.map((d) => d.marginBytes)),
    usedBytes: decisive.reduce((sum, d) => sum + total(d.components), 0),
    totalLayers: whole.totalLayers,
    ...(whole.problem === undefined ? {} : { problem: whole.problem }),
  };
  if (verdict !== 'no' || cards.length === 0) {
    return { ...cell, layersThatFit: verdict === 'no' ? null : whole.settings.gpuLayers };
  }
  const partial = planModel(header, machine, { ...wishes, gpuLayers: 'auto' });
  return { ...cell, layersThatFit: someLayers(partial) };
}

function someLayers(phase: PlanPhase): number | null {
  return fits(phase) && phase.settings.gpuLayers > 0 ? phase.settings.gpuLayers : null;
}

export interface MatrixFile {
  readonly modelName: string;
  readonly recipe: string;
  readonly header: GgufHeader;
}

export interface MatrixRow {
  readonly modelName: string;
  readonly recipe: string;
  readonly fileBytes: number;
  /** In the order of the machines. */
  readonly cells: readonly FitCell[];
}

/** "yes, 1,234 MiB spare", "no, 512 MiB missing (28 of 33 layers)", "no, wrong on this CPU". */
export function cellText(cell: FitCell): string {
  if (cell.problem !== undefined) return 'no, wrong on this CPU';
  const bytes = Math.round(Math.abs(cell.marginBytes) / MIB).toLocaleString('en-US');
  if (cell.verdict === 'unknown') {
    return 'unknown';
  }
  if (cell.verdict !== 'no') {
    return `${cell.verdict}, ${bytes} MiB spare`;
  }
  const layers = cell.layersThatFit === null ? '' : ` (${cell.layersThatFit} of ${cell.totalLayers} layers)`;
  return `no, ${bytes} MiB missing${layers}`;
}

/** Machines for an experiment, from the one that is just enough to the one with room. */
export interface BoxAdvice<Box> {
  /** The first that fits at all. */
  readonly minimum: Box | null;
  /** The first with a tenth of every card left. */
  readonly recommended: Box | null;
  /** The first with a quarter of every card left. */
  readonly comfortable: Box | null;
}

const RECOMMENDED_SHARE = 0.1;
const COMFORTABLE_SHARE = 0.25;

/**
 * Of boxes in the order of what they cost or hold: the first that takes all models whole on cards, and the first that leave
 * room on every card.
 */
export function adviseBoxes<Box extends { readonly machine: Machine }>(
  experiment: ExperimentToPlan,
  boxes: readonly Box[],
): BoxAdvice<Box> {
  const spare = boxes.map(({ machine }) =>
    spareShare(planExperiment(wholeOnly({ ...experiment, machine })), machine),
  );
  const first = (least: number): Box | null => boxes.find((_, i) => (spare[i] ?? -1) >= least) ?? null;
  return {
    minimum: first(0),
    recommended: first(RECOMMENDED_SHARE),
    comfortable: first(COMFORTABLE_SHARE),
  };
}

/** The experiment with every model whole on its cards, whether it fits or not. */
export function wholeOnly(experiment: ExperimentToPlan): ExperimentToPlan {
  const whole = (model: PlannedModel): PlannedModel => ({
    ...model,
    wishes: { ...model.wishes, gpuLayers: ALL_LAYERS },
  });
  return {
    ...experiment,
    generator: experiment.generator === null ? null : whole(experiment.generator),
    judges: experiment.judges.map(whole),
  };
}

/**
 * Smallest share of a card that a plan leaves free, of what was free before the experiment; −1 when a model does not fit whole
 * on cards.
 */
export function spareShare(plan: Plan, machine: Machine): number {
  const cards = plan.phases.flatMap((p) => p.devices.filter((d) => d.deviceId !== 'host'));
  const whole = plan.phases.every((p) => fits(p) && p.settings.gpuLayers >= p.totalLayers);
  const before = new Map(machine.gpus.map((g) => [g.id, freeBytes(g) ?? 0]));
  return !whole || cards.length === 0
    ? -1
    : Math.min(...cards.map((d) => d.marginBytes / Math.max(1, before.get(d.deviceId) ?? d.capacityBytes)));
}
