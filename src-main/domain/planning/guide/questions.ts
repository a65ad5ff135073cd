import type { Gpu, Machine } from '../../hardware.ts';
import { GIB } from '../../memory/ggml-types.ts';
import type { GgufHeader } from '../../model.ts';
import type { Plan, PlanComponent, Schedule } from '../../plan.ts';
import { boxMachine, parseBox, type BoxComputer } from '../cards.ts';
import { costPlan, timePlan, type TimingTables } from '../compare.ts';
import type { TokenCounts } from '../context.ts';
import type { Cost } from '../cost.ts';
import { spareShare, wholeOnly } from '../matrix.ts';
import { planExperiment, type ExperimentToPlan, type PlannedModel } from '../plan-experiment.ts';
import { fits } from '../plan-model.ts';
import type { QuantizedFile } from '../quantization.ts';
import type { ScheduleTime } from '../time.ts';
import type { Part } from './claims.ts';

/** A model of the guide and its files, best first. */
export interface GuideModel {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly ('generate' | 'judge')[];
  readonly files: readonly QuantizedFile[];
}

/** What a dataset asks, counted with the models' tokenizers or taken to be. */
export interface GuideDataset {
  readonly name: string;
  readonly questions: TokenCounts;
  /** Tokens of an answer. */
  readonly answerTokens: number;
  /** What a judge reads for each answer. */
  readonly verdicts: TokenCounts;
  /** Tokens a judge writes for each: 1 reads the verdict off the next token. */
  readonly verdictTokens: number;
}

/** What holds for every plan of the guide. */
export interface GuideAssumptions {
  readonly contextPerSequence: number;
  readonly sequences: number;
  readonly batch: number;
  readonly flashAttention: boolean;
  readonly kvType: 'f16' | 'q8_0' | 'q4_0';
  /** Kept free on every card, bytes. */
  readonly reserveBytes: number;
  readonly computer: BoxComputer;
}

/** Changes of one question to what is assumed. */
export interface Variation {
  readonly batch?: number | null;
  readonly sequences?: number | null;
  readonly contextPerSequence?: number;
  readonly flashAttention?: boolean;
  readonly kvType?: GuideAssumptions['kvType'];
  /** Layers may stay on the CPU. */
  readonly offload?: boolean;
  readonly ramBytes?: number;
  /** The role of a part that stands alone; generating where it is not given. */
  readonly role?: 'generate' | 'judge';
}

/** A plan with all that belongs to it. */
export interface Answered {
  readonly experiment: ExperimentToPlan;
  readonly plan: Plan;
  /** All models whole on cards, every reserve kept. */
  readonly runs: boolean;
  /** Smallest margin of a card, bytes; that of RAM where there are none. */
  readonly marginBytes: number;
  /** Smallest margin as a share of its card; −1 when something does not fit whole on cards. */
  readonly marginShare: number;
  readonly time: ScheduleTime | null;
  readonly cost: Cost | null;
}

/** Everything the guide asks of the planner. */
export interface Questions {
  readonly header: (part: Part) => GgufHeader | null;
  readonly name: (part: Part) => string;
  /** Components on a card without end, all models loaded. */
  readonly needs: (parts: readonly Part[], variation?: Variation) => PlanComponent[];
  readonly ask: (
    parts: readonly Part[],
    box: string,
    schedule: Schedule,
    variation?: Variation,
  ) => Answered | null;
  readonly machine: (box: string, ramBytes?: number) => Machine;
}

const ENDLESS: Gpu = {
  id: 'endless',
  index: 0,
  name: 'a card without end',
  backend: 'cuda',
  vendor: 'unknown',
  vramTotalBytes: 2 ** 20 * GIB,
  vramUsedBytes: 0,
  vramFreeBytes: 2 ** 20 * GIB,
  utilizationPercent: null,
  temperatureCelsius: null,
  powerWatts: null,
  driver: null,
  memorySource: 'catalogue',
  unified: false,
  software: false,
};

