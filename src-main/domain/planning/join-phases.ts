import type { PlanDevice, PlanPhase } from '../plan.ts';

/**
 * What several models take that are loaded at once, as one: components and layers of all, on each device what was free
 * before the first. Settings are the first's but for the layers. At least one plan.
 */
export function joinPhases(phases: readonly PlanPhase[]): PlanPhase {
  const [first] = phases;
  if (first === undefined) throw new Error('no plan to join');
  const devices = new Map<string, PlanDevice>();
  for (const device of phases.flatMap((phase) => phase.devices)) {
    const before = devices.get(device.deviceId);
    if (before === undefined) {
      devices.set(device.deviceId, device);
      continue;
    }
    const components = [...before.components, ...device.components];
    const bytes = components.reduce((sum, component) => sum + component.bytes, 0);
    const marginBytes = before.capacityBytes - before.reserveBytes - bytes;
    devices.set(device.deviceId, { ...before, components, marginBytes });
  }
  const sum = (count: (phase: PlanPhase) => number): number =>
    phases.reduce((n, phase) => n + count(phase), 0);
  return {
    ...first,
    modelName: phases.map((phase) => phase.modelName).join(' with '),
    settings: { ...first.settings, gpuLayers: sum((phase) => phase.settings.gpuLayers) },
    totalLayers: sum((phase) => phase.totalLayers),
    devices: [...devices.values()],
    ...(phases.some((phase) => phase.cpuFallback === true) ? { cpuFallback: true } : {}),
  };
}

/** Bytes by device that plans take, "host" for RAM. */
export function bytesByDevice(phases: readonly PlanPhase[]): Record<string, number> {
  const bytes: Record<string, number> = {};
  for (const { deviceId, components } of phases.flatMap((phase) => phase.devices)) {
    bytes[deviceId] = components.reduce((sum, component) => sum + component.bytes, bytes[deviceId] ?? 0);
  }
  return bytes;
}
