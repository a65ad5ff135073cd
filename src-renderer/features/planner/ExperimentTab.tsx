import { getRouteApi } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { PlanChange } from '../../../src-main/domain/planning/changes.ts';
import { ErrorNote, Note } from '../../components/ErrorNote.tsx';
import { useModelChoices } from './choices.ts';
import type { Wanted } from './experiment.ts';
import { ExperimentForm } from './ExperimentForm.tsx';
import classes from './Planner.module.css';
import { PlanView } from './PlanView.tsx';
import { planSearch, type PlanPatch } from './search.ts';
import { useGround } from './use-ground.ts';
import { PlanSkeleton } from './PlanSkeleton.tsx';
import { useElsewhere } from './use-elsewhere.ts';
import { usePlan, useWaysOut } from './use-plan.ts';

const route = getRouteApi('/plan');
const NONE: readonly string[] = [];
const NO_CHANGES: readonly PlanChange[] = [];

/** A slider that is being moved: planned at once, written into the address when it is let go. */
export interface Dragged {
  readonly context?: number | undefined;
  readonly sequences?: number | undefined;
}

/** The value as it was when things were last still. */
function useSettled<T>(value: T, still: boolean): T {
  const [settled, setSettled] = useState(value);
  if (still && settled !== value) setSettled(value);
  return still ? value : settled;
}

/** An experiment planned in the page: models, dataset, machine, and what comes of them. */
export function ExperimentTab() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const choices = useModelChoices();
  const [dragged, setDragged] = useState<Dragged>({});
  const { context, sequences } = search;
  const set = (part: PlanPatch): void => {
    // What was dragged is let go only once the address says it: otherwise the slider would jump back for a moment.
    void navigate({ search: (before) => planSearch({ ...before, ...part }), replace: true }).then(() =>
      setDragged({}),
    );
  };
  const generator = search.judgeOnly === true ? null : (search.generator ?? choices.first?.generator ?? null);
  const firstJudge = choices.first?.judge ?? null;
  const judges = useMemo(
    () => search.judge ?? (firstJudge === null ? NONE : [firstJudge]),
    [search.judge, firstJudge],
  );
  const ground = useGround({ generator, judges, dataset: search.dataset, box: search.box });
  const wanted = useMemo(
    (): Wanted => ({
      box: search.box,
      ramGib: search.ram,
      reserveMib: search.reserve,
      context: 'context' in dragged ? dragged.context : context,
      sequences: 'sequences' in dragged ? dragged.sequences : sequences,
      schedule: search.schedule ?? 'auto',
      changes: search.changes ?? NO_CHANGES,
    }),
    [search.box, search.ram, search.reserve, search.schedule, search.changes, context, sequences, dragged],
  );
  const planned = usePlan(ground.ground, wanted);
  // Dozens of plans each: not while a slider moves.
  const still = Object.keys(dragged).length === 0;
  const waysOut = useWaysOut(ground.ground, useSettled(planned, still));
  const elsewhere = useElsewhere(ground.ground, useSettled(wanted, still));
  return (
    <div className={classes['columns']}>
      <ExperimentForm
        search={search}
        generator={generator}
        judges={judges}
        choices={choices}
        wanted={wanted}
        ground={ground}
        schedules={planned?.ok === true ? planned.comparison.options.map(({ schedule }) => schedule) : null}
        onDrag={setDragged}
        onSet={set}
      />
      <div className={classes['results']}>
        {ground.error === null ? null : (
          <ErrorNote
            error={ground.error}
            what="What a plan is made from could not be read."
            onRetry={() => ground.retry()}
          />
        )}
        {ground.problems.map((problem) => (
          <Note key={problem} tone="error">
            {problem}
          </Note>
        ))}
        {ground.countError === null ? null : (
          <ErrorNote error={ground.countError} what="The prompts could not be counted." />
        )}
        {ground.ground === null && ground.error === null && ground.problems.length === 0 ? (
          <PlanSkeleton parts={ground.parts} box={search.box} />
        ) : null}
        {planned?.ok === false ? <Note tone="error">{planned.problem}</Note> : null}
        {planned?.ok === true && ground.ground !== null ? (
          <PlanView
            planned={planned}
            ground={ground.ground}
            wanted={wanted}
            dataset={search.dataset}
            waysOut={waysOut}
            elsewhere={elsewhere}
            onSchedule={(schedule) => set({ schedule })}
            onChanges={(changes) => set({ changes: changes.length === 0 ? undefined : [...changes] })}
            onBox={(box) => set({ box })}
          />
        ) : null}
      </div>
    </div>
  );
}
