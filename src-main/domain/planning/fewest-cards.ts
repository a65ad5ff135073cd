import type { Machine } from '../hardware.ts';
import type { PlanPhase } from '../plan.ts';
import { chooseDevices, freeBytes } from './devices.ts';
import type { ModelWishes } from './plan-model.ts';
import { phaseVerdict } from './verdict.ts';

/**
 * A phase on as few of the machine's cards as hold the whole model, those with most free memory first; on all of them
 * when it takes them all. A model on one card waits for no other card at each layer, and leaves the rest to another run.
 * `plan` plans on the devices that it is given. Nothing is chosen where the user named devices or layers.
 */
export function onFewestCards(
  machine: Machine,
  {
    backend,
    devices,
    gpuLayers,
    occupied,
  }: Pick<ModelWishes, 'backend' | 'devices' | 'gpuLayers' | 'occupied'>,
  plan: (devices: ModelWishes['devices']) => PlanPhase,
): PlanPhase {
  const all = plan(devices);
  if (devices !== 'auto' || gpuLayers !== 'auto') return all;
  const { gpus } = chooseDevices(machine, backend, devices);
  const free = gpus.map((gpu) => ({ id: gpu.id, bytes: (freeBytes(gpu) ?? 0) - (occupied[gpu.id] ?? 0) }));
  const roomiest = free.toSorted((a, b) => b.bytes - a.bytes).map(({ id }) => id);
  for (let cards = 1; cards < roomiest.length; cards += 1) {
    const phase = plan(roomiest.slice(0, cards));
    const whole = phase.settings.gpuLayers === phase.totalLayers && phaseVerdict(phase) === 'yes';
    if (whole && phase.settings.sequences >= all.settings.sequences) return phase;
  }
  return all;
}
