import type { PlanPhase } from '../../domain/plan.ts';
import { bytesByDevice } from '../../domain/planning/join-phases.ts';
import type { Occupied } from '../../domain/planning/plan-model.ts';

/** A phase that has not begun, with what it was planned to take. */
export interface Ahead {
  readonly seq: number;
  readonly plan: PlanPhase;
}

/** What one in the line of the memory queue holds, and what it is going to. */
export interface Claims {
  /** Phases that have not begun. */
  readonly ahead: readonly Ahead[];
  readonly holding: PlanPhase | null;
  /** Of what it holds, by phase: processes that died and come back. */
  readonly gone: ReadonlyMap<number, PlanPhase>;
  /** What it waits for. */
  readonly waiting: { readonly wanted: PlanPhase } | null;
}

/** All of them, the one that is loaded first. */
export function plansOf(member: Claims): PlanPhase[] {
  const now = [member.holding, member.waiting?.wanted].flatMap((plan) => plan ?? []);
  return [...now, ...member.ahead.map(({ plan }) => plan)];
}

export function bytesGone({ gone }: Claims): Occupied {
  return bytesByDevice([...gone.values()]);
}

/** What its processes have in memory now. */
export function holdsNow(member: Claims): Occupied {
  const { holding } = member;
  if (holding === null) return {};
  const gone = bytesGone(member);
  const all = Object.entries(bytesByDevice([holding]));
  return Object.fromEntries(all.map(([id, bytes]) => [id, Math.max(0, bytes - (gone[id] ?? 0))]));
}

/** What a run is still going to take at its largest, beyond what it holds: its phases come one after the other. */
export function stillToTake(member: Claims): Occupied {
  const most: Record<string, number> = {};
  for (const plan of plansOf(member)) {
    for (const [id, bytes] of Object.entries(bytesByDevice([plan])))
      most[id] = Math.max(most[id] ?? 0, bytes);
  }
  const now = holdsNow(member);
  return Object.fromEntries(Object.entries(most).map(([id, bytes]) => [id, bytes - (now[id] ?? 0)]));
}

/** Bytes by device of all of them. */
export function addOccupied(all: readonly Occupied[]): Occupied {
  const bytes: Record<string, number> = {};
  for (const one of all) for (const [id, n] of Object.entries(one)) bytes[id] = (bytes[id] ?? 0) + n;
  return bytes;
}
