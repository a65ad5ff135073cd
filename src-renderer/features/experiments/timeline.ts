import type { MemorySample, Run, RunPhase } from '../../../src-main/domain/run.ts';
import type { TimeLine } from '../../charts/time-line.ts';

/** A stretch of a run on its time axis, seconds from the run's start. */
export interface Step {
  readonly key: string;
  readonly kind: 'load' | 'generate' | 'judge' | 'unload';
  readonly from: number;
  readonly to: number;
  readonly modelName: string;
  readonly on: boolean;
  /** Row of the strip, from 0: phases that were loaded at the same time lie under each other. */
  readonly lane: number;
}

const LINE_COLOURS = ['--az-accent', '--az-mem-compute', '--az-mem-driver', '--az-mem-used'] as const;

/** What is drawn of a run. */
type Timed = Pick<Run, 'startedAt' | 'phases'>;

/** Load, work, unload of each phase that has begun. `now` in epoch ms closes what is still on. */
export function stepsOf(run: Timed, samples: readonly MemorySample[], now: number): Step[] {
  const origin = run.startedAt;
  if (origin === null) return [];
  const lanes = lanesOf(run.phases, now);
  return run.phases.flatMap((phase) => {
    const lastSeen = samples.findLast(({ phaseSeq }) => phaseSeq === phase.seq)?.at ?? null;
    const lane = lanes.get(phase.seq) ?? 0;
    const steps = phaseSteps(phase, origin, now, lastSeen);
    return merged(steps, inheritsLoad(phase), hasHeir(run, phase)).map((step) => ({ ...step, lane }));
  });
}

/** Each phase that has begun in the first row in which no other was loaded at the time, by the phase's number. */
export function lanesOf(phases: readonly RunPhase[], now: number): ReadonlyMap<number, number> {
  const lanes = new Map<number, number>();
  const free: number[] = [];
  const begun = phases.flatMap((phase) =>
    phase.startedAt === null ? [] : [{ ...phase, startedAt: phase.startedAt }],
  );
  for (const { seq, startedAt, endedAt } of begun.toSorted((a, b) => a.startedAt - b.startedAt)) {
    const first = free.findIndex((until) => until <= startedAt);
    const lane = first === -1 ? free.length : first;
    free[lane] = endedAt ?? now;
    lanes.set(seq, lane);
  }
  return lanes;
}

/** A phase whose work and load leave more of its time open than this was resumed: it had other processes before. */
const RESUMED_MS = 3000;

function phaseSteps(
  phase: RunPhase,
  origin: number,
  now: number,
  lastSeen: number | null,
): Omit<Step, 'lane'>[] {
  if (phase.startedAt === null) return [];
  const at = (epochMs: number): number => Math.max(0, (epochMs - origin) / 1000);
  const { startedAt, loadMs, busyMs, modelName, role, seq } = phase;
  const end = phase.endedAt ?? now;
  const step = (kind: Step['kind'], from: number, to: number, on: boolean): Omit<Step, 'lane'> => ({
    key: `${seq}-${kind}`,
    kind,
    from: at(from),
    to: at(Math.max(from, to)),
    modelName,
    on,
  });
  const loaded = loadMs === null ? end : Math.min(end, startedAt + loadMs);
  const load = step('load', startedAt, loaded, phase.state === 'loading');
  if (loadMs === null) return [load];
  // How long the work took is written with the end of the phase.
  if (phase.endedAt === null || busyMs === 0) return [load, step(role, loaded, end, phase.endedAt === null)];
  const resumed = end - loaded - busyMs > RESUMED_MS;
  const worked = Math.min(end, resumed && lastSeen !== null ? lastSeen : loaded + busyMs);
  return [load, step(role, loaded, worked, false), step('unload', worked, end, false)];
}

/** Whether the phase went on with a process that one before it had loaded. */
function inheritsLoad({ provenance }: RunPhase): boolean {
  return provenance?.['loadedByPhase'] !== undefined;
}

/** Whether the phase's process went on with another one. */
function hasHeir(run: Timed, { seq, role }: RunPhase): boolean {
  const next = run.phases.find((phase) => phase.seq > seq && phase.role === role && phase.startedAt !== null);
  return next !== undefined && inheritsLoad(next);
}

