import type { Backend, Gpu, Machine } from '../hardware.ts';
import { GIB } from '../memory/ggml-types.ts';
import { PlainReader } from './parsing.ts';

/** A card of the catalogue: what decides whether a model fits, and how fast it can be at most. */
export interface Card {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly vendor: Gpu['vendor'];
  readonly backend: Backend;
  readonly kind: 'laptop' | 'desktop' | 'workstation' | 'datacenter' | 'integrated' | 'apple';
  /** As the driver reports it. */
  readonly memoryBytes: number;
  /** What a process can take when nothing else runs. */
  readonly usableBytes: number;
  readonly bandwidthBytesPerSecond: number;
  readonly fp16FlopsPerSecond: number;
  /** Shares memory with the CPU. */
  readonly unified: boolean;
  readonly source: string;
}

const VENDORS = ['nvidia', 'amd', 'intel', 'apple', 'software', 'unknown'] as const;
const BACKENDS = ['cuda', 'vulkan', 'metal', 'cpu'] as const;
const KINDS = ['laptop', 'desktop', 'workstation', 'datacenter', 'integrated', 'apple'] as const;

/** Cards of resources/catalogue/cards.json, or of a user's own file. Throws a sentence that names the entry. */
export function parseCards(value: unknown): Card[] {
  return new PlainReader(value, 'The catalogue of cards').list('cards', (card) => ({
    name: card.text('name'),
    aliases: card.texts('aliases'),
    vendor: card.choice('vendor', VENDORS),
    backend: card.choice('backend', BACKENDS),
    kind: card.choice('kind', KINDS),
    memoryBytes: card.number('memoryBytes', 1),
    usableBytes: card.number('usableBytes', 1),
    bandwidthBytesPerSecond: card.number('bandwidthBytesPerSecond', 1),
    fp16FlopsPerSecond: card.number('fp16FlopsPerSecond', 1),
    unified: card.flag('unified'),
    source: card.text('source'),
  }));
}

/** Some cards, real or imagined, in one machine. */
export interface Box {
  readonly name: string;
  readonly cards: readonly Card[];
}

/** Words that drivers and shops put around a card's name. */
const NOISE =
  /\b(nvidia|geforce|amd|radeon|intel|apple|tesla|instinct|quadro|graphics|gpu|sxm\d?|pcie|hbm\d?e?|generation)\b|\(r\)|\(tm\)/g;

function plainName(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[-_/]/g, ' ')
    .replaceAll(NOISE, ' ')
    .replaceAll(/(\d+)\s*(?:gb|gib)\b/g, '$1gb')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function named(cards: readonly Card[], name: string): Card | null {
  const lower = name.trim().toLowerCase();
  const exact = cards.find((c) => [c.name, ...c.aliases].some((n) => n.toLowerCase() === lower));
  if (exact !== undefined) {
    return exact;
  }
  const wanted = plainName(name);
  const plain = (card: Card): string[] => [card.name, ...card.aliases].map(plainName);
  return cards.find((c) => plain(c).includes(wanted)) ?? null;
}

/** A card known by its memory only: "24GB". */
function anonymousCard(gibibytes: number): Card {
  const memoryBytes = gibibytes * GIB;
  return {
    name: `${gibibytes} GB card`,
    aliases: [],
    vendor: 'unknown',
    backend: 'cuda',
    kind: 'desktop',
    memoryBytes,
    usableBytes: memoryBytes - ANONYMOUS_KEPT * memoryBytes,
    bandwidthBytesPerSecond: ANONYMOUS_BANDWIDTH,
    fp16FlopsPerSecond: ANONYMOUS_FLOPS,
    unified: false,
    source: 'memory given by the user; speed of a middling card assumed',
  };
}

/** What a driver keeps of a card nobody named, and how fast such a card is taken to be. */
const ANONYMOUS_KEPT = 0.01;
const ANONYMOUS_BANDWIDTH = 600e9;
const ANONYMOUS_FLOPS = 80e12;

/**
 * Reads a box as people write it: "RTX 4090", "2x RTX 4090", "2 × A100 80GB + RTX 4090", "8xH200", "2x24GB" (cards known by
 * memory only), "cpu" or "none". Throws a sentence with near names when a card is not in the catalogue.
 */
export function parseBox(text: string, cards: readonly Card[]): Box {
  const trimmed = text.trim();
  if (/^(cpu|none|no gpu|)$/i.test(trimmed)) {
    return { name: 'CPU only', cards: [] };
  }
  const parts = trimmed.split(/\s*(?:\+|,|\band\b|&)\s*/i).filter((p) => p !== '');
  const found = parts.flatMap((part) => {
    const { count, name } = countAndName(part);
    const memory = /^(\d+(?:\.\d+)?)\s*(?:gb|gib)$/i.exec(name);
    const card = memory?.[1] === undefined ? named(cards, name) : anonymousCard(Number(memory[1]));
    if (card === null) {
      throw new Error(notFound(name, cards));
    }
    return Array.from({ length: count }, () => card);
  });
  return { name: boxName(found), cards: found };
}