/** Questions about these models under these assumptions; each is planned once. */
export function createQuestions(
  models: readonly GuideModel[],
  dataset: GuideDataset,
  assumptions: GuideAssumptions,
  tables: TimingTables,
): Questions {
  const answers = new Map<string, Answered | null>();
  const fileOf = (part: Part): QuantizedFile | null =>
    models.find((m) => m.id === part.model)?.files.find((f) => f.recipe === part.recipe) ?? null;
  const name = (part: Part): string =>
    `${models.find((m) => m.id === part.model)?.name ?? part.model} ${part.recipe}`;
  const machine = (box: string, ramBytes = assumptions.computer.ramBytes): Machine =>
    boxMachine(parseBox(box, tables.cards), { ...assumptions.computer, ramBytes });
  const experimentOf = (
    parts: readonly Part[],
    on: Machine,
    schedule: Schedule,
    variation: Variation,
  ): ExperimentToPlan | null => {
    const planned = parts.map((part, i) => {
      const judge = parts.length > 1 ? i > 0 : variation.role === 'judge';
      return plannedModel(fileOf(part), name(part), judge, dataset, assumptions, variation);
    });
    if (planned.includes(null)) {
      return null;
    }
    const known = planned.filter((p) => p !== null);
    const alone = parts.length === 1 && variation.role === 'judge';
    const [generator, judges] = alone ? [null, known] : [known[0] ?? null, known.slice(1)];
    const experiment = { machine: on, generator, judges, schedule };
    return variation.offload === true ? experiment : wholeOnly(experiment);
  };
  return {
    name,
    machine,
    header: (part) => fileOf(part)?.header ?? null,
    needs: (parts, variation = {}) => {
      const endless = { ...boxMachine({ name: '', cards: [] }, assumptions.computer), gpus: [ENDLESS] };
      const experiment = experimentOf(parts, endless, 'together', variation);
      const plan = experiment === null ? null : planExperiment(experiment);
      return (plan?.phases ?? []).flatMap((p) =>
        p.devices.filter((d) => d.deviceId !== 'host').flatMap((d) => d.components),
      );
    },
    ask: (parts, box, schedule, variation = {}) => {
      const key = JSON.stringify([parts, box, schedule, variation]);
      const known = answers.get(key);
      if (known !== undefined) {
        return known;
      }
      const experiment = experimentOf(parts, machine(box, variation.ramBytes), schedule, variation);
      const answer = experiment === null ? null : answerOf(experiment, tables);
      answers.set(key, answer);
      return answer;
    },
  };
}

function plannedModel(
  file: QuantizedFile | null,
  modelName: string,
  judge: boolean,
  dataset: GuideDataset,
  assumptions: GuideAssumptions,
  variation: Variation,
): PlannedModel | null {
  if (file === null) {
    return null;
  }
  return {
    modelId: modelName,
    modelName,
    header: file.header,
    prompts: judge ? dataset.verdicts : dataset.questions,
    newTokens: judge ? dataset.verdictTokens : dataset.answerTokens,
    wishes: {
      contextPerSequence: variation.contextPerSequence ?? assumptions.contextPerSequence,
      flashAttention: variation.flashAttention ?? assumptions.flashAttention,
      kvType: variation.kvType ?? assumptions.kvType,
      reserveBytes: assumptions.reserveBytes,
      sequences: variation.sequences ?? assumptions.sequences,
      batch: variation.batch ?? assumptions.batch,
    },
  };
}

function answerOf(experiment: ExperimentToPlan, tables: TimingTables): Answered {
  const plan = planExperiment(experiment);
  const cards = plan.phases.flatMap((p) => p.devices.filter((d) => d.deviceId !== 'host'));
  const decisive = cards.length > 0 ? cards : plan.phases.flatMap((p) => p.devices);
  const whole = plan.phases.every((p) => fits(p) && p.settings.gpuLayers >= p.totalLayers);
  const time = timePlan(plan, experiment, tables);
  return {
    experiment,
    plan,
    runs: whole && cards.length > 0,
    marginBytes: Math.min(...decisive.map((d) => d.marginBytes)),
    marginShare: spareShare(plan, experiment.machine),
    time,
    cost: time === null ? null : costPlan(plan, time, experiment, tables),
  };
}
