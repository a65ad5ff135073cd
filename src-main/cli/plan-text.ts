import type { PlannedExperiment, PromptCounts } from '../contract/planning.ts';
import type { PlanComponent, PlanPhase } from '../domain/plan.ts';
import type { ScheduleOption } from '../domain/planning/compare.ts';
import { shortageSentence } from '../domain/planning/fixes.ts';
import type { Range } from '../domain/planning/speed.ts';
import { formatMiB } from '../domain/units.ts';
import { formatSeconds, table } from './output.ts';

/** An experiment's plan as plain text: what a person reads before anything is started. */
export function planText(planned: PlannedExperiment): string {
  const { overview, box, dataset, prompts, notes } = planned;
  const { plan, comparison, shortages, fixes, best } = overview;
  const nameOf = (slot: string): string =>
    plan.phases.find((phase) => phase.modelId === slot)?.modelName ?? slot;
  const quantizations = best.map(
    ({ modelId, recipe, atHand, note }) =>
      `${nameOf(modelId)}: the best that fits whole is ${recipe}${atHand ? '' : ' (not at hand)'}. ${note ?? ''}`,
  );
  return [
    `${plan.verdict.toUpperCase()}: ${dataset} on ${box}, ${SCHEDULES[overview.schedule]}`,
    '',
    ...plan.reasons,
    ...(plan.reasons.length > 0 ? [''] : []),
    'Prompts',
    table(prompts, PROMPT_COLUMNS),
    'Memory, MiB',
    ...plan.phases.flatMap(phaseText),
    'Schedules',
    table(comparison.options, SCHEDULE_COLUMNS),
    ...breakEven(planned),
    ...list('What does not fit whole', shortages.map(shortageSentence)),
    ...list(
      'Ways out, cheapest first',
      fixes.map(({ sentence, costs }) => `${sentence} (costs ${costs})`),
    ),
    ...list('Quantization', [...new Set(quantizations)]),
    ...list('Notes', notes),
  ].join('\n');
}

const SCHEDULES = {
  sequential: 'models in turn',
  together: 'models together on the same cards',
  split: 'models on cards of their own',
} as const;

function list(title: string, sentences: readonly string[]): string[] {
  return sentences.length === 0 ? [] : [title, ...sentences.map((sentence) => `  - ${sentence.trim()}`), ''];
}

function questions({ counted, of, longestOf = counted }: PromptCounts): string {
  if (counted === of) return `${of} questions`;
  const longest = longestOf < of ? `of the first ${longestOf.toLocaleString('en')}` : 'of all';
  return `${counted.toLocaleString('en')} of ${of.toLocaleString('en')} questions, the longest ${longest}`;
}

const PROMPT_COLUMNS = [
  { head: 'role', cell: (p: PromptCounts) => p.role },
  { head: 'model', cell: (p: PromptCounts) => p.model, max: 50 },
  { head: 'prompts', cell: (p: PromptCounts) => p.counts.count.toLocaleString('en'), right: true },
  { head: 'p50', cell: (p: PromptCounts) => String(p.counts.p50), right: true },
  { head: 'p99', cell: (p: PromptCounts) => String(p.counts.p99), right: true },
  { head: 'longest', cell: (p: PromptCounts) => String(p.counts.max), right: true },
  { head: 'may write', cell: (p: PromptCounts) => String(p.newTokens), right: true },
  {
    head: 'tokens',
    cell: (p: PromptCounts) =>
      p.how === 'tokenizer' ? `counted (${questions(p)})` : 'estimated from characters',
  },
];

const PARTS = [
  ['weights', ['weights']],
  ['KV cache', ['kv-cache', 'recurrent-state']],
  ['compute', ['compute', 'output']],
  ['driver, process', ['driver-context', 'process']],
] as const;

function phaseText(phase: PlanPhase): string[] {
  const { settings } = phase;
  const mib = (bytes: number): string => formatMiB(bytes).replace(' MiB', '');
  const sum = (components: readonly PlanComponent[], names: readonly string[]): number =>
    components.reduce((total, c) => (names.includes(c.name) ? total + c.bytes : total), 0);
  const bases = new Set(phase.devices.flatMap((d) => d.components.map((c) => c.basis)));
  return [
    `${phase.role === 'generate' ? 'Generate' : 'Judge'} with ${phase.modelName}: ${settings.gpuLayers} of ${phase.totalLayers} layers on ` +
      `${settings.backend}, ${settings.sequences} × ${settings.contextPerSequence} tokens, KV ${settings.kvType}, batch ${settings.batch} (${[...bases].join(', ')})`,
    table(phase.devices, [
      { head: 'device', cell: (d) => d.name },
      ...PARTS.map(([head, names]) => ({
        head,
        cell: (d: PlanPhase['devices'][number]) => mib(sum(d.components, names)),
        right: true,
      })),
      { head: 'free', cell: (d) => mib(d.capacityBytes), right: true },
      { head: 'reserve', cell: (d) => mib(d.reserveBytes), right: true },
      { head: 'margin', cell: (d) => mib(d.marginBytes), right: true },
    ]),
  ];
}

function seconds([low, high]: Range): string {
  return `${formatSeconds(low)} – ${formatSeconds(high)}`;
}

const SCHEDULE_COLUMNS = [
  { head: 'schedule', cell: (o: ScheduleOption) => SCHEDULES[o.schedule] },
  { head: 'fits', cell: (o: ScheduleOption) => o.plan.verdict },
  {
    head: 'least margin',
    cell: (o: ScheduleOption) =>
      formatMiB(Math.min(...o.plan.phases.flatMap((p) => p.devices.map((d) => d.marginBytes)))),
    right: true,
  },
  { head: 'loading', cell: (o: ScheduleOption) => (o.time === null ? '' : seconds(o.time.fixedSeconds)) },
  { head: 'in all', cell: (o: ScheduleOption) => (o.time === null ? '' : seconds(o.time.totalSeconds)) },
  {
    head: 'rented',
    cell: ({ cost }: ScheduleOption) =>
      cost === null ? '' : `$${cost.usd[0].toFixed(2)} – $${cost.usd[1].toFixed(2)}`,
  },
];

function breakEven({ overview, pricesFrom }: PlannedExperiment): string[] {
  const { splitFromPrompts, togetherFromRounds, options } = overview.comparison;
  const lines: string[] = [];
  if (splitFromPrompts !== null && splitFromPrompts > 0)
    lines.push(
      `Cards of their own are faster than loading in turn from ${splitFromPrompts.toLocaleString('en')} prompts on.`,
    );
  if (togetherFromRounds !== null)
    lines.push(
      `Keeping all models loaded is faster than loading in turn ${togetherFromRounds === 1 ? 'from the first round' : `from ${togetherFromRounds} rounds`} of generating and judging on.`,
    );
  if (options.some((option) => option.cost !== null))
    lines.push(
      `Prices as of ${pricesFrom.date}${pricesFrom.path === null ? '; edit them on the Plan page' : `, from ${pricesFrom.path}`}.`,
    );
  return lines.length === 0 ? [] : [...lines, ''];
}
