import { MIB } from '../memory/ggml-types.ts';
import type { ComponentName, Plan, PlanDevice, PlanPhase } from '../plan.ts';
import { applyChange, type ChangeContext, type PlanChange } from './changes.ts';
import { fits } from './plan-model.ts';
import { planExperiment, type ExperimentToPlan, type PlannedModel } from './plan-experiment.ts';
import { qualityNote, type QualityTable } from './quantization.ts';
import { mebibytes } from './verdict.ts';

/** Why a phase does not fit on a device. */
export interface Shortage {
  readonly role: PlanPhase['role'];
  readonly modelId: string;
  readonly modelName: string;
  readonly deviceId: string;
  readonly deviceName: string;
  readonly missingBytes: number;
  /** The component that broke it: the cheapest one to shrink that is as large as what is missing. */
  readonly component: ComponentName;
}

/** Components from the one that costs least to shrink to the one that costs most. */
const CHEAPEST_FIRST: readonly ComponentName[] = [
  'compute',
  'kv-cache',
  'recurrent-state',
  'output',
  'driver-context',
  'process',
  'weights',
];

function brokenBy(device: PlanDevice): ComponentName {
  const missing = -device.marginBytes;
  return (
    CHEAPEST_FIRST.find((name) => device.components.some((c) => c.name === name && c.bytes >= missing)) ??
    'weights'
  );
}

/** Every device on which something is missing, with the component that broke it. */
export function shortages(plan: Plan): Shortage[] {
  return plan.phases.flatMap((phase) =>
    phase.devices
      .filter((d) => d.marginBytes < 0)
      .map((d) => ({
        role: phase.role,
        modelId: phase.modelId,
        modelName: phase.modelName,
        deviceId: d.deviceId,
        deviceName: d.name,
        missingBytes: -d.marginBytes,
        component: brokenBy(d),
      })),
  );
}

/** A way out, re-planned. */
export interface Fix {
  /** To be applied in this order; usually one. */
  readonly changes: readonly PlanChange[];
  /** What to do and what it costs, as a sentence. */
  readonly sentence: string;
  readonly costs: 'nothing' | 'speed' | 'length' | 'quality' | 'money';
  readonly plan: Plan;
}

/** What fixes may draw on. */
export interface FixOptions extends ChangeContext {
  readonly quality: QualityTable | null;
  /** Names of boxes to offer, cheapest first. */
  readonly boxes: readonly string[];
}

interface Candidate {
  readonly changes: readonly PlanChange[];
  readonly sentence: string;
  readonly costs: Fix['costs'];
}

const BATCHES = [256, 128, 64] as const;
const LEAST_CONTEXT = 512;

/** Every model of the experiment that is not whole on its devices in the plan. */
function troubled(experiment: ExperimentToPlan, plan: Plan): PlannedModel[] {
  const models = [...(experiment.generator === null ? [] : [experiment.generator]), ...experiment.judges];
  return models.filter((model) => plan.phases.some((p) => p.modelId === model.modelId && !isWhole(p)));
}

function isWhole(phase: PlanPhase): boolean {
  return fits(phase) && (phase.settings.backend === 'cpu' || phase.settings.gpuLayers >= phase.totalLayers);
}

/**
 * The cheapest ways to make an experiment fit whole, in order of what they cost: first what costs nothing, then length and speed,
 * then quality, then money. Each was planned again and fits. When no single change is enough, one that adds them up.
 */
export function fixesFor(experiment: ExperimentToPlan, plan: Plan, options: FixOptions): Fix[] {
  const models = troubled(experiment, plan);
  if (models.length === 0) {
    return [];
  }
  const whole = models.reduce(
    (e, m) => applyChange(e, { kind: 'offload', modelId: m.modelId, gpuLayers: WHOLE }, options),
    experiment,
  );
  const gentle = models.flatMap((model) => gentleChanges(model, phaseOf(plan, model), experiment));
  const candidates = [
    ...scheduleChanges(experiment, plan),
    ...gentle,
    ...models.flatMap((model) => quantizationChanges(model, options)),
  ];
  const found = candidates.flatMap((candidate) => attempt(whole, candidate, options));
  if (found.length === 0) {
    found.push(...attempt(whole, combined(gentle), options));
  }
  found.push(...models.flatMap((model) => offloadFix(experiment, model, options)));
  found.push(...models.flatMap((model) => deviceFixes(whole, model, options)));
  const box = options.boxes
    .map((name) => boxCandidate(name))
    .find((c) => attempt(whole, c, options).length > 0);
  return box === undefined ? found : [...found, ...attempt(whole, box, options)];
}

