import type { Plan, PlanPhase } from '../../../src-main/domain/plan.ts';
import type { ExperimentToPlan, PlannedModel } from '../../../src-main/domain/planning/plan-experiment.ts';
import { gpuRef } from '../../lib/gpus.ts';
import { compact } from '../../lib/search-params.ts';
import type { Ground } from './experiment.ts';

type Files = Pick<Ground, 'parts' | 'files'>;

/**
 * What a new run is opened with: the models of a plan as the ways out left them, each with how it is to be loaded, and whether
 * all are loaded at once. Null where a way out chose a file that is not on this machine.
 */
export function launchOf(
  { machine, generator, judges }: ExperimentToPlan,
  { schedule, phases }: Pick<Plan, 'schedule' | 'phases'>,
  ground: Files,
  dataset: number | undefined,
) {
  const files = judges.map((judge) => fileOf(judge, ground));
  const model = generator === null ? undefined : fileOf(generator, ground);
  if (model === null || files.includes(null)) return null;
  const loadOfPhase = (planned: PlannedModel, index: number) => {
    // Cards of their own are this plan's choice: the run is told which.
    const own = schedule === 'split' ? cardsOf(phases[index]) : planned.wishes.devices;
    const devices =
      own === undefined || own === 'auto'
        ? undefined
        : machine.gpus.filter(({ id }) => own.includes(id)).map((gpu) => gpuRef(gpu, machine.gpus));
    return loadOf(planned, devices);
  };
  const loads = judges.map((judge, index) => loadOfPhase(judge, index + (generator === null ? 0 : 1)));
  const together =
    generator !== null && judges.length > 0 && (schedule === 'together' || schedule === 'split');
  return compact({
    dataset,
    model,
    load: generator === null ? undefined : (loadOfPhase(generator, 0) ?? undefined),
    judge: files.length === 0 ? undefined : files.filter((file) => file !== null),
    judgeLoad: loads.every((load) => load === null) ? undefined : loads,
    schedule: together ? ('together' as const) : undefined,
    stored: generator === null ? (true as const) : undefined,
  });
}

const cardsOf = (phase: PlanPhase | undefined): string[] | undefined =>
  phase?.devices.map(({ deviceId }) => deviceId).filter((id) => id !== 'host');

/** The id of the file that was chosen first, the name of the one that a way out put in its place; null for one to be got. */
function fileOf({ modelId, header }: PlannedModel, { parts, files }: Files) {
  const part = parts.find(({ slot }) => slot === modelId);
  if (part?.model.header === header) return part.model.id;
  return files(modelId).find((file) => file.header === header && file.atHand)?.modelName ?? null;
}

/** What was chosen of a model's load; the rest is left to the run's own plan. */
function loadOf({ wishes }: PlannedModel, devices: readonly string[] | undefined) {
  const { kvType, contextPerSequence, sequences, batch, gpuLayers } = wishes;
  const load = compact({
    kvType: kvType === 'f16' ? undefined : kvType,
    context: contextPerSequence,
    sequences,
    batch,
    gpuLayers: gpuLayers === 'auto' ? undefined : gpuLayers,
    devices,
  });
  return Object.keys(load).length === 0 ? null : load;
}
