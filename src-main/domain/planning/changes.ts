import type { LoadSettings, Schedule } from '../plan.ts';
import type { Machine } from '../hardware.ts';
import type { ExperimentToPlan, PlannedModel } from './plan-experiment.ts';
import type { QuantizedFile } from './quantization.ts';

/** One change to an experiment, as plain data: what a click on a fix applies before planning again. */
export type PlanChange =
  | { readonly kind: 'schedule'; readonly schedule: Schedule }
  | { readonly kind: 'flash-attention'; readonly modelId: string }
  | { readonly kind: 'batch'; readonly modelId: string; readonly batch: number }
  | { readonly kind: 'context'; readonly modelId: string; readonly contextPerSequence: number }
  | { readonly kind: 'kv-type'; readonly modelId: string; readonly kvType: LoadSettings['kvType'] }
  | { readonly kind: 'sequences'; readonly modelId: string; readonly sequences: number }
  | { readonly kind: 'quantization'; readonly modelId: string; readonly recipe: string }
  | { readonly kind: 'offload'; readonly modelId: string; readonly gpuLayers: number | 'auto' }
  | { readonly kind: 'devices'; readonly modelId: string; readonly devices: readonly string[] }
  | { readonly kind: 'box'; readonly box: string };

/** What a change may need to look up. */
export interface ChangeContext {
  /** Other files of a model, by the id of the model in the experiment. */
  readonly files: (modelId: string) => readonly QuantizedFile[];
  /** The machine of a box by its name; null when there is none. */
  readonly machine: (box: string) => Machine | null;
}

/**
 * The experiment after a change. A change that names a file or a box that is not there leaves the experiment as it was.
 */
export function applyChange(
  experiment: ExperimentToPlan,
  change: PlanChange,
  context: ChangeContext,
): ExperimentToPlan {
  switch (change.kind) {
    case 'schedule':
      return { ...experiment, schedule: change.schedule };
    case 'box':
      return { ...experiment, machine: context.machine(change.box) ?? experiment.machine };
    case 'quantization': {
      const file = context.files(change.modelId).find((f) => f.recipe === change.recipe);
      return file === undefined ? experiment : eachModel(experiment, change.modelId, (m) => ofFile(m, file));
    }
    case 'flash-attention':
      return withWishes(experiment, change.modelId, { flashAttention: true });
    case 'batch':
      return withWishes(experiment, change.modelId, { batch: change.batch });
    case 'context':
      return withWishes(experiment, change.modelId, { contextPerSequence: change.contextPerSequence });
    case 'kv-type':
      return withWishes(experiment, change.modelId, { kvType: change.kvType });
    case 'sequences':
      return withWishes(experiment, change.modelId, { sequences: change.sequences });
    case 'offload':
      return withWishes(experiment, change.modelId, { gpuLayers: change.gpuLayers });
    case 'devices':
      return withWishes(experiment, change.modelId, { devices: change.devices });
    default:
      return experiment;
  }
}

/** The same model from another file; its id stays, so that further changes still find it. */
function ofFile(model: PlannedModel, file: QuantizedFile): PlannedModel {
  return { ...model, modelName: file.modelName, header: file.header };
}

function withWishes(
  experiment: ExperimentToPlan,
  modelId: string,
  wishes: PlannedModel['wishes'],
): ExperimentToPlan {
  return eachModel(experiment, modelId, (model) => ({ ...model, wishes: { ...model.wishes, ...wishes } }));
}

function eachModel(
  experiment: ExperimentToPlan,
  modelId: string,
  change: (model: PlannedModel) => PlannedModel,
): ExperimentToPlan {
  const maybe = (model: PlannedModel): PlannedModel => (model.modelId === modelId ? change(model) : model);
  return {
    ...experiment,
    generator: experiment.generator === null ? null : maybe(experiment.generator),
    judges: experiment.judges.map(maybe),
  };
}
