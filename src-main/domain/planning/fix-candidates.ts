import type { PlanPhase } from '../plan.ts';
import type { PlanChange } from './changes.ts';
import type { ExperimentToPlan, PlannedModel } from './plan-experiment.ts';
import { qualityNote, type QualityTable, type QuantizedFile } from './quantization.ts';

/** What a fix takes away; "nothing" comes first. */
export type FixCost = 'nothing' | 'speed' | 'length' | 'quality' | 'money';

/** A change, or several, that may help; whether they do is for a plan to say. */
export interface Candidate {
  readonly changes: readonly PlanChange[];
  /** What to do and what it costs, as a sentence. */
  readonly sentence: string;
  readonly costs: FixCost;
}

const BATCHES = [256, 128, 64] as const;
const LEAST_CONTEXT = 512;

/** Changes that cost speed, length or next to no quality, smallest step of each that may be enough. */
export function gentleChanges(
  model: PlannedModel,
  phase: PlanPhase | null,
  experiment: ExperimentToPlan,
): Candidate[] {
  if (phase === null) {
    return [];
  }
  const { modelId, modelName } = model;
  const { settings } = phase;
  const changes: Candidate[] = [];
  const add = (change: PlanChange, sentence: string, costs: FixCost): void => {
    changes.push({ changes: [change], sentence, costs });
  };
  if (!settings.flashAttention) {
    add({ kind: 'flash-attention', modelId }, `Use flash attention for ${modelName}.`, 'nothing');
  }
  const context = shorterContext(model, settings.contextPerSequence);
  if (context !== null) {
    add({ kind: 'context', modelId, contextPerSequence: context.tokens }, context.sentence, 'length');
  }
  if (settings.kvType === 'f16') {
    add(
      { kind: 'kv-type', modelId, kvType: 'q8_0' },
      `Keep ${modelName}'s cache in 8 bits instead of 16: half the cache, hardly a difference in answers.`,
      'quality',
    );
  }
  for (const batch of BATCHES.filter((b) => b < settings.batch).slice(0, 2)) {
    add(
      { kind: 'batch', modelId, batch },
      `Read ${modelName}'s prompts ${batch} tokens at a time instead of ${settings.batch}: prompts take longer.`,
      'speed',
    );
  }
  const fewer = Math.floor(settings.sequences / 2);
  if (fewer >= 1) {
    add(
      { kind: 'sequences', modelId, sequences: fewer },
      `Run ${fewer} instead of ${settings.sequences} sequences of ${modelName} at once: slower by up to half.`,
      'speed',
    );
  }
  return experiment.machine.gpus.length === 0 && changes.length === 0 ? [] : changes;
}

function shorterContext(model: PlannedModel, context: number): { tokens: number; sentence: string } | null {
  const { prompts, newTokens, modelName } = model;
  if (prompts !== null && prompts.p99 + newTokens + 8 < context - 255) {
    const tokens = Math.ceil((prompts.p99 + newTokens + 8) / 256) * 256;
    return {
      tokens,
      sentence: `Give ${modelName} a context of ${tokens} tokens: enough for 99 % of the prompts; the longest, ${prompts.max} tokens, would be skipped.`,
    };
  }
  const tokens = Math.max(LEAST_CONTEXT, Math.floor(context / 512) * 256);
  return prompts === null && tokens < context
    ? {
        tokens,
        sentence: `Give ${modelName} a context of ${tokens} instead of ${context} tokens, if the prompts are that short.`,
      }
    : null;
}

interface QuantizationOptions {
  readonly files: (modelId: string) => readonly QuantizedFile[];
  readonly quality: QualityTable | null;
}

/** The next steps down the ladder, until one fits. */
export function quantizationChanges(model: PlannedModel, options: QuantizationOptions): Candidate[] {
  const files = options.files(model.modelId);
  const now = files.findIndex((f) => f.header === model.header);
  return files.slice(now + 1).map((file) => {
    const note = options.quality === null ? null : qualityNote(file.recipe, options.quality);
    const where = file.atHand ? 'the file at hand' : 'a file you would have to get';
    return {
      changes: [{ kind: 'quantization', modelId: model.modelId, recipe: file.recipe }],
      sentence: `Use ${model.modelName} in ${file.recipe} (${where}).${note === null ? '' : ` ${note}`}`,
      costs: 'quality',
    };
  });
}

/** All gentle changes at once. */
export function combined(gentle: readonly Candidate[]): Candidate {
  const kinds = new Set<string>();
  const changes = gentle
    .flatMap((c) => c.changes)
    .filter((change) => {
      const key = `${change.kind}${'modelId' in change ? change.modelId : ''}`;
      const first = !kinds.has(key);
      kinds.add(key);
      return first;
    });
  return {
    changes,
    sentence: `All of these together: ${[...new Set(changes.map((c) => PLAIN_NAMES[c.kind]))].join(', ')}.`,
    costs: 'quality',
  };
}

const PLAIN_NAMES: Readonly<Record<PlanChange['kind'], string>> = {
  schedule: 'models in turn',
  'flash-attention': 'flash attention',
  batch: 'smaller batches',
  context: 'a shorter context',
  'kv-type': 'an 8-bit cache',
  sequences: 'fewer sequences',
  quantization: 'a smaller file',
  offload: 'layers on the CPU',
  devices: 'another card',
  box: 'another machine',
};
