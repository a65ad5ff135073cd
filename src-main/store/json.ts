import { z } from 'zod';

import type { ColumnMapping, RowProblem } from '../domain/dataset.ts';
import type { Experiment } from '../domain/experiment.ts';
import type { LoadSettings, Plan, PlanPhase } from '../domain/plan.ts';
import type { MeasuredPhase, RunLive, RunOwner } from '../domain/run.ts';
import { VERDICTS } from '../domain/verdict.ts';
import { StoreError } from './api.ts';

// Objects are loose: a field that a newer version of the same schema added is kept as it is, not cut off.
const strings = z.array(z.string());
/** Given on as it was parsed: `z.record` makes another object, without a column called "__proto__". */
const record = z.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'It is no object.',
);

const mapping: z.ZodType<ColumnMapping> = z.looseObject({
  id: z.string().nullable(),
  question: z.string().nullable(),
  context: z.string().nullable(),
  gold: z.string().nullable(),
  choices: z.string().nullable(),
  goldSeparator: z.string().nullable(),
  goldForm: z.enum(['text', 'after-hashes', 'number']),
  answers: z.array(
    z.looseObject({
      system: z.string(),
      answer: z.string(),
      verdict: z.string().nullable(),
      judge: z.string(),
      human: z.boolean(),
      verdictLabels: z.exactOptional(z.enum(['abc', 'yn'])),
    }),
  ),
});

const problems: z.ZodType<RowProblem[]> = z.array(
  z.looseObject({ line: z.number(), problem: z.string(), kept: z.exactOptional(z.boolean()) }),
);

const owner: z.ZodType<RunOwner> = z.looseObject({
  pid: z.number(),
  startTime: z.string(),
  bootId: z.string(),
  hostname: z.string(),
  door: z.string(),
});

const live: z.ZodType<RunLive> = z.looseObject({
  tokensPerSecond: z.number().nullable(),
  itemsPerSecond: z.number().nullable(),
  etaSeconds: z.number().nullable(),
  activeSequences: z.number(),
  step: z.string(),
});

const apiChoice = z.looseObject({
  baseUrl: z.string(),
  alsoAt: strings,
  model: z.string(),
  apiKeyEnv: z.string().nullable(),
  style: z.enum(['chat', 'completions']),
  concurrency: z.number(),
  timeoutSeconds: z.number(),
  tries: z.number(),
  inputUsdPerMillion: z.number().nullable(),
  outputUsdPerMillion: z.number().nullable(),
  maxCostUsd: z.number().nullable(),
});

const modelChoice = {
  model: z.string(),
  gpuLayers: z.union([z.number(), z.literal('auto')]),
  context: z.union([z.number(), z.literal('auto')]),
  sequences: z.union([z.number(), z.literal('auto')]),
  devices: z.union([strings, z.literal('auto')]),
  kvType: z.exactOptional(z.enum(['f16', 'q8_0', 'q4_0'])),
  batch: z.exactOptional(z.number()),
  api: z.exactOptional(apiChoice),
};

const experiment: z.ZodType<Experiment> = z.looseObject({
  name: z.string(),
  dataset: z.string(),
  limit: z.number().nullable(),
  seed: z.number(),
  generator: z.looseObject(modelChoice).nullable(),
  prompt: z.looseObject({
    style: z.enum(['short', 'long']),
    fewShot: z.number(),
    useContext: z.boolean(),
    instruction: z.string().nullable(),
  }),
  decoding: z.looseObject({
    temperature: z.number(),
    topP: z.number(),
    maxTokens: z.number(),
    stop: strings,
  }),
  samples: z.number(),
  judges: z.array(
    z.looseObject({
      ...modelChoice,
      prompt: z.string(),
      mode: z.enum(['next-token', 'grammar', 'reason', 'human', 'lexical', 'imported']),
      labelOrder: z.enum(['AB', 'BA']),
      swap: z.exactOptional(z.boolean()),
      policy: z.exactOptional(z.enum(['strict', 'lenient'])),
      maxTokens: z.exactOptional(z.number()),
      cascadeOf: z.exactOptional(z.array(z.number())),
    }),
  ),
  schedule: z.exactOptional(z.enum(['sequential', 'together'])),
  panel: z.exactOptional(
    z.looseObject({
      kind: z.enum(['majority', 'weighted', 'cascade']),
      weights: z.array(z.number()).nullable(),
    }),
  ),
});

const component = z.looseObject({
  name: z.enum(['weights', 'kv-cache', 'recurrent-state', 'compute', 'output', 'driver-context', 'process']),
  bytes: z.number(),
  basis: z.enum(['exact', 'computed', 'calibrated', 'guessed']),
  source: z.string(),
  interval: z.exactOptional(z.tuple([z.number(), z.number()])),
});

const loadSettings: z.ZodType<LoadSettings> = z.looseObject({
  gpuLayers: z.number(),
  contextPerSequence: z.number(),
  sequences: z.number(),
  batch: z.number(),
  threads: z.number(),
  flashAttention: z.boolean(),
  kvType: z.enum(['f16', 'q8_0', 'q4_0']),
  mmap: z.boolean(),
  backend: z.enum(['cuda', 'vulkan', 'metal', 'cpu']),
  devices: z.array(z.number()),
});

const planPhase: z.ZodType<PlanPhase> = z.looseObject({
  role: z.enum(['generate', 'judge']),
  modelId: z.string(),
  modelName: z.string(),
  settings: loadSettings,
  totalLayers: z.number(),
  devices: z.array(
    z.looseObject({
      deviceId: z.string(),
      name: z.string(),
      components: z.array(component),
      capacityBytes: z.number(),
      reserveBytes: z.number(),
      marginBytes: z.number(),
    }),
  ),
});

const plan: z.ZodType<Plan> = z.looseObject({
  at: z.number(),
  phases: z.array(planPhase),
  verdict: z.enum(['yes', 'tight', 'no', 'unknown']),
  reasons: strings,
  schedule: z.exactOptional(z.enum(['sequential', 'together', 'split'])),
});

const measured: z.ZodType<MeasuredPhase> = z.looseObject({
  devices: z.array(
    z.looseObject({
      deviceId: z.string(),
      name: z.string(),
      weightsBytes: z.number(),
      kvBytes: z.number(),
      computeBytes: z.number(),
      peakBytes: z.number().nullable(),
      beforeBytes: z.number().nullable(),
      afterBytes: z.number().nullable(),
      usedPeakBytes: z.exactOptional(z.number().nullable()),
    }),
  ),
  exit: z.string(),
});

export const SHAPES = {
  strings,
  record,
  mapping,
  problems,
  owner,
  live,
  experiment,
  components: z.array(component),
  loadSettings,
  planPhase,
  plan,
  measured,
  verdict: z.enum(VERDICTS),
};

/**
 * A JSON column as a value.
 * @throws StoreError 'corrupt' when the text is not JSON of that shape.
 */
export function fromJson<T>(shape: z.ZodType<T>, text: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new StoreError('corrupt', 'A stored value is not JSON: the database is damaged.', { cause: error });
  }
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new StoreError(
    'corrupt',
    `A stored value does not have its shape (${z.prettifyError(parsed.error)}): the database is damaged, or another version wrote it.`,
  );
}

export function fromJsonOrNull<T>(shape: z.ZodType<T>, text: string | null): T | null {
  return text === null ? null : fromJson(shape, text);
}

export function toJsonOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}
