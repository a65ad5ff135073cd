import type { ModelChoice } from '../../../src-main/domain/experiment.ts';
import { compact, intParam, oneOfParam, type SearchRecord } from '../../lib/search-params.ts';

export type KvType = NonNullable<ModelChoice['kvType']>;

/** How a model of this machine is loaded, as the form shows it. */
export interface Load {
  readonly kvType: KvType;
  readonly context: number | 'auto';
  readonly sequences: number | 'auto';
  readonly gpuLayers: number | 'auto';
}

export const KV_TYPES = ['f16', 'q8_0', 'q4_0'] as const satisfies readonly KvType[];

export const loadOf = ({ kvType = 'f16', context, sequences, gpuLayers }: ModelChoice): Load => ({
  kvType,
  context,
  sequences,
  gpuLayers,
});

/** The choice loaded otherwise. The usual cache is not written into it: a file without it says the same. */
export function withLoad<T extends ModelChoice>(choice: T, load: Partial<Load>): T {
  const { kvType, ...rest } = { ...loadOf(choice), ...load };
  const { kvType: _, ...others } = choice;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- T without its optional `kvType`, and with it again
  return { ...others, ...rest, ...(kvType === 'f16' ? {} : { kvType }) } as T;
}

/** What of it was chosen, in an address; undefined when nothing was. */
export function loadParam(value: unknown): Partial<Load> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const record: SearchRecord = { ...value };
  const load = compact({
    kvType: oneOfParam(record['kvType'], KV_TYPES),
    context: intParam(record['context']) || undefined,
    sequences: intParam(record['sequences']) || undefined,
    gpuLayers: intParam(record['gpuLayers']),
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
export function loadSentence({ kvType, context, sequences, gpuLayers }: Load): string {
  const chosen = [
    `KV cache ${kvType}`,
    ...(context === 'auto' ? [] : [`${context.toLocaleString('en')} tokens of context`]),
    ...(sequences === 'auto' ? [] : [`${sequences} at a time`]),
    ...(gpuLayers === 'auto' ? [] : [`${gpuLayers} layers on the GPU`]),
  ];
  return chosen.length === 4 ? chosen.join(', ') : `${chosen.join(', ')}, the rest as planned`;
}
