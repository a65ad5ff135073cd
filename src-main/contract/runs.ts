import { eventIterator, type } from '@orpc/contract';
import { z } from 'zod';
import type { Experiment } from '../domain/experiment.ts';
import type { Plan } from '../domain/plan.ts';
import type { MemorySample, Run, RunCounts, RunEvent, RunSummary } from '../domain/run.ts';
import { base, id, LIMITS } from './base.ts';
import { experimentSchema } from './experiment.ts';

const launch = z.object({
  experiment: experimentSchema,
  /** Stored answers to judge, when the experiment has no generator: another run's, or a system's that came with the dataset (null: all). */
  answers: z
    .union([
      z.object({ kind: z.literal('run'), runId: id }),
      z.object({ kind: z.literal('imported'), system: z.string().max(LIMITS.name).nullable() }),
    ])
    .nullable()
    .default(null),
  /** Judge (or answer) once more what was done before, as a repeat. */
  again: z.boolean().default(false),
  /** Start although the plan says no. */
  loadAnyway: z.boolean().default(false),
});

export type Launch = z.output<typeof launch>;
export type LaunchInput = z.input<typeof launch>;

/** What would run, said before it does. */
export interface PlannedRun {
  /** With the dataset named as the store knows it. */
  readonly experiment: Experiment;
  readonly plan: Plan;
  /** Sentences: what will make the numbers doubtful. */
  readonly warnings: readonly string[];
  /** From this machine's own runs of the same models; null until there are any. */
  readonly estimateSeconds: number | null;
}

export const runs = {
  list: base
    .input(z.object({ before: id.nullable(), limit: z.int().positive().max(LIMITS.page) }))
    .output(type<RunSummary[]>()),
  get: base.input(z.object({ runId: id })).output(type<Run>()),
  /** The run each time something changed, a few times a second at most; ends when the run has ended. */
  watch: base.input(z.object({ runId: id })).output(eventIterator(type<Run>())),
  plan: base.input(launch).output(type<PlannedRun>()),
  start: base.input(launch).output(type<{ runId: number }>()),
  cancel: base.input(z.object({ runId: id })).output(type<null>()),
  resume: base.input(z.object({ runId: id })).output(type<null>()),
  remove: base.input(z.object({ runId: id })).output(type<null>()),
  counts: base.input(z.object({ runId: id })).output(type<RunCounts>()),
  events: base
    .input(z.object({ runId: id, afterSeq: id, limit: z.int().positive().max(LIMITS.list) }))
    .output(type<RunEvent[]>()),
  memory: base.input(z.object({ runId: id })).output(type<MemorySample[]>()),
  /** experiment.yaml of a run, and a file's text read as an experiment. */
  toYaml: base.input(z.object({ experiment: experimentSchema })).output(type<{ yaml: string }>()),
  fromYaml: base
    .input(z.object({ yaml: z.string().max(LIMITS.text) }))
    .output(type<{ experiment: Experiment }>()),
};
