import { z } from 'zod';
import { VERDICTS } from '../domain/verdict.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const text = z.string().nullable();
const number = z.number().nullable();
const record = z.record(z.string(), z.unknown());

const judge = z.object({
  name: z.string(),
  kind: z.enum(['model', 'human', 'lexical', 'imported', 'api', 'panel']),
  sha256,
  model_sha256: sha256.nullable(),
  prompt_id: text,
  prompt_sha256: sha256.nullable(),
  label_order: z.enum(['AB', 'BA']).nullable(),
  mode: z.string(),
});

const judgment = z.object({
  schema: z.literal('assize/judgment@1'),
  judge,
  human: z.boolean(),
  annotator: text,
  verdict: z.enum(VERDICTS),
  score: number,
  p_correct: z.number().min(0).max(1).nullable(),
  label_mass: number,
  label_order: z.enum(['AB', 'BA']).nullable(),
  mode: z.enum(['next-token', 'grammar', 'reason', 'human', 'lexical', 'imported']),
  repeat: z.int().min(0),
  raw: text,
  reason: text,
  note: text,
  rendered_prompt: text,
  at: z.iso.datetime(),
  duration_ms: number,
  error: text,
});

/** A line of the JSON Lines that an export writes: docs/answer-format.md says what each field means. */
export const answerLineSchema = z.object({
  schema: z.literal('assize/answer@1'),
  answer_id: z.string(),
  run_id: z.int(),
  position: z.int().min(0),
  sample_index: z.int().min(0),
  dataset: z.object({ name: z.string() }),
  row_id: z.string().regex(/^[0-9a-f]{64}:[1-9]\d*$/),
  row_sha256: sha256,
  question_id: text,
  question: z.string().min(1),
  context: text,
  gold: z.array(z.string()),
  choices: z.array(z.string()).nullable(),
  metadata: record,
  record: record.nullable(),
  prompt_style: z.enum(['short', 'long']).nullable(),
  prompt_sha256: sha256.nullable(),
  rendered_prompt: text,
  system: text,
  model: z.unknown(),
  model_sha256: sha256.nullable(),
  engine: z.unknown(),
  settings: z.unknown(),
  decode: record.nullable(),
  decoding_sha256: sha256.nullable(),
  answer: text,
  reasoning: text,
  finish_reason: text,
  n_prompt_tokens: number,
  n_tokens: number,
  n_reasoning_tokens: number,
  token_ids: z.array(z.int()).nullable(),
  token_texts: z.array(z.string()).nullable(),
  token_logprobs: z.array(number).nullable(),
  nll_sum: number,
  nll_mean: number,
  eog_logprob: number,
  exact_match: z.boolean().nullable(),
  f1: number,
  contains: z.boolean().nullable(),
  duration_ms: number,
  error: text,
  judgments: z.array(judgment),
  token_relevances: z
    .array(z.object({ judge, values: z.array(z.number().min(0).max(1).nullable()) }))
    .optional(),
  entailments: z
    .array(
      z.object({
        judge,
        first_sample: z.int().min(0),
        second_sample: z.int().min(0),
        p_entails: z.number().min(0).max(1).nullable(),
        label_mass: number,
      }),
    )
    .optional(),
});
