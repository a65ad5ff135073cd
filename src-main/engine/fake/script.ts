import { z } from 'zod';

/** Where a scripted fault strikes. `answer` counts answers given: with after 10 the eleventh job meets it. */
const moment = z.object({
  when: z.enum(['hello', 'load', 'header', 'answer']),
  after: z.number().int().nonnegative().default(0),
});

/** What the scripted engine does, read from the environment variable ASSIZE_FAKE as JSON; empty means: behave. */
export const scriptSchema = z.object({
  loadDelayMs: z.number().nonnegative().default(0),
  /** Between taking a job and answering it. 0 answers at once. */
  answerDelayMs: z.number().nonnegative().default(0),
  /** Only the jobs whose prompt contains `match` get `answer` or `probabilities`; the first match wins. */
  answers: z
    .array(
      z.object({
        match: z.string(),
        answer: z.string().optional(),
        probabilities: z.array(z.number()).optional(),
        finishReason: z.enum(['eog', 'length', 'stop', 'loop', 'context', 'error']).optional(),
        reasoning: z.string().optional(),
      }),
    )
    .default([]),
  die: moment.extend({ how: z.enum(['SIGKILL', 'SIGABRT', 'SIGSEGV', 'exit0', 'exit1']) }).optional(),
  /** silent: the event loop stops, as in a hung driver. decode: it beats, but makes no step. */
  hang: moment.extend({ how: z.enum(['silent', 'decode']) }).optional(),
  /** late: a well-formed result of a generation that is no more. */
  garbage: moment
    .extend({ how: z.enum(['text', 'null', 'progress', 'result', 'unknown-job', 'late', 'bytes']) })
    .optional(),
  flood: moment.extend({ how: z.enum(['stderr', 'log', 'line']) }).optional(),
  protocol: z.number().int().optional(),
  refuse: z
    .object({ kind: z.enum(['not-a-model', 'unsupported', 'out-of-memory']), message: z.string() })
    .optional(),
  instruct: z.boolean().default(true),
});
export type Script = z.infer<typeof scriptSchema>;

export const SCRIPT_VARIABLE = 'ASSIZE_FAKE';

export function readScript(env: Readonly<Record<string, string | undefined>>): Script {
  return scriptSchema.parse(JSON.parse(env[SCRIPT_VARIABLE] ?? '{}'));
}
