import type { Machine } from '../hardware.ts';
import type { Basis, Plan, Schedule } from '../plan.ts';
import { compareSchedules, modelsOf, type ScheduleComparison, type TimingTables } from './compare.ts';
import { fixesFor, shortages, type Fix } from './fixes.ts';
import type { Shortage } from './shortages.ts';
import { wholeOnly } from './matrix.ts';
import { planExperiment, type ExperimentToPlan } from './plan-experiment.ts';
import { wishesFor } from './plan-model.ts';
import { chooseQuantization, qualityNote, type QualityTable, type QuantizedFile } from './quantization.ts';

/** The best file of a model that fits whole. */
export interface BestFile {
  readonly modelId: string;
  readonly recipe: string;
  readonly atHand: boolean;
  readonly basis: Extract<Basis, 'exact' | 'computed'>;
  /** What it is expected to cost in quality, with the source; null when the table does not say. */
  readonly note: string | null;
}

/** Everything a person asks of a plan. */
export interface Overview {
  readonly schedule: Schedule;
  /** Of the chosen schedule. */
  readonly plan: Plan;
  readonly comparison: ScheduleComparison;
  /** What is missing where, were all models whole on the cards; empty when they are. */
  readonly shortages: readonly Shortage[];
  /** Ways out, cheapest first, each planned again. */
  readonly fixes: readonly Fix[];
  readonly best: readonly BestFile[];
}

export interface OverviewOptions {
  readonly tables: TimingTables;
  readonly quality: QualityTable | null;
  /** Files of a model, best first: those at hand, and by rule the rest. */
  readonly files: (modelId: string) => readonly QuantizedFile[];
  /** Machines to offer instead, smallest first. */
  readonly boxes: readonly { readonly name: string; readonly machine: Machine }[];
}

/** Schedules compared, what breaks the chosen one, and what helps. "auto" takes the schedule that needs least: in turn. */
export function overviewOf(experiment: ExperimentToPlan, options: OverviewOptions): Overview {
  const comparison = compareSchedules(experiment, options.tables);
  const schedule = experiment.schedule === 'auto' ? 'sequential' : experiment.schedule;
  const plan =
    comparison.options.find((option) => option.schedule === schedule)?.plan ?? planExperiment(experiment);
  return { schedule, plan, comparison, ...waysOut(experiment, plan, options) };
}

/** The slower part of an overview: what breaks a plan, fixes, and the best files. */
export function waysOut(
  experiment: ExperimentToPlan,
  plan: Plan,
  { quality, files, boxes }: OverviewOptions,
): Pick<Overview, 'shortages' | 'fixes' | 'best'> {
  return {
    shortages: shortages(planExperiment(wholeOnly(experiment))),
    fixes: fixesFor(experiment, plan, {
      files,
      quality,
      boxes: boxes.map(({ name }) => name),
      machine: (name) => boxes.find((box) => box.name === name)?.machine ?? null,
    }),
    best: bestFiles(experiment, plan, files, quality),
  };
}

/** The best file of each model alone on the machine, with the context and sequences that it is planned with. */
function bestFiles(
  experiment: ExperimentToPlan,
  plan: Plan,
  files: OverviewOptions['files'],
  quality: QualityTable | null,
): BestFile[] {
  return modelsOf(experiment).flatMap((model, i) => {
    const phase = plan.phases[i];
    if (phase === undefined) return [];
    const { contextPerSequence, sequences } = phase.settings;
    const wishes = wishesFor({
      role: phase.role,
      modelId: model.modelId,
      modelName: model.modelName,
      ...model.wishes,
      gpuLayers: 'auto',
      contextPerSequence,
      sequences,
    });
    const choice = chooseQuantization(files(model.modelId), experiment.machine, wishes, quality);
    if (choice === null) return [];
    const { recipe, atHand } = choice.file;
    const note = quality === null ? null : qualityNote(recipe, quality);
    return [{ modelId: model.modelId, recipe, atHand, basis: choice.basis, note }];
  });
}
