import type { PlannerModel, PlannerTables, PromptCounts } from '../../../src-main/contract/planning.ts';
import type { Machine } from '../../../src-main/domain/hardware.ts';
import { NO_CALIBRATION } from '../../../src-main/domain/memory/overhead.ts';
import { applyChange, type PlanChange } from '../../../src-main/domain/planning/changes.ts';
import type { TimingTables } from '../../../src-main/domain/planning/compare.ts';
import { namedBox, thisMachine, type NamedMachine } from '../../../src-main/domain/planning/named-box.ts';
import type { ExperimentToPlan, PlannedModel } from '../../../src-main/domain/planning/plan-experiment.ts';
import type { QuantizedFile } from '../../../src-main/domain/planning/quantization.ts';
import { UNCALIBRATED } from '../../../src-main/domain/planning/speed.ts';
import type { Settings } from '../../../src-main/domain/settings.ts';

const GIB = 2 ** 30;
const MIB = 2 ** 20;

/** What sliders and fields of the page say. */
export interface Wanted {
  readonly box: string | undefined;
  readonly ramGib: number | undefined;
  readonly reserveMib: number | undefined;
  readonly context: number | undefined;
  readonly sequences: number | undefined;
  readonly schedule: ExperimentToPlan['schedule'];
  readonly changes: readonly PlanChange[];
}

/** A model of the plan with its place in it: the same file may answer and judge. */
export interface Part {
  readonly slot: string;
  readonly model: PlannerModel;
  readonly counts: PromptCounts | null;
}

/** All that a plan is made from, fetched once; what moves is in Wanted. */
export interface Ground {
  readonly tables: PlannerTables;
  readonly machine: Machine;
  readonly settings: Settings;
  readonly parts: readonly Part[];
  readonly files: (slot: string) => readonly QuantizedFile[];
}

/** The machine a plan is for. Throws a sentence for a card that nobody knows. */
export function machineOf({ tables, machine }: Ground, { box, ramGib }: Wanted): NamedMachine {
  const ram = ramGib === undefined ? null : ramGib * GIB;
  return box === undefined ? thisMachine(machine, ram) : namedBox(box, tables.cards, ram, machine.at);
}

export function timingOf({ tables }: Ground, { box }: Wanted): TimingTables {
  // What this machine's past says holds for this machine alone.
  const calibration = box === undefined ? tables.speed : UNCALIBRATED;
  return { cards: tables.cards, prices: tables.prices, calibration };
}

const ANSWER_TOKENS = 64;

/** The experiment as it stands, with the fixes that were applied. Throws a sentence for a card that nobody knows. */
export function experimentOf(ground: Ground, wanted: Wanted): ExperimentToPlan {
  const { settings, tables, parts, files } = ground;
  const { context, sequences, reserveMib } = wanted;
  const wishes: PlannedModel['wishes'] = {
    reserveBytes: reserveMib === undefined ? settings.vramReserveBytes : reserveMib * MIB,
    hostReserveBytes: settings.ramReserveBytes,
    calibration: wanted.box === undefined ? tables.memory : NO_CALIBRATION,
    ...(context === undefined ? {} : { contextPerSequence: context }),
    ...(sequences === undefined ? {} : { sequences }),
  };
  const models = parts.map(({ slot, model, counts }): PlannedModel => ({
    modelId: slot,
    modelName: model.name,
    header: model.header,
    prompts: counts?.counts ?? null,
    newTokens: counts?.newTokens ?? (slot === 'generator' ? ANSWER_TOKENS : 1),
    wishes,
  }));
  const generator = models.find(({ modelId }) => modelId === 'generator') ?? null;
  const experiment: ExperimentToPlan = {
    machine: machineOf(ground, wanted).machine,
    generator,
    judges: models.filter((model) => model !== generator),
    schedule: wanted.schedule,
  };
  const lookup = { files, machine: () => null };
  return wanted.changes.reduce((before, change) => applyChange(before, change, lookup), experiment);
}
