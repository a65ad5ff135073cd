import { z } from 'zod';
import type { ApiChoice, Experiment, JudgeChoice, PanelChoice } from '../domain/experiment.ts';
import { ADDRESS_RULE, isServerAddress, KEY_VARIABLE, VARIABLE_RULE } from '../domain/servers.ts';
import { LIMITS, name } from './base.ts';

const auto = z.union([z.literal('auto'), z.int().nonnegative().max(10_000_000)]);

const modelFields = {
  model: z.string().min(1).max(LIMITS.path),
  gpuLayers: auto.default('auto'),
  context: auto.default('auto'),
  sequences: auto.default('auto'),
  devices: z.union([z.literal('auto'), z.array(name).max(64).readonly()]).default('auto'),
  kvType: z.exactOptional(z.enum(['f16', 'q8_0', 'q4_0'])),
  batch: z.exactOptional(z.int().positive().max(65_536)),
};

/** An address that holds no secret: those are recorded with every run. */
export const baseUrl = z
  .string()
  .max(LIMITS.path)
  .refine((text) => isServerAddress(text) && URL.canParse(text), { error: ADDRESS_RULE })
  .transform((url) => url.replace(/\/+$/, '').replace(/\/(?:chat\/)?completions$/, ''));

const usd = z.number().nonnegative().max(1_000_000);

/**
 * Only variables that say they hold such a key: an experiment that came from elsewhere must not be able to send any other
 * part of the environment to a server that it names. Small letters are refused because a key itself has some.
 */
export const apiKeyEnv = z.string().max(100).regex(KEY_VARIABLE, { error: VARIABLE_RULE });

export const apiChoice = z
  .strictObject({
    baseUrl,
    alsoAt: z.array(baseUrl).max(64).readonly().default([]),
    model: z.string().min(1).max(LIMITS.name),
    apiKeyEnv: apiKeyEnv.nullable().default(null),
    style: z.enum(['chat', 'completions']).default('chat'),
    concurrency: z.int().positive().max(256).default(8),
    timeoutSeconds: z.number().positive().max(3600).default(300),
    tries: z.int().positive().max(20).default(6),
    inputUsdPerMillion: usd.nullable().default(null),
    outputUsdPerMillion: usd.nullable().default(null),
    maxCostUsd: usd.positive().nullable().default(null),
  })
  .refine((api) => (api.inputUsdPerMillion === null) === (api.outputUsdPerMillion === null), {
    error: 'needs the price of tokens read and of tokens written, or neither',
  })
  .refine((api) => api.maxCostUsd === null || api.inputUsdPerMillion !== null, {
    error: 'can hold a cost cap only with inputUsdPerMillion and outputUsdPerMillion',
  }) satisfies z.ZodType<ApiChoice>;

const withApi = { ...modelFields, api: z.exactOptional(apiChoice) };

/** A model is its name alone, or an object with settings; a model behind a server lends its name. */
function named(value: unknown): unknown {
  if (typeof value === 'string') return { model: value };
  if (typeof value !== 'object' || value === null || !('api' in value) || 'model' in value) return value;
  const { api } = value;
  return typeof api === 'object' && api !== null && 'model' in api ? { ...value, model: api.model } : value;
}

const sameName = (choice: { readonly model: string; readonly api?: ApiChoice }): boolean =>
  choice.api === undefined || choice.api.model === choice.model;
const SAME_NAME = { error: 'names two models: leave out "model" beside "api"' };

const modelChoice = z.preprocess(named, z.strictObject(withApi).refine(sameName, SAME_NAME));

const judgeChoice = z.preprocess(
  named,
  z
    .strictObject({
      ...withApi,
      prompt: name.default('default'),
      mode: z.enum(['next-token', 'grammar', 'reason']).default('next-token'),
      labelOrder: z.enum(['AB', 'BA']).default('AB'),
      swap: z.exactOptional(z.boolean()),
      policy: z.exactOptional(z.enum(['strict', 'lenient'])),
      maxTokens: z.exactOptional(z.int().positive().max(32_768)),
      cascadeOf: z.exactOptional(z.array(z.int().nonnegative()).min(2).max(31).readonly()),
    })
    .refine(sameName, SAME_NAME),
);

/** Only judges before it, none twice, and none that waits for others itself: each then has a verdict on every answer. */
function cascadeIsSound(judges: readonly JudgeChoice[]): boolean {
  return judges.every(({ cascadeOf = [] }, index) =>
    cascadeOf.every(
      (other, at) =>
        other < index && cascadeOf.indexOf(other) === at && judges[other]?.cascadeOf === undefined,
    ),
  );
}

const panelChoice = z.strictObject({
  kind: z.enum(['majority', 'weighted', 'cascade']),
  weights: z.array(z.number().nonnegative().max(1_000_000)).max(32).readonly().nullable().default(null),
}) satisfies z.ZodType<PanelChoice>;

/** Why judges cannot be one panel, as a sentence; null when they can. */
function whyNoPanel({ judges, panel }: Pick<Experiment, 'judges' | 'panel'>): string | null {
  if (panel === undefined) return null;
  const asked = judges.filter(({ cascadeOf }) => cascadeOf !== undefined);
  if (judges.length < 2) return 'a panel needs at least two judges';
  if (panel.kind === 'cascade' && (asked.length === 0 || judges.length - asked.length < 2))
    return 'a cascade needs two judges of every answer and one with cascadeOf that is asked where they disagree';
  if (panel.kind !== 'cascade' && asked.length > 0)
    return 'a judge with cascadeOf has no verdict on most answers: make the panel a cascade';
  if (panel.weights !== null && panel.kind !== 'weighted') return 'only a weighted panel has weights';
  if (panel.weights !== null && panel.weights.length !== judges.length)
    return 'a weighted panel has one weight for each judge, or none at all';
  if (panel.weights !== null && !panel.weights.some((weight) => weight > 0))
    return 'at least one judge of a weighted panel has to weigh more than 0';
  return null;
}

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
    schedule: z.exactOptional(z.enum(['sequential', 'together'])),
    panel: z.exactOptional(panelChoice),
  })
  .refine((e) => e.generator !== null || e.judges.length > 0, {
    message: 'an experiment needs a generator, a judge, or both',
  })
  .refine((e) => cascadeIsSound(e.judges), {
    path: ['judges'],
    error: 'cascadeOf names judges before this one, by their position from 0, that judge every answer',
  })
  .superRefine((e, context) => {
    const message = whyNoPanel(e);
    if (message !== null) context.addIssue({ code: 'custom', path: ['panel'], message });
  }) satisfies z.ZodType<Experiment>;

export type ExperimentInput = z.input<typeof experimentSchema>;
