import { type } from '@orpc/contract';
import { z } from 'zod';
import type { LedgerEntry } from '../domain/ledger.ts';
import type { Calibration } from '../domain/memory/overhead.ts';
import type { GgufHeader } from '../domain/model.ts';
import type { Card } from '../domain/planning/cards.ts';
import type { TokenCounts } from '../domain/planning/context.ts';
import type { Price } from '../domain/planning/cost.ts';
import type { Guide } from '../domain/planning/guide.ts';
import type { MatrixRow } from '../domain/planning/matrix.ts';
import type { Overview } from '../domain/planning/overview.ts';
import type { QualityTable } from '../domain/planning/quantization.ts';
import type { SpeedCalibration } from '../domain/planning/speed.ts';
import { base, id, LIMITS, name } from './base.ts';
import { experimentSchema } from './experiment.ts';

/** A model that can be planned: a file at hand, one read by ranges from where it lies, or one of the catalogue's shapes. */
export interface PlannerModel {
  /** As it was asked for. */
  readonly choice: string;
  readonly id: string;
  readonly name: string;
  /** The step of the ladder: "Q4_K_M". */
  readonly recipe: string;
  readonly source: 'disk' | 'remote' | 'catalogue';
  readonly header: GgufHeader;
}

export type PlannerModelAnswer =
  | { readonly choice: string; readonly model: PlannerModel; readonly problem: null }
  | { readonly choice: string; readonly model: null; readonly problem: string };

/** What plans are made from besides headers and a machine. */
export interface PlannerTables {
  readonly cards: readonly Card[];
  readonly prices: readonly Price[];
  /** Where the prices came from: the workbench's own table, or the user's copy (a path), with its date. */
  readonly pricesFrom: { readonly date: string; readonly path: string | null };
  readonly quality: QualityTable | null;
  /** Models that can be named without a file: "Llama-3-8B:Q4_K_M". */
  readonly catalogue: readonly { readonly id: string; readonly name: string }[];
  /** Steps of the ladder, best first. */
  readonly recipes: readonly string[];
  /** Boxes worth offering, smallest first. */
  readonly boxes: readonly string[];
  /** Overheads and speed as this machine's own past has them: for plans on this machine only. */
  readonly memory: Calibration;
  readonly speed: SpeedCalibration;
  /** Sentences on tables that could not be used. */
  readonly notes: readonly string[];
  /** The engine has not said yet which cards it can use: overheads and speed are of the CPU until it has. */
  readonly pending?: boolean;
}

/** What a dataset asks of one model. */
export interface PromptCounts {
  readonly role: 'generate' | 'judge';
  readonly model: string;
  readonly counts: TokenCounts;
  /** Tokens it may write for each prompt. */
  readonly newTokens: number;
  /** With the model's own tokenizer, or from the number of characters where there is none at hand. */
  readonly how: 'tokenizer' | 'estimate';
  /** Questions that were counted, and of how many. */
  readonly counted: number;
  readonly of: number;
  /** Questions among which the longest was looked for: all of them but in the largest datasets. */
  readonly longestOf?: number;
}

const boxFields = {
  /** "2x RTX 4090", "24GB", "cpu"; null for this machine. */
  box: z.string().max(LIMITS.name).nullable().default(null),
  ramBytes: z.number().positive().nullable().default(null),
  /** Kept free on every card; null for the settings' reserve. */
  reserveBytes: z.number().nonnegative().nullable().default(null),
};

const experimentPlan = z.object({
  experiment: experimentSchema,
  ...boxFields,
  schedule: z.enum(['auto', 'sequential', 'together', 'split']).default('auto'),
});
export type ExperimentPlanRequest = z.output<typeof experimentPlan>;

/** An experiment planned whole, wherever it would run. */
export interface PlannedExperiment {
  readonly box: string;
  readonly dataset: string;
  readonly overview: Overview;
  readonly prompts: readonly PromptCounts[];
  readonly pricesFrom: PlannerTables['pricesFrom'];
  readonly notes: readonly string[];
}

const matrix = z.object({
  models: z.array(z.string().min(1).max(LIMITS.path)).max(LIMITS.list),
  /** Null among them is this machine. */
  boxes: z.array(z.string().max(LIMITS.name).nullable()).min(1).max(100),
  ramBytes: boxFields.ramBytes,
  reserveBytes: boxFields.reserveBytes,
  context: z.int().positive().nullable().default(null),
  sequences: z.int().positive().default(1),
  /** Each model in these quantizations too, by rule where no file is at hand. */
  recipes: z.array(name).max(20).default([]),
});
export type MatrixRequest = z.output<typeof matrix>;

export interface Matrix {
  readonly boxes: readonly string[];
  readonly rows: readonly MatrixRow[];
  /** A sentence for each model that could not be read. */
  readonly problems: readonly string[];
  readonly contextPerSequence: number;
}

const guide = z.object({
  /** Null for the models of the guide that this one replaces, with its claims checked. */
  models: z.array(z.string().min(1).max(LIMITS.path)).min(1).max(40).nullable().default(null),
  /** Name or id of a dataset; null for a usual one. */
  dataset: z.string().min(1).max(LIMITS.path).nullable().default(null),
  /** Boxes of the tables; null for the usual tiers. */
  boxes: z.array(z.string().min(1).max(LIMITS.name)).min(1).max(20).nullable().default(null),
  ramBytes: boxFields.ramBytes,
  reserveBytes: boxFields.reserveBytes,
  context: z.int().positive().nullable().default(null),
});
export type GuideRequest = z.output<typeof guide>;

const price = z.object({
  provider: name,
  card: name,
  count: z.int().positive().max(64),
  usdPerHour: z.number().nonnegative().max(100_000),
  date: z.string().regex(/^\d{4}-\d{2}(-\d{2})?$/),
  source: z.string().min(1).max(LIMITS.text),
});

export const planning = {
  tables: base.output(type<PlannerTables>()),
  /** By path, id or name of a file; "hf:user/repo:quant" or an https address, of which only the header is fetched; or "Llama-3-8B:Q8_0". */
  models: base
    .input(z.object({ choices: z.array(z.string().min(1).max(LIMITS.path)).max(LIMITS.list) }))
    .output(type<PlannerModelAnswer[]>()),
  /** Other files at hand of the same model, best quantization first, itself among them. */
  files: base.input(z.object({ choice: z.string().min(1).max(LIMITS.path) })).output(type<PlannerModel[]>()),
  counts: base.input(z.object({ experiment: experimentSchema })).output(type<PromptCounts[]>()),
  experiment: base.input(experimentPlan).output(type<PlannedExperiment>()),
  matrix: base.input(matrix).output(type<Matrix>()),
  guide: base.input(guide).output(type<Guide>()),
  ledger: base
    .input(z.object({ before: id.nullable(), limit: z.int().positive().max(LIMITS.page) }))
    .output(type<LedgerEntry[]>()),
  /** Writes the user's own price table, or, with null, goes back to the workbench's. */
  setPrices: base
    .input(z.object({ prices: z.array(price).max(LIMITS.list).nullable() }))
    .output(type<PlannerTables>()),
};
