import { useDeferredValue, useMemo } from 'react';
import { costPlan, timePlan } from '../../../src-main/domain/planning/compare.ts';
import type { Cost } from '../../../src-main/domain/planning/cost.ts';
import { planExperiment } from '../../../src-main/domain/planning/plan-experiment.ts';
import type { ScheduleTime } from '../../../src-main/domain/planning/time.ts';
import type { Plan } from '../../../src-main/domain/plan.ts';
import { experimentOf, timingOf, type Ground, type Wanted } from './experiment.ts';

/** The experiment on one machine, models in turn. */
export interface Elsewhere {
  /** As it is typed in the field; undefined for this machine. */
  readonly box: string | undefined;
  readonly plan: Plan;
  readonly time: ScheduleTime | null;
  readonly cost: Cost | null;
}

/** The same experiment on this machine and on each that is worth offering: some twenty plans, so they follow when the page is idle. */
export function useElsewhere(ground: Ground | null, wanted: Wanted): readonly Elsewhere[] {
  const now = useMemo(() => ({ ground, wanted }), [ground, wanted]);
  const later = useDeferredValue(now, NOTHING);
  return useMemo(
    () => (later === null || later.ground === null ? [] : planned(later.ground, later.wanted)),
    [later],
  );
}

const NOTHING = null;

function planned(ground: Ground, wanted: Wanted): Elsewhere[] {
  const boxes = [undefined, ...ground.tables.boxes];
  const own = wanted.box;
  const all = own === undefined || boxes.includes(own) ? boxes : [undefined, own, ...ground.tables.boxes];
  // Cards that were chosen by a fix are those of one machine.
  const changes = wanted.changes.filter(({ kind }) => kind !== 'devices');
  return all.flatMap((box): Elsewhere[] => {
    const there: Wanted = { ...wanted, box, changes, ramGib: box === own ? wanted.ramGib : undefined };
    try {
      const experiment = { ...experimentOf(ground, there), schedule: 'sequential' as const };
      const timing = timingOf(ground, there);
      const plan = planExperiment(experiment);
      const time = timePlan(plan, experiment, timing);
      return [{ box, plan, time, cost: time === null ? null : costPlan(plan, time, experiment, timing) }];
    } catch {
      // A machine that nobody knows is said where it is typed.
      return [];
    }
  });
}
