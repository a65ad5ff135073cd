import type { Schedule } from '../../plan.ts';
import { PlainReader } from '../parsing.ts';

/** A model in one quantization. */
export interface Part {
  readonly model: string;
  readonly recipe: string;
}

/** A part on a box. */
export interface Setup extends Part {
  readonly box: string;
}

/** What it takes to check a claim. GB are 2^30 bytes, as cards are sold. */
export type ClaimCheck =
  | { readonly kind: 'memory'; readonly part: Part; readonly gb: number }
  | { readonly kind: 'together'; readonly parts: readonly Part[]; readonly gb: number }
  | {
      readonly kind: 'runs';
      readonly parts: readonly Part[];
      readonly box: string;
      readonly schedule: Schedule;
      /** What the claim says: it runs, or it does not. */
      readonly expected: boolean;
      /** The claim promises room: a tenth of every card. */
      readonly comfortable: boolean;
      readonly batch: number | null;
      readonly sequences: number | null;
    }
  | { readonly kind: 'card-memory'; readonly card: string; readonly gb: number }
  | { readonly kind: 'box-memory'; readonly box: string; readonly gb: number }
  | { readonly kind: 'reduction'; readonly part: Part; readonly percent: number }
  | { readonly kind: 'quality'; readonly recipe: string; readonly percent: number }
  | { readonly kind: 'sequential-peak'; readonly parts: readonly Part[] }
  | { readonly kind: 'offload'; readonly setup: Setup }
  | { readonly kind: 'disk'; readonly part: Part; readonly ramGb: number }
  | { readonly kind: 'batch'; readonly part: Part; readonly batch: number }
  | { readonly kind: 'price'; readonly card: string; readonly low: number; readonly high: number }
  | {
      readonly kind: 'time';
      readonly role: 'generate' | 'judge';
      readonly setups: readonly Setup[];
      /** Minutes. */
      readonly low: number;
      readonly high: number;
    }
  | {
      readonly kind: 'cost';
      readonly parts: readonly Part[];
      readonly boxes: readonly string[];
      readonly low: number;
      readonly high: number;
    }
  | { readonly kind: 'statement'; readonly answer: string; readonly right: boolean | null };

export interface Claim {
  readonly id: string;
  readonly section: string;
  readonly quote: string;
  readonly check: ClaimCheck;
}

export interface ClaimList {
  readonly document: string;
  readonly claims: readonly Claim[];
}

const SCHEDULES = ['sequential', 'together', 'split'] as const;

const READERS: Readonly<Record<ClaimCheck['kind'], (r: PlainReader) => ClaimCheck>> = {
  memory: (r) => ({ kind: 'memory', part: part(r), gb: r.number('gb', 0) }),
  together: (r) => ({ kind: 'together', parts: r.list('parts', part), gb: r.number('gb', 0) }),
  runs: (r) => ({
    kind: 'runs',
    parts: r.list('parts', part),
    box: r.text('box'),
    schedule: r.choice('schedule', SCHEDULES),
    expected: r.flag('expected'),
    comfortable: r.flag('comfortable'),
    batch: r.has('batch') ? r.number('batch', 1) : null,
    sequences: r.has('sequences') ? r.number('sequences', 1) : null,
  }),
  'card-memory': (r) => ({ kind: 'card-memory', card: r.text('card'), gb: r.number('gb', 0) }),
  'box-memory': (r) => ({ kind: 'box-memory', box: r.text('box'), gb: r.number('gb', 0) }),
  reduction: (r) => ({ kind: 'reduction', part: part(r), percent: r.number('percent', 0) }),
  quality: (r) => ({ kind: 'quality', recipe: r.text('recipe'), percent: r.number('percent', 0) }),
  'sequential-peak': (r) => ({ kind: 'sequential-peak', parts: r.list('parts', part) }),
  offload: (r) => ({ kind: 'offload', setup: setup(r) }),
  disk: (r) => ({ kind: 'disk', part: part(r), ramGb: r.number('ramGb', 1) }),
  batch: (r) => ({ kind: 'batch', part: part(r), batch: r.number('batch', 1) }),
  price: (r) => ({
    kind: 'price',
    card: r.text('card'),
    low: r.number('low', 0),
    high: r.number('high', 0),
  }),
  time: (r) => ({
    kind: 'time',
    role: r.choice('role', ['generate', 'judge']),
    setups: r.list('setups', setup),
    low: r.number('low', 0),
    high: r.number('high', 0),
  }),
  cost: (r) => ({
    kind: 'cost',
    parts: r.list('parts', part),
    boxes: r.texts('boxes'),
    low: r.number('low', 0),
    high: r.number('high', 0),
  }),
  statement: (r) => ({
    kind: 'statement',
    answer: r.text('answer'),
    right: r.has('right') ? r.flag('right') : null,
  }),
};

function part(reader: PlainReader): Part {
  return { model: reader.text('model'), recipe: reader.text('recipe') };
}

function setup(reader: PlainReader): Setup {
  return { ...part(reader), box: reader.text('box') };
}

function isKind(kind: string): kind is ClaimCheck['kind'] {
  return Object.hasOwn(READERS, kind);
}

/** Claims of resources/catalogue/seed-claims.json. Throws a sentence that names the entry. */
export function parseClaims(value: unknown): ClaimList {
  const reader = new PlainReader(value, 'The list of claims');
  return {
    document: reader.text('document'),
    claims: reader.list('claims', (claim) => {
      const check = claim.inner('check');
      const kind = check.text('kind');
      if (!isKind(kind)) {
        throw new Error(`The claim "${claim.text('quote')}" has a check of a kind nobody knows: "${kind}".`);
      }
      return {
        id: claim.text('id'),
        section: claim.text('section'),
        quote: claim.text('quote'),
        check: READERS[kind](check),
      };
    }),
  };
}
