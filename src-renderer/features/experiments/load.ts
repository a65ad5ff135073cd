import type { ModelChoice } from '../../../src-main/domain/experiment.ts';
import { compact, intParam, listParam, oneOfParam, type SearchRecord } from '../../lib/search-params.ts';

export type KvType = NonNullable<ModelChoice['kvType']>;

/** How a model of this machine is loaded, as the form shows it. */
export interface Load {
  readonly kvType: KvType;
  readonly context: number | 'auto';
  readonly sequences: number | 'auto';
  readonly batch: number | 'auto';
  readonly gpuLayers: number | 'auto';
  /** Cards by name or id; none for the CPU alone. */
  readonly devices: readonly string[] | 'auto';
}

export const KV_TYPES = ['f16', 'q8_0', 'q4_0'] as const satisfies readonly KvType[];

export const USUAL_LOAD: Load = {
  kvType: 'f16',
  context: 'auto',
  sequences: 'auto',
  batch: 'auto',
  gpuLayers: 'auto',
  devices: 'auto',
};

export function loadOf(choice: ModelChoice): Load {
  const { kvType = 'f16', context, sequences, batch, gpuLayers, devices } = choice;
  return { kvType, context, sequences, batch: batch ?? 'auto', gpuLayers, devices };
}

/** The choice loaded otherwise. The usual cache and batch are not written into it: a file without them says the same. */
export function withLoad<T extends ModelChoice>(choice: T, load: Partial<Load>): T {
  const { kvType, batch, ...rest } = { ...loadOf(choice), ...load };
  const { kvType: _kvType, batch: _batch, ...others } = choice;
  const unusual = { ...(kvType === 'f16' ? {} : { kvType }), ...(batch === 'auto' ? {} : { batch }) };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- T without its optional fields, and with them again
  return { ...others, ...rest, ...unusual } as T;
}

/** What of it was chosen, in an address; undefined when nothing was. */
export function loadParam(value: unknown): Partial<Load> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const record: SearchRecord = { ...value };
  const { devices } = record;
  const load = compact({
    kvType: oneOfParam(record['kvType'], KV_TYPES),
    context: intParam(record['context']) || undefined,
    sequences: intParam(record['sequences']) || undefined,
    batch: intParam(record['batch']) || undefined,
    gpuLayers: intParam(record['gpuLayers']),
    // An empty list is the CPU alone, and no list is as planned.
    devices: Array.isArray(devices) ? (listParam(devices) ?? []) : undefined,
  });
  return Object.keys(load).length === 0 ? undefined : load;
}

/** Loads of several models, in their order; null for one of which nothing was chosen. */
export function loadsParam(value: unknown): (Partial<Load> | null)[] | undefined {
  const loads = (Array.isArray(value) ? value : [value]).map((one: unknown) => loadParam(one) ?? null);
  return loads.every((load) => load === null) ? undefined : loads;
}

const CACHE_SIZE = { q8_0: 'about half', q4_0: 'little more than a quarter' } as const;

/** What is risked with a quantized cache, as sentences; null with the usual one. */
export function cacheWarning(kvType: KvType): string | null {
  return kvType === 'f16'
    ? null
    : `A cache in ${kvType} takes ${CACHE_SIZE[kvType]} of the memory of f16. node-llama-cpp calls it experimental, and ` +
        'answers and verdicts may differ from those with f16: they are kept apart, so compare them with runs of the same type.';
}

/** "KV cache q8_0, 4,096 tokens of context, the rest as planned". */
export function loadSentence({ kvType, context, sequences, batch, gpuLayers, devices }: Load): string {
  const chosen = [
    `KV cache ${kvType}`,
    ...(context === 'auto' ? [] : [`${context.toLocaleString('en')} tokens of context`]),
    ...(sequences === 'auto' ? [] : [`${sequences} at a time`]),
    ...(batch === 'auto' ? [] : [`prompts read ${batch.toLocaleString('en')} tokens at a time`]),
    ...(gpuLayers === 'auto' ? [] : [`${gpuLayers} layers on the GPU`]),
    ...(devices === 'auto'
      ? []
      : [devices.length === 0 ? 'on the CPU alone' : `on ${devices.join(' and ')}`]),
  ];
  return chosen.length === Object.keys(USUAL_LOAD).length
    ? chosen.join(', ')
    : `${chosen.join(', ')}, the rest as planned`;
}
