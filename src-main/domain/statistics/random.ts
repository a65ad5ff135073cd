/** A repeatable stream of pseudo-random numbers. */
export interface Random {
  /** Uniform in [0, 1), 32 bits of resolution. */
  next(): number;
  /** Uniform integer in [0, bound); bound from 1 to 2^32. */
  int(bound: number): number;
}

const rotateLeft = (x: number, k: number): number => (x << k) | (x >>> (32 - k));

/** One step of a 32-bit mixer: spreads small, similar seeds over the whole state. */
function mix32(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}

/**
 * xoshiro128** (Blackman and Vigna 2018), seeded from one integer. The same seed gives the same stream on
 * every machine, because only 32-bit integer operations are used: seeds are stored with results and must
 * mean something.
 */
export function createRandom(seed: number): Random {
  let counter = (seed ^ Math.floor(seed / 4294967296)) | 0;
  const word = (): number => {
    counter = (counter + 0x9e3779b9) | 0;
    return mix32(counter);
  };
  let a = word();
  let b = word();
  let c = word();
  let d = word();
  const next32 = (): number => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotateLeft(d, 11);
    return result;
  };
  return {
    next: () => next32() / 4294967296,
    int: (bound) => Math.floor((next32() / 4294967296) * bound),
  };
}

/** Murmur3-like hash of a text's UTF-16 units and a seed, unsigned 32 bits. Not for security. */
export function hashText(text: string, seed: number): number {
  let h = mix32(seed ^ 0x5bd1e995);
  for (let i = 0; i < text.length; i += 1) {
    h ^= Math.imul(rotateLeft(Math.imul(text.charCodeAt(i), 0xcc9e2d51), 15), 0x1b873593);
    h = (Math.imul(rotateLeft(h, 13), 5) + 0xe6546b64) | 0;
  }
  return mix32(h ^ text.length);
}

/**
 * Items in an order that depends on their content and the seed alone, not on where they stand in the file:
 * sorting by hash keeps a sample of N questions the same after rows are moved or appended. Items with equal
 * keys keep their order. Does not change its argument.
 */
export function seededOrder<T>(items: readonly T[], keyOf: (item: T) => string, seed: number): T[] {
  const keyed = items.map((item, index) => {
    const key = keyOf(item);
    return { item, index, high: hashText(key, seed), low: hashText(key, seed ^ 0x3c6ef372) };
  });
  keyed.sort((a, b) => a.high - b.high || a.low - b.low || a.index - b.index);
  return keyed.map((entry) => entry.item);
}

/** A random permutation of 0 … n−1 (Fisher–Yates). */
export function permutation(n: number, random: Random): number[] {
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i -= 1) {
    const j = random.int(i + 1);
    const held = order[i] ?? i;
    order[i] = order[j] ?? j;
    order[j] = held;
  }
  return order;
}
