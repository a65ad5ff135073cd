import type { PlanChange } from '../../../src-main/domain/planning/changes.ts';
import {
  compact,
  intParam,
  listParam,
  oneOfParam,
  textParam,
  type SearchRecord,
} from '../../lib/search-params.ts';

export const TABS = ['experiment', 'matrix', 'guide', 'ledger', 'prices'] as const;
const SCHEDULES = ['sequential', 'together', 'split'] as const;
const KV_TYPES = ['f16', 'q8_0', 'q4_0'] as const;

/** What the page plans. All of it is in the address: a plan can be sent to someone who has the same models. */
export const planSearch = (search: SearchRecord) =>
  compact({
    tab: oneOfParam(search['tab'], TABS),
    generator: textParam(search['generator']),
    judge: listParam(search['judge']),
    /** No generator: stored answers are judged. */
    judgeOnly: search['judgeOnly'] === true ? (true as const) : undefined,
    dataset: textParam(search['dataset']),
    /** "2x RTX 4090"; left out for this machine. */
    box: textParam(search['box']),
    /** GiB. */
    ram: intParam(search['ram']) || undefined,
    /** MiB. */
    reserve: intParam(search['reserve']),
    /** Tokens per sequence; left out, the dataset decides. */
    context: intParam(search['context']) || undefined,
    sequences: intParam(search['sequences']) || undefined,
    schedule: oneOfParam(search['schedule'], SCHEDULES),
    /** Fixes that were applied, in order. */
    changes: changesParam(search['changes']),
    /** Of the matrix and the guide. */
    models: listParam(search['models']),
    boxes: listParam(search['boxes']),
    recipes: listParam(search['recipes']),
    /** The matrix as one picture. */
    view: oneOfParam(search['view'], ['picture']),
  });

export type PlanSearch = ReturnType<typeof planSearch>;

/** What changes of it; undefined takes a part out of the address. */
export type PlanPatch = { readonly [K in keyof PlanSearch]?: PlanSearch[K] | undefined };

function changesParam(value: unknown): PlanChange[] | undefined {
  const changes = (Array.isArray(value) ? value : []).flatMap((item: unknown) => changeOf(item) ?? []);
  return changes.length === 0 ? undefined : changes;
}

function changeOf(value: unknown): PlanChange | null {
  if (typeof value !== 'object' || value === null) return null;
  const record: SearchRecord = { ...value };
  const modelId = textParam(record['modelId']);
  if (modelId === undefined) return null;
  const number = (key: string): number | undefined => intParam(record[key]);
  switch (record['kind']) {
    case 'flash-attention':
      return { kind: 'flash-attention', modelId };
    case 'batch': {
      const batch = number('batch');
      return batch === undefined ? null : { kind: 'batch', modelId, batch };
    }
    case 'context': {
      const contextPerSequence = number('contextPerSequence');
      return contextPerSequence === undefined ? null : { kind: 'context', modelId, contextPerSequence };
    }
    case 'kv-type': {
      const kvType = oneOfParam(record['kvType'], KV_TYPES);
      return kvType === undefined ? null : { kind: 'kv-type', modelId, kvType };
    }
    case 'sequences': {
      const sequences = number('sequences');
      return sequences === undefined ? null : { kind: 'sequences', modelId, sequences };
    }
    case 'quantization': {
      const recipe = textParam(record['recipe']);
      return recipe === undefined ? null : { kind: 'quantization', modelId, recipe };
    }
    case 'offload': {
      const gpuLayers = record['gpuLayers'] === 'auto' ? 'auto' : number('gpuLayers');
      return gpuLayers === undefined ? null : { kind: 'offload', modelId, gpuLayers };
    }
    case 'devices': {
      const devices = listParam(record['devices']);
      return devices === undefined ? null : { kind: 'devices', modelId, devices };
    }
    default:
      return null;
  }
}
