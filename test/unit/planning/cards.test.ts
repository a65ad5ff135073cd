import { expect, test } from 'vitest';
import { boxName, cardOfGpu, parseBox, parseCards } from '../../../src-main/domain/planning/cards.ts';
import { box, CARDS, GIB } from './worlds.ts';

// Catches: a catalogue that lost cards, sources, or has units wrong by a thousand.
test('the catalogue holds at least 40 cards, each with a source and plausible figures', () => {
  expect(CARDS.length).toBeGreaterThanOrEqual(40);
  const kinds = new Set(CARDS.map((c) => c.kind));
  expect([...kinds].toSorted()).toEqual(
    ['apple', 'datacenter', 'desktop', 'integrated', 'laptop', 'workstation'].toSorted(),
  );
  expect(new Set(CARDS.map((c) => c.vendor))).toEqual(new Set(['nvidia', 'amd', 'intel', 'apple']));
  for (const card of CARDS) {
    expect(card.source.length).toBeGreaterThan(10);
    expect(card.usableBytes).toBeLessThanOrEqual(card.memoryBytes);
    expect(card.usableBytes).toBeGreaterThan(0.5 * card.memoryBytes);
    expect(card.bandwidthBytesPerSecond).toBeGreaterThan(30e9);
    expect(card.bandwidthBytesPerSecond).toBeLessThan(10e12);
    expect(card.fp16FlopsPerSecond).toBeGreaterThan(1e12);
    expect(card.fp16FlopsPerSecond).toBeLessThan(3e15);
  }
});

// Catches: two entries with one name or alias: which is meant then depends on their order.
test('no name or alias means two cards', () => {
  const names = CARDS.flatMap((c) => [...new Set([c.name, ...c.aliases].map((n) => n.toLowerCase()))]);
  expect(names.filter((n, i) => names.indexOf(n) !== i)).toEqual([]);
});

test.each([
  ['RTX 4090', ['RTX 4090']],
  ['2x RTX 4090', ['RTX 4090', 'RTX 4090']],
  ['2 × A100 80GB + RTX 4090', ['A100 80GB', 'A100 80GB', 'RTX 4090']],
  ['8xH200', Array.from({ length: 8 }, () => 'H200')],
  ['nvidia geforce rtx 3090', ['RTX 3090']],
  ['2*a100 40gb', ['A100 40GB', 'A100 40GB']],
  ['RTX 4060, RTX 4090', ['RTX 4060', 'RTX 4090']],
  ['cpu', []],
  ['', []],
])('"%s" is read as people mean it', (text, names) => {
  expect(parseBox(text, CARDS).cards.map((c) => c.name)).toEqual(names);
});

// Catches: a card's name with a number at its start, or a memory size, taken for a count.
test('a box by memory alone, and names that begin with a number', () => {
  expect(parseBox('2x24GB', CARDS).cards.map((c) => c.memoryBytes)).toEqual([24 * GIB, 24 * GIB]);
  expect(parseBox('4090 Laptop', CARDS).cards.map((c) => c.name)).toEqual(['RTX 4090 Laptop']);
});

// Catches: a typo planned as some other card, or an error that does not help.
test('an unknown card is refused with near names', () => {
  expect(() => parseBox('RTX 4095', CARDS)).toThrow(/no card called "RTX 4095".*24GB/);
  expect(() => parseBox('65x RTX 4090', CARDS)).toThrow('between 1 and 64');
  expect(() => parseBox('A100 60GB', CARDS)).toThrow('A100 40GB');
});

test('a box is named by its cards', () => {
  expect(boxName(parseBox('RTX 4060 + 2x RTX 4090', CARDS).cards)).toBe('RTX 4060 + 2× RTX 4090');
  expect(boxName([])).toBe('CPU only');
});

// Catches: a driver's name that is not recognised, or the wrong size of a card that comes in two.
test.each([
  ['NVIDIA GeForce RTX 4090', 24564, 'RTX 4090'],
  ['NVIDIA A100-SXM4-80GB', 81920, 'A100 80GB'],
  ['NVIDIA A100-SXM4-40GB', 40960, 'A100 40GB'],
  ['NVIDIA A100-PCIE-40GB', 40960, 'A100 40GB'],
  ['NVIDIA H100 80GB HBM3', 81559, 'H100 SXM 80GB'],
  ['NVIDIA GeForce RTX 4060 Laptop GPU', 8188, 'RTX 4060 Laptop'],
  ['NVIDIA GeForce RTX 3060', 12288, 'RTX 3060 12GB'],
  ['NVIDIA L40S', 46068, 'L40S'],
  ['Tesla T4', 15360, 'T4'],
  ['AMD Radeon RX 7900 XTX', 24560, 'RX 7900 XTX'],
  ['Apple M2 Ultra', 196608, 'Apple M2 Ultra 192GB'],
])('%s with %i MiB is %s', (name, mebibytes, card) => {
  const gpus = box('RTX 4090').gpus.map((gpu) => ({ ...gpu, name, vramTotalBytes: mebibytes * 2 ** 20 }));
  expect(gpus.map((gpu) => cardOfGpu(gpu, CARDS)?.name)).toEqual([card]);
});

// Catches: some card taken for one nobody knows.
test('a card that is not in the catalogue is not one of it', () => {
  const [gpu] = box('RTX 4090').gpus;
  expect(gpu && cardOfGpu({ ...gpu, name: 'Frobnicator 9000' }, CARDS)).toBeNull();
});

// Catches: a digit off, answered with whatever the catalogue begins with.
test('a name that is nearly right is answered with the right one first', () => {
  expect(() => box('2x RTX 4990')).toThrow('Did you mean RTX 4090,');
  expect(() => box('A100 90GB')).toThrow(/Did you mean A100 \d0GB, A100 \d0GB/);
});

// Catches: a broken entry of a user's file read as zeros.
test('an entry that is wrong is named', () => {
  const good = { ...CARDS[0] };
  expect(() => parseCards({ cards: [good, { ...good, memoryBytes: '24GB' }] })).toThrow(
    'The catalogue of cards, cards[1]: "memoryBytes" must be a number',
  );
  expect(() => parseCards({ cards: [{ ...good, vendor: 'acme' }] })).toThrow('"vendor" must be one of');
  expect(() => parseCards([])).toThrow('must be an object');
});
