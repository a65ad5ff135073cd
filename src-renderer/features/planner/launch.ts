import type { ExperimentToPlan, PlannedModel } from '../../../src-main/domain/planning/plan-experiment.ts';
import { compact } from '../../lib/search-params.ts';
import type { Ground } from './experiment.ts';

/**
 * What a new run is opened with: the models of a plan as the ways out left them, each with how it is to be loaded. Null where
 * a way out chose a file that is not on this machine.
 */
export function launchOf(
  { generator, judges }: ExperimentToPlan,
  ground: Pick<Ground, 'parts' | 'files'>,
  dataset: number | undefined,
) {
  const files = judges.map((judge) => fileOf(judge, ground));
  const model = generator === null ? undefined : fileOf(generator, ground);
  if (model === null || files.includes(null)) return null;
  const loads = judges.map(loadOf);
  return compact({
    dataset,
    model,
    load: generator === null ? undefined : (loadOf(generator) ?? undefined),
    judge: files.length === 0 ? undefined : files.filter((file) => file !== null),
    judgeLoad: loads.every((load) => load === null) ? undefined : loads,
    stored: generator === null ? (true as const) : undefined,
  });
}

/** The id of the file that was chosen first, the name of the one that a way out put in its place; null for one to be got. */
function fileOf({ modelId, header }: PlannedModel, { parts, files }: Pick<Ground, 'parts' | 'files'>) {
  const part = parts.find(({ slot }) => slot === modelId);
  if (part?.model.header === header) return part.model.id;
  return files(modelId).find((file) => file.header === header && file.atHand)?.modelName ?? null;
}

/** What an experiment can say of a model's load: batches and flash attention are the planner's own. */
function loadOf({ wishes }: PlannedModel) {
  const { kvType, contextPerSequence, sequences, gpuLayers } = wishes;
  const load = compact({
    kvType: kvType === 'f16' ? undefined : kvType,
    context: contextPerSequence,
    sequences,
    gpuLayers: gpuLayers === 'auto' ? undefined : gpuLayers,
  });
  return Object.keys(load).length === 0 ? null : load;
}
