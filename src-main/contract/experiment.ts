import { z } from 'zod';
import type { Experiment } from '../domain/experiment.ts';
import { LIMITS, name } from './base.ts';

const auto = z.union([z.literal('auto'), z.int().nonnegative().max(10_000_000)]);

const modelFields = {
  model: z.string().min(1).max(LIMITS.path),
  gpuLayers: auto.default('auto'),
  context: auto.default('auto'),
  sequences: auto.default('auto'),
  devices: z.union([z.literal('auto'), z.array(name).max(64).readonly()]).default('auto'),
};

/** A model is its name alone, or an object with settings. */
const modelChoice = z.preprocess(
  (value) => (typeof value === 'string' ? { model: value } : value),
  z.strictObject(modelFields),
);

const judgeChoice = z.preprocess(
  (value) => (typeof value === 'string' ? { model: value } : value),
  z.strictObject({
    ...modelFields,
    prompt: name.default('default'),
    mode: z.enum(['next-token', 'grammar', 'reason']).default('next-token'),
    labelOrder: z.enum(['AB', 'BA']).default('AB'),
  }),
);

const PROMPT_DEFAULT = { style: 'short', fewShot: 0, useContext: true, instruction: null } as const;
const DECODING_DEFAULT = { temperature: 0, topP: 1, maxTokens: 64, stop: [] };

/** experiment.yaml: unknown keys are refused, everything but the dataset has a default. */
export const experimentSchema = z
  .strictObject({
    name: name.default('experiment'),
    dataset: z.string().min(1).max(LIMITS.path),
    limit: z.int().positive().nullable().default(null),
    seed: z
      .int()
      .nonnegative()
      .max(2 ** 31 - 1)
      .default(0),
    generator: modelChoice.nullable().default(null),
    prompt: z
      .strictObject({
        style: z.enum(['short', 'long']).default('short'),
        fewShot: z.int().nonnegative().max(64).default(0),
        useContext: z.boolean().default(true),
        instruction: z.string().max(LIMITS.text).nullable().default(null),
      })
      .default(PROMPT_DEFAULT),
    decoding: z
      .strictObject({
        temperature: z.number().min(0).max(5).default(0),
        topP: z.number().gt(0).max(1).default(1),
        maxTokens: z.int().positive().max(131_072).default(64),
        stop: z.array(z.string().min(1).max(200)).max(16).readonly().default([]),
      })
      .default(DECODING_DEFAULT),
    samples: z.int().positive().max(1000).default(1),
    judges: z.array(judgeChoice).max(32).readonly().default([]),
  })
  .refine((e) => e.generator !== null || e.judges.length > 0, {
    message: 'an experiment needs a generator, a judge, or both',
  }) satisfies z.ZodType<Experiment>;

export type ExperimentInput = z.input<typeof experimentSchema>;
