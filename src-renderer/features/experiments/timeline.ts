import type { MemorySample, Run, RunPhase } from '../../../src-main/domain/run.ts';
import type { TimeLine } from '../../charts/TimeSeries.tsx';

/** A stretch of a run on its time axis, seconds from the run's start. */
export interface Step {
  readonly key: string;
  readonly kind: 'load' | 'generate' | 'judge' | 'unload';
  readonly from: number;
  readonly to: number;
  readonly modelName: string;
  readonly on: boolean;
}

const LINE_COLOURS = ['--az-accent', '--az-mem-compute', '--az-mem-driver', '--az-mem-used'] as const;

/** Load, work, unload of each phase that has begun. `now` in epoch ms closes what is still on. */
export function stepsOf(run: Run, samples: readonly MemorySample[], now: number): Step[] {
  const origin = run.startedAt;
  if (origin === null) return [];
  return run.phases.flatMap((phase) => {
    const lastSeen = samples.findLast(({ phaseSeq }) => phaseSeq === phase.seq)?.at ?? null;
    return phaseSteps(phase, origin, now, lastSeen);
  });
}

/** A phase whose work and load leave more of its time open than this was resumed: it had other processes before. */
const RESUMED_MS = 3000;

function phaseSteps(phase: RunPhase, origin: number, now: number, lastSeen: number | null): Step[] {
  if (phase.startedAt === null) return [];
  const at = (epochMs: number): number => Math.max(0, (epochMs - origin) / 1000);
  const { startedAt, loadMs, busyMs, modelName, role, seq } = phase;
  const end = phase.endedAt ?? now;
  const step = (kind: Step['kind'], from: number, to: number, on: boolean): Step => ({
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

/** What still comes: "load, judge, unload" of phases that wait. */
export function stepsAhead(run: Run): readonly RunPhase[] {
  return run.phases.filter(({ state, startedAt }) => state === 'waiting' && startedAt === null);
}

/** Measured memory by device and what was predicted of it, seconds and bytes. */
export function memoryLines(run: Run, samples: readonly MemorySample[], now: number): TimeLine[] {
  const origin = run.startedAt;
  if (origin === null) return [];
  const at = (epochMs: number): number => Math.max(0, (epochMs - origin) / 1000);
  const devices = [...new Set(samples.map(({ deviceId }) => deviceId))];
  const lines: TimeLine[] = [];
  for (const [index, deviceId] of devices.entries()) {
    const colour = LINE_COLOURS[index % LINE_COLOURS.length] ?? '--az-accent';
    const name = deviceName(run, deviceId);
    const own = samples.filter((sample) => sample.deviceId === deviceId);
    const byProcess = own.some(({ processBytes }) => processBytes !== null);
    const points: [number, number | null][] = own.map((sample) => [
      at(sample.at),
      byProcess ? sample.processBytes : sample.deviceUsedBytes,
    ]);
    // A process that was seen to end holds nothing: that is how the unload is verified.
    const ends: [number, number][] = byProcess
      ? run.phases.flatMap(({ startedAt, endedAt, measured }) => [
          ...(startedAt === null ? [] : [[at(startedAt), 0] as [number, number]]),
          ...(endedAt === null || measured === null ? [] : [[at(endedAt), 0] as [number, number]]),
        ])
      : [];
    lines.push({
      label: `${name}, ${byProcess ? 'the engine’s process' : 'all of the device'}`,
      colour,
      points: [...points, ...ends].sort(([a], [b]) => a - b),
    });
    if (byProcess) lines.push(...predictedLine(run, deviceId, name, colour, at, now));
  }
  return lines;
}

function predictedLine(
  run: Run,
  deviceId: string,
  name: string,
  colour: string,
  at: (epochMs: number) => number,
  now: number,
): TimeLine[] {
  const points = run.phases.flatMap((phase): [number, number | null][] => {
    const device = phase.plan?.devices.find((candidate) => candidate.deviceId === deviceId);
    if (device === undefined || phase.startedAt === null) return [];
    const bytes = device.components.reduce((sum, component) => sum + component.bytes, 0);
    return [
      [at(phase.startedAt), bytes],
      [at(phase.endedAt ?? now), null],
    ];
  });
  return points.length === 0 ? [] : [{ label: `${name}, predicted`, colour, predicted: true, points }];
}

export function deviceName(run: Run, deviceId: string): string {
  const planned = run.phases.flatMap(({ plan }) => plan?.devices ?? []);
  const measured = run.phases.flatMap(({ measured: seen }) => seen?.devices ?? []);
  return [...planned, ...measured].find((device) => device.deviceId === deviceId)?.name ?? deviceId;
}
