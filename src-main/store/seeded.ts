/** 32-bit finalizer of MurmurHash3 (Austin Appleby, public domain): every input bit changes every output bit. */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A row as it is ordered: its content's SHA-256 in hexadecimal, or its first 16 digits and more. */
export interface SeededRow {
  readonly id: number;
  readonly sha: string;
  readonly occurrence: number;
}

/**
 * The place of a row in the order of a seed: smaller comes first. It depends on the row's content and occurrence
 * and on the seed only, in 32-bit integer arithmetic, so that any machine puts the same dataset in the same order,
 * whatever order its file had.
 *
 * key = mix(w1 ^ mix(seed + occurrence * 0x9e3779b9)) * 2^20 + top 20 bits of mix(w2 ^ mix(seed ^ 0x5bd1e995)),
 * with w1, w2 the first two big-endian 32-bit words of the row's SHA-256: 52 bits, exact in a double. Equal keys
 * are ordered by the hash and the occurrence.
 * @param seed any integer; its lower 32 bits count.
 */
export function seededKey(seed: number, row: SeededRow): number {
  const w1 = Number.parseInt(row.sha.slice(0, 8), 16);
  const w2 = Number.parseInt(row.sha.slice(8, 16), 16);
  const high = mix(w1 ^ mix((seed + Math.imul(row.occurrence, 0x9e3779b9)) | 0));
  const low = mix(w2 ^ mix(seed ^ 0x5bd1e995));
  return high * 2 ** 20 + (low >>> 12);
}

interface Keyed {
  readonly key: number;
  readonly row: SeededRow;
}

function compare(a: Keyed, b: Keyed): number {
  if (a.key !== b.key) return a.key - b.key;
  if (a.row.sha !== b.row.sha) return a.row.sha < b.row.sha ? -1 : 1;
  return a.row.occurrence - b.row.occurrence;
}

/** Ids of the first `limit` rows in the order of the seed (null: all). Small limits hold few rows in memory. */
export function seededOrder(rows: Iterable<SeededRow>, seed: number, limit: number | null): number[] {
  const kept: Keyed[] = [];
  const cap = limit === null ? Infinity : Math.max(limit, 1);
  // Beyond this the worse part is dropped, so that a sample of a large file stays small.
  const bound = Math.max(4 * cap, 4096);
  let worst = Infinity;
  for (const row of rows) {
    const key = seededKey(seed, row);
    if (key > worst) continue;
    kept.push({ key, row });
    if (kept.length < bound) continue;
    kept.sort(compare);
    kept.length = cap;
    worst = kept.at(-1)?.key ?? Infinity;
  }
  kept.sort(compare);
  return kept.slice(0, limit ?? undefined).map((entry) => entry.row.id);
}
