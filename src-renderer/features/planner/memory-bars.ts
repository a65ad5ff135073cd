import type { Basis, ComponentName, Plan, PlanDevice, PlanPhase } from '../../../src-main/domain/plan.ts';
import { formatMib } from '../../lib/format.ts';

export type BarPart = ComponentName | 'reserve';

/** In the order in which they are stacked and named. */
export const PARTS: Readonly<Record<BarPart, { readonly name: string; readonly fill: string }>> = {
  weights: { name: 'weights', fill: 'var(--az-mem-weights)' },
  'kv-cache': { name: 'KV cache', fill: 'var(--az-mem-kv)' },
  'recurrent-state': { name: 'recurrent state', fill: 'var(--az-mem-kv)' },
  compute: { name: 'compute', fill: 'var(--az-mem-compute)' },
  output: { name: 'output', fill: 'var(--az-mem-output)' },
  'driver-context': { name: 'driver', fill: 'var(--az-mem-driver)' },
  process: { name: 'process', fill: 'var(--az-mem-process)' },
  reserve: { name: 'reserve, kept free', fill: 'var(--az-mem-reserve)' },
};

/** One part of one bar, GiB from the left edge. */
export interface BarSegment {
  readonly row: string;
  readonly from: number;
  readonly to: number;
  readonly part: BarPart;
  readonly fill: string;
  readonly bytes: number;
  readonly interval: readonly [low: number, high: number] | null;
  /** Null for the reserve, which is chosen and not predicted. */
  readonly basis: Basis | null;
  readonly source: string;
}

/** One device of one phase. */
export interface BarRow {
  /** Phase and device: no other row has it. */
  readonly row: string;
  readonly phase: string;
  readonly model: string;
  readonly name: string;
  readonly device: PlanDevice;
  readonly segments: readonly BarSegment[];
}

const GIB = 2 ** 30;

/** What a part is, in one line: also for those who hear it. */
export function segmentText({ row, part, bytes, interval, basis, source }: BarSegment): string {
  const between =
    interval === null ? '' : `, between ${formatMib(interval[0])} and ${formatMib(interval[1])}`;
  const why = basis === null ? source : `${basis}: ${source}`;
  return `${row}, ${PARTS[part].name}: ${formatMib(bytes)}${between}, ${why}`;
}

export function marginText({ marginBytes }: PlanDevice): string {
  return marginBytes < 0 ? `${formatMib(-marginBytes)} short` : `${formatMib(marginBytes)} left`;
}

/** "Generate", "Judge", "Judge 2". */
export function phaseName(plan: Plan, phase: PlanPhase): string {
  if (phase.role === 'generate') return 'Generate';
  const judges = plan.phases.filter(({ role }) => role === 'judge');
  return judges.length < 2 ? 'Judge' : `Judge ${judges.indexOf(phase) + 1}`;
}

/** Without the maker's words before it; cards of one name are numbered. */
export function deviceName(device: PlanDevice, all: readonly PlanDevice[]): string {
  const same = all.filter(({ name }) => name === device.name);
  const short = device.name.replace(/^(NVIDIA|AMD|Intel)\s+(GeForce\s+|Radeon\s+)?/, '');
  return same.length > 1 ? `${short} #${same.indexOf(device) + 1}` : short;
}

/** A bar for every device on which a phase holds something. */
export function barRows(plan: Plan): BarRow[] {
  return plan.phases.flatMap((of) => {
    const phase = phaseName(plan, of);
    return of.devices
      .filter(({ components }) => components.some(({ bytes }) => bytes > 0))
      .map((device): BarRow => {
        const name = deviceName(device, of.devices);
        const row = `${phase} · ${name}`;
        return { row, phase, model: of.modelName, name, device, segments: segmentsOf(device, row) };
      });
  });
}

function segmentsOf({ components, reserveBytes }: PlanDevice, row: string): BarSegment[] {
  const parts = [
    ...components.map(({ name, bytes, basis, source, interval = null }) => ({
      part: name,
      bytes,
      basis,
      source,
      interval,
    })),
    { part: 'reserve' as const, bytes: reserveBytes, basis: null, source: 'as you set it', interval: null },
  ].filter(({ bytes }) => bytes > 0);
  let from = 0;
  return parts.map((part) => {
    const segment = { ...part, row, from, to: from + part.bytes / GIB, fill: PARTS[part.part].fill };
    from = segment.to;
    return segment;
  });
}
