import type { ExperimentPlanRequest, PlannedExperiment, PromptCounts } from '../../contract/planning.ts';
import type { Experiment, ModelChoice } from '../../domain/experiment.ts';
import type { Machine } from '../../domain/hardware.ts';
import { NO_CALIBRATION } from '../../domain/memory/overhead.ts';
import { overviewOf } from '../../domain/planning/overview.ts';
import type { ExperimentToPlan, PlannedModel } from '../../domain/planning/plan-experiment.ts';
import { ladder, type QuantizedFile } from '../../domain/planning/quantization.ts';
import { UNCALIBRATED } from '../../domain/planning/speed.ts';
import { findDataset } from '../datasets/find-dataset.ts';
import { Problem } from '../problem.ts';
import { boxNamed, planningBox } from './box.ts';
import { countedModels, type SourcedPart } from './counted-models.ts';
import { promptCounts } from './prompt-counts.ts';
import type { PlanGround, PlanningDeps } from './service.ts';

/** Plans an experiment on any box, with schedules compared and ways out. Throws Problem with a sentence. */
export async function planWholeExperiment(
  deps: PlanningDeps,
  input: ExperimentPlanRequest,
  { here, tables }: PlanGround,
  signal: AbortSignal,
): Promise<PlannedExperiment> {
  const { experiment, box, ramBytes, schedule } = input;
  const on = planningBox(box, ramBytes, here, tables.cards);
  const parts = await countedModels(deps.source, experiment, signal);
  if (parts.length === 0)
    throw new Problem(
      'REFUSED',
      'All models of this experiment run elsewhere: nothing is to be planned here.',
    );
  const dataset = await findDataset(deps.store, experiment.dataset);
  const prompts = await promptCounts(deps, experiment, parts, signal);
  const own = box === null;
  const settings = deps.settings();
  const wishes: PlannedModel['wishes'] = {
    reserveBytes: input.reserveBytes ?? settings.vramReserveBytes,
    hostReserveBytes: settings.ramReserveBytes,
    calibration: own ? tables.memory : NO_CALIBRATION,
  };
  const models = parts.map((part, i) => plannedModel(part, i, prompts[i], wishes, experiment, on.machine));
  const generates = parts[0]?.choice === null;
  const toPlan: ExperimentToPlan = {
    machine: on.machine,
    generator: generates ? (models[0] ?? null) : null,
    judges: generates ? models.slice(1) : models,
    schedule,
  };
  const files = await filesOf(deps, parts, signal);
  const overview = overviewOf(toPlan, {
    tables: { cards: tables.cards, prices: tables.prices, calibration: own ? tables.speed : UNCALIBRATED },
    quality: tables.quality,
    files: (slot) => files.get(slot) ?? [],
    boxes: tables.boxes.map((name) => boxNamed(name, tables.cards, null, on.machine.at)),
  });
  const remote = [...(experiment.generator === null ? [] : [experiment.generator]), ...experiment.judges];
  return {
    box: on.name,
    dataset: dataset.name,
    overview,
    prompts,
    pricesFrom: tables.pricesFrom,
    notes: [...tables.notes, ...remote.flatMap(remoteNote)],
  };
}

/** A model's name within one plan: the same file may be in it twice. */
export function slotOf(index: number, part: Pick<SourcedPart, 'choice'>): string {
  return part.choice === null ? 'generator' : `judge-${index}`;
}

function plannedModel(
  part: SourcedPart,
  index: number,
  counts: PromptCounts | undefined,
  wishes: PlannedModel['wishes'],
  { generator }: Experiment,
  machine: Machine,
): PlannedModel {
  const choice: ModelChoice | null = part.choice ?? generator;
  return {
    modelId: slotOf(index, part),
    modelName: part.name,
    header: part.sourced.model.header,
    prompts: counts?.counts ?? null,
    newTokens: counts?.newTokens ?? 0,
    wishes: { ...wishes, ...(choice === null ? {} : chosen(choice, machine)) },
  };
}

/** What an experiment fixes of a model's load; the rest is left to the planner. */
function chosen(choice: ModelChoice, machine: Machine): PlannedModel['wishes'] {
  const { gpuLayers, context, sequences, devices, kvType, batch } = choice;
  // An experiment names the cards of the machine it was written for; on another box they are chosen anew.
  const ids =
    devices === 'auto'
      ? null
      : devices.map(
          (wanted) => machine.gpus.find((gpu) => gpu.id === wanted || gpu.name === wanted)?.id ?? null,
        );
  return {
    ...(gpuLayers === 'auto' ? {} : { gpuLayers }),
    ...(context === 'auto' ? {} : { contextPerSequence: context }),
    ...(sequences === 'auto' ? {} : { sequences }),
    ...(kvType === undefined ? {} : { kvType }),
    ...(batch === undefined ? {} : { batch }),
    ...(ids === null || ids.includes(null) ? {} : { devices: ids.filter((id) => id !== null) }),
  };
}

async function filesOf(
  deps: PlanningDeps,
  parts: readonly SourcedPart[],
  signal: AbortSignal,
): Promise<Map<string, QuantizedFile[]>> {
  const entries = parts.map(async (part, index): Promise<[string, QuantizedFile[]]> => {
    const slot = slotOf(index, part);
    const same = await deps.source.sameModel(part.sourced, signal);
    const atHand = same.map(({ recipe, name, header, source }): QuantizedFile => ({
      recipe,
      modelId: slot,
      modelName: name,
      header,
      atHand: source === 'disk',
    }));
    return [slot, ladder(atHand)];
  });
  return new Map(await Promise.all(entries));
}

function remoteNote(choice: ModelChoice): string[] {
  return choice.api === undefined
    ? []
    : [
        `${choice.api.model} runs behind a server and takes no memory here; its time and cost are not in this plan.`,
      ];
}
