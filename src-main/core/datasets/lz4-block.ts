/** A length of 15 goes on in further bytes until one is not 255. */
function lengthAt(
  input: Uint8Array,
  at: number,
  first: number,
): { readonly length: number; readonly at: number } {
  let length = first;
  let next = at;
  for (let byte = first === 15 ? 255 : 0; byte === 255;) {
    byte = input[next++] ?? 0;
    length += byte;
  }
  return { length, at: next };
}

/**
 * Unpacks one LZ4 block (as Parquet's LZ4_RAW has them) of `outputLength` bytes. Throws RangeError where it is damaged. The library's own
 * reader refuses blocks that end with a sequence without literals, which Arrow writes for pages of nothing but nulls.
 * Format: lz4_Block_format.md of the LZ4 project.
 */
export function unpackLz4Block(input: Uint8Array, outputLength: number): Uint8Array {
  const output = new Uint8Array(outputLength);
  let written = 0;
  for (let at = 0; at < input.length;) {
    const token = input[at] ?? 0;
    const literals = lengthAt(input, at + 1, token >> 4);
    const end = literals.at + literals.length;
    if (end > input.length || written + literals.length > outputLength)
      throw new RangeError('an LZ4 block is damaged');
    output.set(input.subarray(literals.at, end), written);
    written += literals.length;
    if (end === input.length) break;
    const offset = (input[end] ?? 0) | ((input[end + 1] ?? 0) << 8);
    const match = lengthAt(input, end + 2, token & 15);
    const length = match.length + 4;
    if (offset === 0 || offset > written || written + length > outputLength)
      throw new RangeError('an LZ4 block is damaged');
    // Byte by byte: a match may overlap what it writes.
    for (let n = 0; n < length; n++) output[written + n] = output[written + n - offset] ?? 0;
    written += length;
    ({ at } = match);
  }
  if (written !== outputLength) throw new RangeError('an LZ4 block is shorter than its page');
  return output;
}
