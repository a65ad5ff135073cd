import { type } from '@orpc/contract';
import { z } from 'zod';
import type { AnswerDetail, AnswerPage, AnswerQuery, Judgment } from '../domain/answer.ts';
import { VERDICTS } from '../domain/verdict.ts';
import { base, id, LIMITS } from './base.ts';

export const answerQuerySchema = z.object({
  runId: id,
  verdicts: z
    .array(z.object({ judgeId: id, verdict: z.enum([...VERDICTS, 'missing']) }))
    .max(32)
    .default([]),
  disagreement: z.boolean().default(false),
  text: z.string().max(LIMITS.name).nullable().default(null),
  finishReason: z.string().max(32).nullable().default(null),
  sort: z.enum(['position', 'nllMean', 'nllSum', 'tokens', 'f1', 'pCorrect']).default('position'),
  sortJudgeId: id.nullable().default(null),
  descending: z.boolean().default(false),
  cursor: z.string().max(LIMITS.name).nullable().default(null),
  limit: z.int().positive().max(LIMITS.page).default(100),
}) satisfies z.ZodType<AnswerQuery>;

export const answers = {
  page: base.input(answerQuerySchema).output(type<AnswerPage>()),
  /** Exact up to ten thousand. */
  count: base.input(answerQuerySchema).output(type<{ count: number; capped: boolean }>()),
  get: base.input(z.object({ runId: id, position: id })).output(type<AnswerDetail>()),
  /** A person's verdict: a new judgment each time, under the author of Settings. */
  label: base
    .input(
      z.object({
        answerId: id,
        verdict: z.enum(['correct', 'incorrect', 'not_attempted']),
        note: z.string().max(LIMITS.text).nullable(),
      }),
    )
    .output(type<Judgment>()),
};
