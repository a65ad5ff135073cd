/**
 * Which device every layer lives on, by llama.cpp's rule (llama_model_base::load_tensors): counted with the output
 * layer as the last, the last `gpuLayers` layers go to the GPUs, each to the first whose cumulative share exceeds the
 * layer's position among them.
 */
export interface Placement {
  /** Device of each repeating layer, `layersAll` entries; `host` (= number of GPUs) is the CPU. */
  readonly layer: readonly number[];
  readonly output: number;
  readonly host: number;
}

/**
 * `shares` are the GPUs' free bytes, or a split given by hand; any unit, since they are normalised. Computed in 32-bit floats as
 * llama.cpp does, because a layer on the border moves with the rounding. `gpuLayers` above layersAll + 1 means all.
 */
export function placeLayers(layersAll: number, gpuLayers: number, shares: readonly number[]): Placement {
  const host = shares.length;
  const cumulative: number[] = [];
  let sum = 0;
  for (const share of shares) {
    sum = Math.fround(sum + Math.fround(share));
    cumulative.push(sum);
  }
  const splits = cumulative.map((c) => Math.fround(c / sum));
  const start = Math.max(layersAll + 1 - gpuLayers, 0);
  const offloaded = host === 0 ? 0 : Math.min(gpuLayers, layersAll + 1);
  const deviceOf = (layer: number): number => {
    if (layer < start || layer - start >= offloaded) {
      return host;
    }
    const position = Math.fround(Math.fround(layer - start) / Math.fround(offloaded));
    const device = splits.findIndex((s) => s > position);
    return device === -1 ? host - 1 : device;
  };
  return {
    layer: Array.from({ length: layersAll }, (_, i) => deviceOf(i)),
    output: deviceOf(layersAll),
    host,
  };
}
