import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Plan, Schedule } from '../../../src-main/domain/plan.ts';
import type { PlanChange } from '../../../src-main/domain/planning/changes.ts';
import type { ExperimentToPlan } from '../../../src-main/domain/planning/plan-experiment.ts';
import { Note } from '../../components/ErrorNote.tsx';
import { FitBadge } from '../../components/FitBadge.tsx';
import { Section } from '../../components/PageHead.tsx';
import { formatClock } from '../../lib/format.ts';
import { datasetsQuery } from '../../queries/datasets.ts';
import { ElsewhereSection } from './ElsewhereSection.tsx';
import { timingOf, type Ground, type Wanted } from './experiment.ts';
import { launchOf } from './launch.ts';
import { LoadTable } from './LoadTable.tsx';
import { MemoryFigure } from './MemoryFigure.tsx';
import classes from './Planner.module.css';
import { PhaseTable } from './PhaseTable.tsx';
import { Schedules } from './Schedules.tsx';
import { Ways } from './Ways.tsx';
import type { Elsewhere } from './use-elsewhere.ts';
import type { Planned, WaysOut } from './use-plan.ts';

export interface PlanViewProps {
  readonly planned: Extract<Planned, { ok: true }>;
  readonly ground: Ground;
  readonly wanted: Wanted;
  /** Its name; undefined without one. */
  readonly dataset: string | undefined;
  readonly waysOut: WaysOut | null;
  readonly elsewhere: readonly Elsewhere[];
  readonly onSchedule: (schedule: Schedule) => void;
  readonly onChanges: (changes: readonly PlanChange[]) => void;
  readonly onBox: (box: string | undefined) => void;
}

/** A plan as it is read: the answer, the picture, the schedules, the way out, the numbers. */
export function PlanView(props: PlanViewProps) {
  const { planned, ground, wanted, waysOut, elsewhere, onSchedule, onChanges, onBox } = props;
  const { plan, box, experiment, comparison, ms } = planned;
  const { changes } = wanted;
  const timing = timingOf(ground, wanted);
  const time = comparison.options.find((option) => option.plan === plan)?.time ?? null;
  return (
    <>
      <div className={classes['answer']}>
        <FitBadge verdict={plan.verdict} />
        <strong>{box}</strong>
        <span className="az-dim">
          {ground.machine.at === plan.at && box.startsWith('this machine')
            ? `memory read at ${formatClock(plan.at)} · `
            : ''}
          planned in {ms < 1 ? '<1' : Math.round(ms)} ms
        </span>
        {changes.length === 0 ? null : (
          <Button variant="subtle" size="compact-xs" onClick={() => onChanges([])}>
            Undo {changes.length === 1 ? 'the change' : `${changes.length} changes`}
          </Button>
        )}
        <RunLink
          experiment={experiment}
          plan={plan}
          ground={ground}
          wanted={wanted}
          dataset={props.dataset}
        />
      </div>
      <Reasons plan={plan} />
      <Section title="Memory of each phase" note="against what is free, less the reserve">
        <MemoryFigure plan={plan} title={`Memory planned on ${box}`} />
        <LoadTable plan={plan} experiment={experiment} timing={timing} time={time} />
      </Section>
      <Ways {...props} waysOut={waysOut} />
      <Schedules
        comparison={comparison}
        chosen={plan.schedule ?? 'sequential'}
        pricesFrom={ground.tables.pricesFrom}
        calibrated={box.startsWith('this machine') && ground.tables.speed.runs > 0}
        onSchedule={onSchedule}
      />
      <ElsewhereSection
        list={elsewhere}
        chosen={wanted.box}
        pricesDate={ground.tables.pricesFrom.date}
        onBox={onBox}
      />
      <PhaseTable plan={plan} />
    </>
  );
}

interface RunLinkProps {
  /** With the ways out that were taken. */
  readonly experiment: ExperimentToPlan;
  readonly plan: Plan;
  readonly ground: Ground;
  readonly wanted: Wanted;
  readonly dataset: string | undefined;
}

/** To the page that starts it, where these very files can run here. */
function RunLink({ experiment, plan, ground, wanted, dataset }: RunLinkProps) {
  const datasets = useQuery(datasetsQuery()).data ?? [];
  if (wanted.box !== undefined || ground.parts.some(({ model }) => model.source !== 'disk')) return null;
  const search = launchOf(experiment, plan, ground, datasets.find(({ name }) => name === dataset)?.id);
  if (search === null) return null;
  return (
    <Button
      className={classes['end'] ?? ''}
      variant="default"
      renderRoot={(link) => <Link to="/runs/new" search={search} {...link} />}
    >
      New run with these
    </Button>
  );
}

function Reasons({ plan }: { readonly plan: Plan }) {
  if (plan.reasons.length === 0) return null;
  return (
    <Note tone={plan.verdict === 'no' ? 'error' : 'info'}>
      {[...new Set(plan.reasons)].map((reason) => (
        <div key={reason}>{reason}</div>
      ))}
    </Note>
  );
}
