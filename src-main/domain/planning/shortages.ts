import { MIB } from '../memory/ggml-types.ts';
import type { ComponentName, Plan, PlanDevice, PlanPhase } from '../plan.ts';

/** Why a phase does not fit on a device. */
export interface Shortage {
  readonly role: PlanPhase['role'];
  readonly modelId: string;
  readonly modelName: string;
  readonly deviceId: string;
  readonly deviceName: string;
  readonly missingBytes: number;
  /** The component that broke it: the cheapest one to shrink that is as large as what is missing. */
  readonly component: ComponentName;
}

/** Components from the one that costs least to shrink to the one that costs most. */
const CHEAPEST_FIRST: readonly ComponentName[] = [
  'compute',
  'kv-cache',
  'recurrent-state',
  'output',
  'driver-context',
  'process',
  'weights',
];

function brokenBy(device: PlanDevice): ComponentName {
  const missing = -device.marginBytes;
  return (
    CHEAPEST_FIRST.find((name) => device.components.some((c) => c.name === name && c.bytes >= missing)) ??
    'weights'
  );
}

/** Every device on which something is missing, with the component that broke it. */
export function shortages(plan: Plan): Shortage[] {
  return plan.phases.flatMap((phase) =>
    phase.devices
      .filter((d) => d.marginBytes < 0)
      .map((d) => ({
        role: phase.role,
        modelId: phase.modelId,
        modelName: phase.modelName,
        deviceId: d.deviceId,
        deviceName: d.name,
        missingBytes: -d.marginBytes,
        component: brokenBy(d),
      })),
  );
}

/** "Llama-3.1-70B: 1,234 MiB too much on A100 40GB, by its weights." */
export function shortageSentence(shortage: Shortage): string {
  const missing = Math.ceil(shortage.missingBytes / MIB).toLocaleString('en-US');
  return `${shortage.modelName}: ${missing} MiB too much on ${shortage.deviceName}; what breaks it is ${COMPONENTS[shortage.component]}.`;
}

const COMPONENTS: Readonly<Record<ComponentName, string>> = {
  weights: 'its weights',
  'kv-cache': 'its cache (context × sequences)',
  'recurrent-state': 'its recurrent state',
  compute: 'its compute buffer (batch × vocabulary)',
  output: 'its output buffer',
  'driver-context': "the driver's context",
  process: 'the process itself',
};