function countAndName(part: string): { count: number; name: string } {
  const match = /^(\d+)\s*(?:[x×*]\s*|\s+of\s+)(.+)$/i.exec(part.trim());
  const count = Number(match?.[1] ?? 1);
  if (count < 1 || count > 64) {
    throw new Error(`A box has between 1 and 64 cards, not ${count}.`);
  }
  return { count, name: (match?.[2] ?? part).trim() };
}

function notFound(name: string, cards: readonly Card[]): string {
  const pairs = letterPairs(plainName(name));
  // Twice the shared pairs of letters over all pairs (Dice): a digit off weighs less than another family.
  const likeness = (card: Card): number => {
    const own = letterPairs(plainName(card.name));
    return (2 * [...own].filter((pair) => pairs.has(pair)).length) / (own.size + pairs.size);
  };
  const offer = cards
    .map((card) => ({ name: card.name, like: likeness(card) }))
    .toSorted((a, b) => b.like - a.like)
    .slice(0, 6)
    .map((card) => card.name);
  return `There is no card called "${name}" in the catalogue. Did you mean ${offer.join(', ')}? Or give its memory: "24GB".`;
}

function letterPairs(text: string): Set<string> {
  return new Set(Array.from({ length: Math.max(0, text.length - 1) }, (_, at) => text.slice(at, at + 2)));
}

/** "2× A100 80GB + RTX 4090". */
export function boxName(cards: readonly Card[]): string {
  const counts = new Map<string, number>();
  for (const card of cards) {
    counts.set(card.name, (counts.get(card.name) ?? 0) + 1);
  }
  const parts = [...counts].map(([name, count]) => (count === 1 ? name : `${count}× ${name}`));
  return parts.length === 0 ? 'CPU only' : parts.join(' + ');
}

/** What a box's computer is taken to be where nobody said. */
export interface BoxComputer {
  readonly ramBytes: number;
  readonly physicalCores: number;
  /** Epoch ms of the plan. */
  readonly at: number;
}

/** RAM kept by the system itself. */
const SYSTEM_BYTES = 2 * GIB;

/** A box as a machine that can be planned on: every card free. */
export function boxMachine(box: Box, computer: BoxComputer): Machine {
  return {
    at: computer.at,
    hostname: box.name,
    os: 'any',
    arch: 'any',
    gpus: box.cards.map(boxGpu),
    cpu: {
      model: 'not given',
      physicalCores: computer.physicalCores,
      logicalCores: computer.physicalCores * 2,
      features: [],
      loadPercent: null,
    },
    memory: {
      totalBytes: computer.ramBytes,
      availableBytes: Math.max(0, computer.ramBytes - SYSTEM_BYTES),
      swapTotalBytes: 0,
      swapUsedBytes: 0,
      source: 'user',
    },
    disks: [],
    notes: [],
  };
}

function boxGpu(card: Card, index: number): Gpu {
  return {
    id: `box-${index}`,
    index,
    name: card.name,
    backend: card.backend,
    vendor: card.vendor,
    vramTotalBytes: card.memoryBytes,
    vramUsedBytes: card.memoryBytes - card.usableBytes,
    vramFreeBytes: card.usableBytes,
    utilizationPercent: null,
    temperatureCelsius: null,
    powerWatts: null,
    driver: null,
    memorySource: 'catalogue',
    unified: card.unified,
    software: false,
  };
}

/**
 * The catalogue's entry for a card that a driver named ("NVIDIA GeForce RTX 4090", "NVIDIA A100-SXM4-80GB"): by name, the
 * memory deciding between sizes. Null when there is none.
 */
export function cardOfGpu(gpu: Gpu, cards: readonly Card[]): Card | null {
  const direct = named(cards, gpu.name);
  if (direct !== null) {
    return direct;
  }
  const wanted = plainName(gpu.name);
  const total = gpu.vramTotalBytes;
  const candidates = cards.filter((c) => [c.name, ...c.aliases].some((n) => sameModel(wanted, plainName(n))));
  if (total === null) {
    return candidates[0] ?? null;
  }
  const distance = (c: Card): number => Math.abs(c.memoryBytes - total);
  return candidates.toSorted((a, b) => distance(a) - distance(b))[0] ?? null;
}

/** Names are of one model when they agree but for the memory at the end. */
function sameModel(a: string, b: string): boolean {
  const bare = (name: string): string => name.replaceAll(/\b\d+gb\b/g, '').trim();
  return bare(a) !== '' && bare(a) === bare(b);
}
