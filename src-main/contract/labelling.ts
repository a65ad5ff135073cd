import { type } from '@orpc/contract';
import { z } from 'zod';
import { LABELS, type LabelQueue, type LabelState } from '../domain/analysis/labelling.ts';
import { base, id, LIMITS, name } from './base.ts';

/** Blind labelling: who answered and what judges said are not in any of these. */
export const labelling = {
  /** A person's queue over a run; the same order and seed give the same queue, where it was left. */
  begin: base
    .input(
      z.object({
        runId: id,
        order: z.enum(['random', 'unsure', 'disagreement']).default('random'),
        /** For "unsure": whose doubt comes first; null for the run's first judge that gives P(correct). */
        judgeId: id.nullable().default(null),
        seed: z
          .int()
          .nonnegative()
          .max(2 ** 31 - 1)
          .default(0),
        /** The author of Settings when null. */
        author: name.nullable().default(null),
      }),
    )
    .output(type<LabelState>()),
  queues: base.input(z.object({ runId: id })).output(type<LabelQueue[]>()),
  state: base.input(z.object({ queueId: id })).output(type<LabelState>()),
  /** Stores a label and gives the next answer. */
  put: base
    .input(
      z.object({
        queueId: id,
        answerId: id,
        verdict: z.enum(LABELS),
        note: z.string().max(LIMITS.text).nullable().default(null),
      }),
    )
    .output(type<LabelState>()),
  /** Takes the newest label back; its answer comes next again, with what was said of it. */
  undo: base.input(z.object({ queueId: id })).output(type<LabelState>()),
};