/** A phase that loaded nothing, or whose process stayed, has no such stretch: its work begins or ends with the phase. */
function merged<T extends Pick<Step, 'kind' | 'from' | 'to'>>(
  steps: readonly T[],
  inherits: boolean,
  stays: boolean,
): T[] {
  const load = steps.find(({ kind }) => kind === 'load');
  const unload = steps.find(({ kind }) => kind === 'unload');
  return steps
    .filter(({ kind }) => !(inherits && kind === 'load') && !(stays && kind === 'unload'))
    .map((step) => {
      if (step.kind === 'load' || step.kind === 'unload') return step;
      const from = inherits && load !== undefined ? load.from : step.from;
      return { ...step, from, to: stays && unload !== undefined ? unload.to : step.to };
    });
}

/** What still comes: "load, judge, unload" of phases that wait. */
export function stepsAhead(run: Timed): readonly RunPhase[] {
  return run.phases.filter(({ state, startedAt }) => state === 'waiting' && startedAt === null);
}

/**
 * Measured memory by device and what was predicted of it, seconds and bytes. Where models were loaded at the same time,
 * each row of phases has a line of its own, since each process has memory of its own.
 */
export function memoryLines(run: Timed, samples: readonly MemorySample[], now: number): TimeLine[] {
  const origin = run.startedAt;
  if (origin === null) return [];
  const at = (epochMs: number): number => Math.max(0, (epochMs - origin) / 1000);
  const lanes = lanesOf(run.phases, now);
  const rows = [...new Set(lanes.values())].toSorted((a, b) => a - b);
  const devices = [...new Set(samples.map(({ deviceId }) => deviceId))];
  const lines: TimeLine[] = [];
  const colour = (): string =>
    LINE_COLOURS[lines.filter(({ predicted }) => predicted !== true).length % LINE_COLOURS.length] ??
    '--az-accent';
  for (const deviceId of devices) {
    const name = deviceName(run, deviceId);
    const own = samples.filter((sample) => sample.deviceId === deviceId);
    if (own.every(({ processBytes }) => processBytes === null)) {
      const points = own.map((sample): [number, number | null] => [at(sample.at), sample.deviceUsedBytes]);
      lines.push({ label: `${name}, all of the device`, colour: colour(), points });
      continue;
    }
    for (const row of rows) {
      const phases = run.phases.filter(({ seq }) => lanes.get(seq) === row);
      const seen = own.filter(({ phaseSeq }) => lanes.get(phaseSeq) === row);
      if (seen.length === 0) continue;
      const whose =
        rows.length === 1
          ? 'the engine’s process'
          : `process to ${[...new Set(phases.map(({ role }) => role))].join(' and ')}`;
      const points = processPoints(run, phases, seen, at);
      const line = { label: `${name}, ${whose}`, colour: colour(), points };
      const predicted = predictedPoints(phases, deviceId, at, now);
      lines.push(line);
      if (predicted.length > 0)
        lines.push({ label: `${name}, predicted`, colour: line.colour, predicted: true, points: predicted });
    }
  }
  return lines;
}

/** A process that was seen to end holds nothing: that is how the unload is verified. */
function processPoints(
  run: Timed,
  phases: readonly RunPhase[],
  samples: readonly MemorySample[],
  at: (epochMs: number) => number,
): [number, number | null][] {
  const points = samples.map((sample): [number, number | null] => [at(sample.at), sample.processBytes]);
  const ends = phases.flatMap((phase): [number, number][] => {
    const { startedAt, endedAt, measured } = phase;
    const began = startedAt === null || inheritsLoad(phase) ? [] : [at(startedAt)];
    const ended = endedAt === null || measured === null || hasHeir(run, phase) ? [] : [at(endedAt)];
    return [...began, ...ended].map((second) => [second, 0]);
  });
  return [...points, ...ends].sort(([a], [b]) => a - b);
}

function predictedPoints(
  phases: readonly RunPhase[],
  deviceId: string,
  at: (epochMs: number) => number,
  now: number,
): [number, number | null][] {
  return phases.flatMap((phase): [number, number | null][] => {
    const device = phase.plan?.devices.find((candidate) => candidate.deviceId === deviceId);
    if (device === undefined || phase.startedAt === null) return [];
    const bytes = device.components.reduce((sum, component) => sum + component.bytes, 0);
    return [
      [at(phase.startedAt), bytes],
      [at(phase.endedAt ?? now), null],
    ];
  });
}

export function deviceName(run: Timed, deviceId: string): string {
  const planned = run.phases.flatMap(({ plan }) => plan?.devices ?? []);
  const measured = run.phases.flatMap(({ measured: seen }) => seen?.devices ?? []);
  return [...planned, ...measured].find((device) => device.deviceId === deviceId)?.name ?? deviceId;
}
