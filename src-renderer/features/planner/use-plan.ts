import { useDeferredValue, useMemo } from 'react';
import { compareSchedules, type ScheduleComparison } from '../../../src-main/domain/planning/compare.ts';
import { namedBox } from '../../../src-main/domain/planning/named-box.ts';
import { waysOut, type Overview } from '../../../src-main/domain/planning/overview.ts';
import type { ExperimentToPlan } from '../../../src-main/domain/planning/plan-experiment.ts';
import type { Plan } from '../../../src-main/domain/plan.ts';
import { experimentOf, machineOf, timingOf, type Ground, type Wanted } from './experiment.ts';

export type Planned =
  | { readonly ok: false; readonly problem: string }
  | {
      readonly ok: true;
      readonly box: string;
      readonly experiment: ExperimentToPlan;
      readonly plan: Plan;
      readonly comparison: ScheduleComparison;
      /** How long planning took: a slider must not wait for it. */
      readonly ms: number;
    };

/** Plans in the page, at every move of a slider. */
export function usePlan(ground: Ground | null, wanted: Wanted): Planned | null {
  return useMemo(() => (ground === null ? null : planned(ground, wanted)), [ground, wanted]);
}

function planned(ground: Ground, wanted: Wanted): Planned {
  const began = performance.now();
  try {
    const experiment = experimentOf(ground, wanted);
    const comparison = compareSchedules(experiment, timingOf(ground, wanted));
    const schedule = wanted.schedule === 'auto' ? 'sequential' : wanted.schedule;
    const option = comparison.options.find((o) => o.schedule === schedule) ?? comparison.options[0];
    if (option === undefined) return { ok: false, problem: 'Choose a model to plan.' };
    const { name } = machineOf(ground, wanted);
    const ms = performance.now() - began;
    return { ok: true, box: name, experiment, plan: option.plan, comparison, ms };
  } catch (error) {
    return { ok: false, problem: error instanceof Error ? error.message : String(error) };
  }
}

export type WaysOut = Pick<Overview, 'shortages' | 'fixes' | 'best'>;

/** What breaks the plan and what helps: dozens of plans, so they follow when the page is idle. */
export function useWaysOut(ground: Ground | null, planned: Planned | null): WaysOut | null {
  const now = useMemo(() => ({ planned, ground }), [planned, ground]);
  const { planned: later, ground: laterGround } = useDeferredValue(now, NOTHING);
  return useMemo(() => {
    if (later?.ok !== true || laterGround === null) return null;
    const { tables, files, machine } = laterGround;
    const boxes = tables.boxes.map((name) => namedBox(name, tables.cards, null, machine.at));
    const timing = { cards: tables.cards, prices: tables.prices, calibration: tables.speed };
    const options = { tables: timing, quality: tables.quality, files, boxes };
    return waysOut(later.experiment, later.plan, options);
  }, [later, laterGround]);
}

const NOTHING = { planned: null, ground: null };