/** More layers than any model has: all of them, or not at all. */
const WHOLE = 100_000;

function phaseOf(plan: Plan, model: PlannedModel): PlanPhase | null {
  return plan.phases.find((p) => p.modelId === model.modelId) ?? null;
}

function attempt(experiment: ExperimentToPlan, candidate: Candidate, options: FixOptions): Fix[] {
  if (candidate.changes.length === 0) {
    return [];
  }
  const changed = candidate.changes.reduce((e, change) => applyChange(e, change, options), experiment);
  const plan = planExperiment(changed);
  return plan.phases.every(isWhole) ? [{ ...candidate, plan }] : [];
}

function scheduleChanges(experiment: ExperimentToPlan, plan: Plan): Candidate[] {
  const now = experiment.schedule === 'auto' ? 'sequential' : experiment.schedule;
  if (plan.phases.length < 2 || now === 'sequential') {
    return [];
  }
  return [
    {
      changes: [{ kind: 'schedule', schedule: 'sequential' }],
      sentence: 'Load the models in turn: generate, unload, judge.',
      costs: 'nothing',
    },
  ];
}

/** Changes that cost speed, length or next to no quality, smallest step of each that may be enough. */
function gentleChanges(
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
  const add = (change: PlanChange, sentence: string, costs: Fix['costs']): void => {
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

/** The next steps down the ladder, until one fits. */
function quantizationChanges(model: PlannedModel, options: FixOptions): Candidate[] {
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
function combined(gentle: readonly Candidate[]): Candidate {
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

/** As many layers on the GPU as fit, the rest on the CPU. */
function offloadFix(experiment: ExperimentToPlan, model: PlannedModel, options: FixOptions): Fix[] {
  const change: PlanChange = { kind: 'offload', modelId: model.modelId, gpuLayers: 'auto' };
  const plan = planExperiment(applyChange(experiment, change, options));
  const phase = phaseOf(plan, model);
  if (
    phase === null ||
    !fits(phase) ||
    !plan.phases.every(fits) ||
    phase.settings.gpuLayers >= phase.totalLayers
  ) {
    return [];
  }
  const onCpu = phase.totalLayers - phase.settings.gpuLayers;
  const bytes =
    phase.devices.find((d) => d.deviceId === 'host')?.components.find((c) => c.name === 'weights')?.bytes ??
    0;
  return [
    {
      changes: [change],
      sentence:
        `Keep ${onCpu} of ${phase.totalLayers} layers of ${model.modelName} on the CPU: ` +
        `${mebibytes(bytes)} are then read from RAM for every token, ten to thirty times slower than from the card.`,
      costs: 'speed',
      plan,
    },
  ];
}

/** One card of the machine that takes the model whole. */
function deviceFixes(whole: ExperimentToPlan, model: PlannedModel, options: FixOptions): Fix[] {
  const cards = whole.machine.gpus.filter((g) => !g.software);
  const wanted = model.wishes.devices ?? 'auto';
  const others = cards.filter((card) => wanted !== 'auto' && !wanted.includes(card.id));
  for (const card of others) {
    const fix = attempt(
      whole,
      {
        changes: [{ kind: 'devices', modelId: model.modelId, devices: [card.id] }],
        sentence: `Run ${model.modelName} on ${card.name}.`,
        costs: 'nothing',
      },
      options,
    );
    if (fix.length > 0) {
      return fix;
    }
  }
  return [];
}

function boxCandidate(name: string): Candidate {
  return { changes: [{ kind: 'box', box: name }], sentence: `Use another machine: ${name}.`, costs: 'money' };
}

/** "Llama-3.1-70B: 1,234 MiB too much on A100 40GB, by its weights." */
export function shortageSentence(shortage: Shortage): string {
  const missing = Math.ceil(shortage.missingBytes / MIB).toLocaleString('en-US');
  return `${shortage.modelName}: ${missing} MiB too much on ${shortage.deviceName}; what breaks it is ${COMPONENTS[shortage.component]}.`;
}

const COMPONENTS: Readonly<Record<ComponentName, string>> = {
  weights: 'its weights',
  'kv-cache': 'its cache (context × sequences)',
  'recurrent-state': 'its recurrent state',
  compute: 'its compute buffer (batch × vocabulary)',
  output: 'its output buffer',
  'driver-context': "the driver's context",
  process: 'the process itself',
};
