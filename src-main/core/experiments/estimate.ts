import type { PlanPhase } from '../../domain/plan.ts';
import type { RunPhase, RunSummary } from '../../domain/run.ts';
import type { Store } from '../../store/api.ts';

const RUNS_LOOKED_AT = 100;

/** A generator or a judge that is to run. */
export interface ToEstimate {
  readonly role: 'generate' | 'judge';
  readonly name: string;
  /** Loaded and at work at the same time as the others that are. */
  readonly together: boolean;
  /** What does its arithmetic: ids of cards, "host" for the CPU, the address of a server. */
  readonly on: readonly string[];
}

export interface Timed extends Pick<ToEstimate, 'together' | 'on'> {
  readonly loadMs: number;
  readonly workMs: number;
}

/**
 * Seconds an experiment will take, from what the same models did on this machine before: seconds an item and the load of
 * each. Null when one of them has not run here yet: then there is nothing honest to say.
 */
export async function estimateSeconds(
  store: Store,
  participants: readonly ToEstimate[],
  items: number,
): Promise<number | null> {
  return estimateFrom(
    await store.call('runs.list', { limit: RUNS_LOOKED_AT, before: null }),
    participants,
    items,
  );
}

type Past = readonly Pick<RunSummary, 'phases'>[];

/** The same from the runs that there were. */
export function estimateFrom(runs: Past, participants: readonly ToEstimate[], items: number): number | null {
  const timed: Timed[] = [];
  for (const [index, participant] of participants.entries()) {
    const { role, name, together, on } = participant;
    const same = pastOf(runs, (phase) => phase.role === role && phase.modelName === name);
    if (same.length === 0) return null;
    const worked = same.reduce((sum, phase) => sum + phase.worked, 0);
    const busyMs = same.reduce((sum, phase) => sum + phase.busyMs, 0);
    const loadMs = isLoaded(participant, participants[index - 1])
      ? 0
      : Math.max(...same.map((phase) => phase.loadMs ?? 0));
    timed.push({ together, on, loadMs, workMs: (busyMs / worked) * items });
  }
  return secondsOf(timed);
}

/** A judge after one of the same model, its other label order above all, goes on with what that one loaded. */
function isLoaded({ role, name, together }: ToEstimate, before: ToEstimate | undefined): boolean {
  return (
    role === 'judge' && before?.role === 'judge' && before.name === name && !together && !before.together
  );
}

/** Phases that had the machine to themselves where there are any: beside others a model is slower, and that is added here. */
function pastOf(runs: Past, isSame: (phase: RunPhase) => boolean): RunPhase[] {
  const same = runs.flatMap(({ phases }) =>
    phases
      .filter((phase) => isSame(phase) && phase.worked > 0 && phase.busyMs > 0)
      .map((phase) => ({ phase, alone: !phases.some((other) => other !== phase && overlap(phase, other)) })),
  );
  const alone = same.filter((past) => past.alone);
  return (alone.length > 0 ? alone : same).map(({ phase }) => phase);
}

const overlap = (a: RunPhase, b: RunPhase): boolean =>
  a.startedAt !== null &&
  a.endedAt !== null &&
  b.startedAt !== null &&
  b.endedAt !== null &&
  a.startedAt < b.endedAt &&
  b.startedAt < a.endedAt;

/**
 * Phases in turn add up. Models that are loaded together are loaded one after the other, each at work as soon as it is
 * loaded; those that share a card, or the CPU, share its time, so their work adds up; those that share nothing go on side
 * by side, and the last to end decides.
 */
export function secondsOf(phases: readonly Timed[]): number {
  const inTurn = phases.filter(({ together }) => !together);
  const turns = inTurn.reduce((sum, { loadMs, workMs }) => sum + loadMs + workMs, 0);
  let loadedMs = 0;
  const ready = phases
    .filter(({ together }) => together)
    .map((phase) => {
      loadedMs += phase.loadMs;
      return { ...phase, readyMs: loadedMs };
    });
  const ends = sharing(ready).map((group) => {
    const work = group.reduce((sum, { workMs }) => sum + workMs, 0);
    const alone = group.map(({ readyMs, workMs }) => readyMs + workMs);
    return Math.max(Math.min(...group.map(({ readyMs }) => readyMs)) + work, ...alone);
  });
  return (turns + Math.max(0, ...ends)) / 1000;
}

/** Those that have a device in common, directly or through others, in one group. */
function sharing<T extends Pick<ToEstimate, 'on'>>(phases: readonly T[]): T[][] {
  let groups: T[][] = [];
  for (const phase of phases) {
    const touches = (group: readonly T[]): boolean =>
      group.some(({ on }) => on.some((device) => phase.on.includes(device)));
    groups = [
      ...groups.filter((group) => !touches(group)),
      [...groups.filter((group) => touches(group)).flat(), phase],
    ];
  }
  return groups;
}

/** What computes in a planned phase: its cards, and the CPU where layers stay on it. */
export function devicesOf({ settings, totalLayers, devices }: PlanPhase): string[] {
  const cards = devices.map(({ deviceId }) => deviceId).filter((id) => id !== 'host');
  if (settings.backend === 'cpu' || cards.length === 0) return ['host'];
  return settings.gpuLayers < totalLayers ? [...cards, 'host'] : cards;
}
