import { type } from '@orpc/contract';
import { z } from 'zod';
import type { Alarm } from '../domain/alarm.ts';
import type { CombinedAnswer, CombinedVerdict } from '../domain/analysis/combined.ts';
import type { JudgePromptDetail, JudgePromptInfo, PromptReading } from '../domain/app.ts';
import type { JudgePromptFields } from '../domain/prompts/judge-prompt.ts';
import { base, id, LIMITS, name } from './base.ts';

const text = z.string().max(LIMITS.text);

const promptLabel = z.object({
  text: z.string().max(LIMITS.name),
  verdict: z.enum(['correct', 'incorrect', 'not_attempted']),
  meaning: z.string().max(2000),
  score: z.number().nullable(),
});

/** Sizes only: what a prompt has to be is said by the one who parses it, in sentences. */
const promptFields = z.object({
  id: z.string().max(LIMITS.name),
  title: z.string().max(LIMITS.name),
  description: z.string().max(2000),
  labelStyle: z.enum(['words', 'letters']),
  labels: z.array(promptLabel).max(26).readonly(),
  system: text,
  ask: text,
  askReason: text,
  user: text,
  closing: text,
}) satisfies z.ZodType<JudgePromptFields>;

const enginePrompt = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('chat'),
    system: z.string().max(1_000_000).nullable(),
    user: z.string().max(1_000_000),
  }),
  z.object({ kind: z.literal('text'), text: z.string().max(1_000_000) }),
]);

export const judging = {
  prompts: base.output(type<JudgePromptInfo[]>()),
  /** One prompt in full: by id, or "id@version" and "id@hash" for what was saved earlier. */
  prompt: base.input(z.object({ ref: name })).output(type<JudgePromptDetail>()),
  /** Saves a prompt of the user's own. `base` is the hash of what was edited, null for a new id. */
  savePrompt: base
    .input(z.object({ prompt: promptFields, base: name.nullable() }))
    .output(type<JudgePromptDetail>()),
  /** Its versions are kept for the runs that judged with them. */
  removePrompt: base.input(z.object({ id: name })).output(type<null>()),
  /** A rendered prompt as a model of this machine reads it: template, length, first tokens of the labels. */
  readPrompt: base
    .input(
      z.object({
        model: z.string().min(1).max(LIMITS.path),
        prompt: enginePrompt,
        labels: z.array(z.string().max(LIMITS.name)).max(100),
      }),
    )
    .output(type<PromptReading>()),
  /** What the run's judges say together, as its experiment puts them; null where it does not, or none has judged yet. */
  combined: base.input(z.object({ runId: id })).output(type<CombinedVerdict | null>()),
  /** The same on one answer, by its position in the run. */
  combinedAnswer: base.input(z.object({ runId: id, position: id })).output(type<CombinedAnswer | null>()),
  /** What makes a run's numbers doubtful, worst first. */
  alarms: base.input(z.object({ runId: id })).output(type<Alarm[]>()),
};
