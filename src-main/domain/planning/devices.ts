import type { Backend, Gpu, Machine } from '../hardware.ts';

/** GPUs that one engine process would use: all of one backend, in the backend's order. */
export interface DeviceChoice {
  readonly backend: Backend;
  readonly gpus: readonly Gpu[];
}

/** Which backend is preferred where a machine has several. */
const PREFERENCE: readonly Backend[] = ['cuda', 'metal', 'vulkan'];

/** Free bytes of a card: what the driver says, else its total. Null when neither is known. */
export function freeBytes(gpu: Gpu): number | null {
  return gpu.vramFreeBytes ?? gpu.vramTotalBytes;
}

/**
 * The devices for a phase. `wanted` are GPU ids, or "auto" for all real cards of the preferred backend; devices in
 * software are used only when named. An empty choice means the CPU.
 */
export function chooseDevices(
  machine: Machine,
  backend: Backend | 'auto',
  wanted: readonly string[] | 'auto',
): DeviceChoice {
  if (backend === 'cpu' || (wanted !== 'auto' && wanted.length === 0)) {
    return { backend: 'cpu', gpus: [] };
  }
  const candidates =
    wanted === 'auto'
      ? machine.gpus.filter((g) => !g.software)
      : machine.gpus.filter((g) => wanted.includes(g.id));
  const usable = candidates.filter((g) => g.backend !== 'cpu');
  const chosen = backend === 'auto' ? PREFERENCE.find((b) => usable.some((g) => g.backend === b)) : backend;
  const gpus = usable.filter((g) => g.backend === chosen).toSorted((a, b) => a.index - b.index);
  return chosen === undefined || gpus.length === 0 ? { backend: 'cpu', gpus: [] } : { backend: chosen, gpus };
}
