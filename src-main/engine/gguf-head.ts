/** Bytes of each scalar type of GGUF metadata by its code; strings (8) and arrays (9) have their own length. */
const SCALAR_BYTES: readonly (number | null)[] = [1, 1, 2, 2, 4, 4, 4, 1, null, null, 8, 8, 8];
const STRING = 8;
const ARRAY = 9;
/** Arrays of arrays are allowed, and used by nobody. */
const DEEPEST = 4;
/** llama.cpp's own limit. */
const MOST_DIMENSIONS = 4;
/** Magic, version, two counts. */
const FIXED_BYTES = 24;
/** The largest header known has 30 MB and lists with 1.3 million entries together; readers keep all of both in memory. */
export const MOST_HEADER_BYTES = 128 * 1024 * 1024;
const MOST_ENTRIES = 4_000_000;

/**
 * Where the header of a GGUF file (version 2 or 3, little-endian) ends: metadata and the list of tensors, without the padding
 * before the weights. Null when `bytes` do not reach that far yet. Throws a sentence when they cannot be a header: nothing is
 * allocated for what it claims, which a reader that trusts it would.
 * @param fileBytes of the whole file, where it is known: no length may reach past it.
 */
export function headerEnd(bytes: Buffer, fileBytes = Infinity): number | null {
  if (bytes.length < FIXED_BYTES) return null;
  const walk = new Walk(bytes, fileBytes);
  const [tensors, facts] = [bytes.readBigUInt64LE(8), bytes.readBigUInt64LE(16)];
  for (let i = 0n; i < facts; i++) {
    if (!walk.skipText() || !walk.skipValue(walk.u32(), 0)) return null;
  }
  for (let i = 0n; i < tensors; i++) {
    if (!walk.skipText()) return null;
    const dimensions = walk.u32();
    if (dimensions !== null && dimensions > MOST_DIMENSIONS)
      throw damaged(`a tensor of ${dimensions} dimensions`);
    // Dimensions, type, offset.
    if (dimensions === null || !walk.skip(dimensions * 8 + 4 + 8)) return null;
  }
  return walk.at;
}

/** Steps over values without reading them; every step is false (or null) where the bytes end. */
class Walk {
  readonly #bytes: Buffer;
  readonly #fileBytes: number;
  #entries = 0;
  at = FIXED_BYTES;

  constructor(bytes: Buffer, fileBytes: number) {
    this.#bytes = bytes;
    this.#fileBytes = fileBytes;
  }

  skip(bytes: number): boolean {
    this.at += bytes;
    if (this.at > this.#fileBytes) {
      throw new Error(
        'This GGUF file ends within its header: it is damaged, or was cut off while it was copied or fetched. Fetch it again.',
      );
    }
    if (this.at > MOST_HEADER_BYTES) throw damaged('more in it than any model has');
    return this.at <= this.#bytes.length;
  }

  u32(): number | null {
    return this.skip(4) ? this.#bytes.readUInt32LE(this.at - 4) : null;
  }

  #u64(): number | null {
    if (!this.skip(8)) return null;
    const value = Number(this.#bytes.readBigUInt64LE(this.at - 8));
    if (!Number.isSafeInteger(value)) throw damaged('a length that no file has');
    return value;
  }

  skipText(): boolean {
    const length = this.#u64();
    return length !== null && this.skip(length);
  }

  skipValue(type: number | null, depth: number): boolean {
    if (type === null) return false;
    if (type === STRING) return this.skipText();
    if (type === ARRAY) return this.#skipArray(depth);
    return this.skip(scalarBytes(type));
  }

  #skipArray(depth: number): boolean {
    if (depth >= DEEPEST) throw damaged('lists within lists without end');
    const type = this.u32();
    const length = this.#u64();
    if (type === null || length === null) return false;
    this.#entries += length;
    if (this.#entries > MOST_ENTRIES) throw damaged('lists longer than those of any model');
    if (type !== STRING && type !== ARRAY) return this.skip(length * scalarBytes(type));
    for (let i = 0; i < length; i++) {
      if (!this.skipValue(type, depth + 1)) return false;
    }
    return true;
  }
}

function scalarBytes(type: number): number {
  const bytes = SCALAR_BYTES[type];
  if (bytes === undefined || bytes === null) throw damaged(`a value of the unknown kind ${type}`);
  return bytes;
}

function damaged(what: string): Error {
  return new Error(`The header of this GGUF file is damaged: it has ${what}.`);
}
