/**
 * Sum and mean of -ln p over the tokens from `from` on (the answer's own, after its reasoning; the end-of-generation
 * token is not among them). Null when there are none, or when a value is not a number.
 */
export function nllOf(
  logprobs: readonly number[] | Float32Array | null,
  from = 0,
): { sum: number; mean: number } | null {
  if (logprobs === null || logprobs.length <= from) return null;
  let sum = 0;
  for (let i = from; i < logprobs.length; i += 1) sum -= logprobs[i] ?? 0;
  // +0 for the -0 of certain tokens, which would sort and print apart.
  return Number.isFinite(sum) ? { sum: sum + 0, mean: sum / (logprobs.length - from) + 0 } : null;
}

export function float32Bytes(values: readonly number[] | Float32Array): Buffer {
  const floats = values instanceof Float32Array ? values : Float32Array.from(values);
  return Buffer.from(floats.buffer, floats.byteOffset, floats.byteLength);
}

/** Little-endian floats from the `from`th on; a DataView, since a blob need not begin at a multiple of four. */
export function floatsOf(blob: Buffer, from = 0): Float32Array {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  const length = Math.max(0, blob.byteLength / 4 - from);
  const values = new Float32Array(length);
  for (let i = 0; i < length; i += 1) values[i] = view.getFloat32((i + from) * 4, true);
  return values;
}
