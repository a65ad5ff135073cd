import { Button } from '@mantine/core';
import type { Plan, PlanPhase, Schedule } from '../../../src-main/domain/plan.ts';
import type { PlanChange } from '../../../src-main/domain/planning/changes.ts';
import { Note } from '../../components/ErrorNote.tsx';
import { FitBadge } from '../../components/FitBadge.tsx';
import { MemoryLegend } from '../../components/MemoryBar.tsx';
import { Section } from '../../components/PageHead.tsx';
import { formatClock, formatCount } from '../../lib/format.ts';
import type { Ground } from './experiment.ts';
import { MemoryFigure } from './MemoryFigure.tsx';
import classes from './Planner.module.css';
import { PhaseTable } from './PhaseTable.tsx';
import { Schedules } from './Schedules.tsx';
import { Ways } from './Ways.tsx';
import type { Planned, WaysOut } from './use-plan.ts';

export interface PlanViewProps {
  readonly planned: Extract<Planned, { ok: true }>;
  readonly ground: Ground;
  readonly waysOut: WaysOut | null;
  readonly changes: readonly PlanChange[];
  readonly onSchedule: (schedule: Schedule) => void;
  readonly onChanges: (changes: readonly PlanChange[]) => void;
  readonly onBox: (box: string) => void;
}

/** A plan as it is read: the answer, the picture, the schedules, the way out, the numbers. */
export function PlanView(props: PlanViewProps) {
  const { planned, ground, waysOut, changes, onSchedule, onChanges } = props;
  const { plan, box, comparison, ms } = planned;
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
      </div>
      <Reasons plan={plan} />
      <Section title="Memory of each phase" note="against what is free, less the reserve">
        <MemoryFigure plan={plan} title={`Memory planned on ${box}`} />
        <MemoryLegend />
        <PhaseLines plan={plan} />
      </Section>
      <Ways {...props} waysOut={waysOut} />
      <Schedules
        comparison={comparison}
        chosen={plan.schedule ?? 'sequential'}
        pricesFrom={ground.tables.pricesFrom}
        calibrated={box.startsWith('this machine') && ground.tables.speed.runs > 0}
        onSchedule={onSchedule}
      />
      <PhaseTable plan={plan} />
    </>
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

/** How each model would be loaded, in one line. */
function PhaseLines({ plan }: { readonly plan: Plan }) {
  return (
    <ul className={classes['lines']}>
      {plan.phases.map((phase) => (
        <li key={phase.modelId}>
          <strong>{phase.role === 'generate' ? 'Generate' : 'Judge'}</strong> {phase.modelName}:{' '}
          {howLoaded(phase)}
        </li>
      ))}
    </ul>
  );
}

function howLoaded({ settings, totalLayers }: PlanPhase): string {
  const where =
    settings.backend === 'cpu'
      ? 'on the CPU'
      : `${settings.gpuLayers} of ${totalLayers} layers on ${settings.devices.length === 1 ? 'one card' : `${settings.devices.length} cards`} (${settings.backend})`;
  const sequences = `${settings.sequences} ${settings.sequences === 1 ? 'sequence' : 'sequences'}`;
  return `${where}, ${sequences} of ${formatCount(settings.contextPerSequence)} tokens, KV ${settings.kvType}, batch ${settings.batch}${settings.flashAttention ? ', flash attention' : ''}`;
}
