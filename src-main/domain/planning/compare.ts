import type { Plan, Schedule } from '../plan.ts';
import { cardOfGpu, type Card } from './cards.ts';
import { costOf, type Cost, type Price } from './cost.ts';
import { planExperiment, type ExperimentToPlan, type PlannedModel } from './plan-experiment.ts';
import { estimateSpeed, type SpeedCalibration } from './speed.ts';
import { breakEvenPrompts, breakEvenRounds, timePhase, timeSchedule, type ScheduleTime } from './time.ts';

/** What times and costs are taken from. */
export interface TimingTables {
  readonly cards: readonly Card[];
  readonly prices: readonly Price[];
  readonly calibration: SpeedCalibration;
}

/** One way to run an experiment. */
export interface ScheduleOption {
  readonly schedule: Schedule;
  readonly plan: Plan;
  /** Null where the prompts were not counted. */
  readonly time: ScheduleTime | null;
  /** On rented cards of this kind; null without a price or a time. */
  readonly cost: Cost | null;
}

export interface ScheduleComparison {
  readonly options: readonly ScheduleOption[];
  /** Prompts from which cards of their own are faster than loading in turn; null: never, or not known. */
  readonly splitFromPrompts: number | null;
  /** Rounds of generating and judging from which keeping all loaded is faster than loading in turn. */
  readonly togetherFromRounds: number | null;
}

const SCHEDULES: readonly Schedule[] = ['sequential', 'together', 'split'];

/** The models of an experiment in the order in which a plan has its phases. */
export function modelsOf(experiment: ExperimentToPlan): PlannedModel[] {
  return [...(experiment.generator === null ? [] : [experiment.generator]), ...experiment.judges];
}

/**
 * Wall-clock of a plan, loading included: every prompt read once, every answer written to its full length, which is an upper
 * bound. Null where a model's prompts were not counted.
 */
export function timePlan(
  plan: Plan,
  experiment: ExperimentToPlan,
  tables: Pick<TimingTables, 'cards' | 'calibration'>,
): ScheduleTime | null {
  const models = modelsOf(experiment);
  const phases = plan.phases.flatMap((phase, i) => {
    const model = models[i];
    if (model?.prompts === null || model === undefined) {
      return [];
    }
    const { count, total } = model.prompts;
    const work = { prompts: count, promptTokens: total, newTokens: count * model.newTokens };
    const speed = estimateSpeed(phase, model.header, experiment.machine, tables.cards, tables.calibration);
    return [timePhase(phase, model.header.fileBytes, work, speed)];
  });
  return phases.length < plan.phases.length ? null : timeSchedule(plan.schedule ?? 'sequential', phases);
}

/** Cost of a time on the cards that a plan uses; a rented machine is paid whole while its models run in turn. */
export function costPlan(
  plan: Plan,
  time: ScheduleTime,
  experiment: ExperimentToPlan,
  tables: Pick<TimingTables, 'cards' | 'prices'>,
): Cost | null {
  const used = new Set(plan.phases.flatMap((phase) => phase.devices.map((d) => d.deviceId)));
  const gpus = experiment.machine.gpus.filter((g) => used.has(g.id));
  const cards = gpus.flatMap((gpu) => cardOfGpu(gpu, tables.cards) ?? []);
  return gpus.length === 0 || cards.length < gpus.length
    ? null
    : costOf(cards, time.totalSeconds, tables.prices);
}

/** The same experiment in turn, together on the same cards, and on cards of its own where there are several. */
export function compareSchedules(experiment: ExperimentToPlan, tables: TimingTables): ScheduleComparison {
  const several = modelsOf(experiment).length > 1;
  const cards = experiment.machine.gpus.filter((g) => !g.software).length;
  const wanted = SCHEDULES.filter((s) => s === 'sequential' || (several && (s === 'together' || cards > 1)));
  const options = wanted.map((schedule): ScheduleOption => {
    const plan = planExperiment({ ...experiment, schedule });
    const time = timePlan(plan, experiment, tables);
    const cost = time === null ? null : costPlan(plan, time, experiment, tables);
    return { schedule, plan, time, cost };
  });
  const timeOf = (schedule: Schedule): ScheduleTime | null => {
    const option = options.find((o) => o.schedule === schedule);
    return option === undefined || option.plan.verdict === 'no' ? null : option.time;
  };
  const [inTurn, together, split] = SCHEDULES.map(timeOf);
  const prompts = modelsOf(experiment)[0]?.prompts?.count ?? 0;
  return {
    options,
    splitFromPrompts: inTurn && split ? breakEvenPrompts(inTurn, split) : null,
    togetherFromRounds: inTurn && together ? breakEvenRounds(inTurn, together, prompts) : null,
  };
}
