import { Button, Checkbox, VisuallyHidden } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Play } from 'lucide-react';
import { useId } from 'react';
import type { PlannedRun } from '../../../src-main/contract/runs.ts';
import type { ApiChoice } from '../../../src-main/domain/experiment.ts';
import type { PlanPhase } from '../../../src-main/domain/plan.ts';
import { ErrorNote, Note } from '../../components/ErrorNote.tsx';
import { FitBadge } from '../../components/FitBadge.tsx';
import { PlanDeviceBar } from '../../components/MemoryBar.tsx';
import { formatClock, formatCount, formatPlural, formatSeconds } from '../../lib/format.ts';
import { inPlanner } from './in-planner.ts';
import type { Launching } from './use-launch.ts';
import classes from './Launch.module.css';

/** What would run, before it does: phases, memory on each device, warnings, time; and the button that starts it. */
export function PlanPanel(props: Launching) {
  const { missing, planned, stale, planError, startError } = props;
  return (
    <section className={classes['plan']} aria-label="The plan" aria-busy={stale}>
      <div className={classes['planHead']}>
        <h2 className={classes['planTitle']}>The plan</h2>
        {planned === null || missing !== null || planError ? null : (
          <>
            <FitBadge verdict={planned.plan.verdict} />
            <span className="az-dim">
              {planned.estimateSeconds === null
                ? 'no estimate: one of the models has not run here yet'
                : `about ${formatSeconds(planned.estimateSeconds)}`}
            </span>
          </>
        )}
        <span className={classes['planAt']}>
          {stale ? 'planning…' : planned === null ? '' : `memory read at ${formatClock(planned.plan.at)}`}
        </span>
      </div>
      {missing === null ? null : <Note tone="info">{missing}</Note>}
      {planError ? (
        <ErrorNote error={planError} what="This cannot be planned." onRetry={props.onReplan} />
      ) : null}
      {planned === null || missing !== null || planError ? null : <Planned planned={planned} />}
      <Start {...props} />
      {startError ? <ErrorNote error={startError} what="The run was not started." /> : null}
    </section>
  );
}

function Planned({ planned }: { readonly planned: PlannedRun }) {
  const { plan, warnings } = planned;
  return (
    <>
      {warnings.map((warning) => (
        <Note key={warning} tone="warning">
          {warning}
        </Note>
      ))}
      {plan.reasons.length === 0 ? null : (
        <Note tone={plan.verdict === 'no' ? 'error' : 'info'}>
          {plan.reasons.map((reason) => (
            <div key={reason}>{reason}</div>
          ))}
        </Note>
      )}
      <ol className={classes['phases']}>
        {stepsOf(planned).map((step, index) => (
          // oxlint-disable-next-line react/no-array-index-key -- the order is what tells phases apart
          <li key={index} className={classes['phase']}>
            {'api' in step ? (
              <RemoteStep {...step} />
            ) : (
              <PhasePlan phase={step} together={plan.schedule === 'together'} />
            )}
          </li>
        ))}
      </ol>
    </>
  );
}

interface RemoteStepProps {
  readonly role: PlanPhase['role'];
  readonly api: ApiChoice;
}

/** What runs, in order: what is planned for this machine, and between it what servers do. */
function stepsOf({ plan, experiment }: PlannedRun): (PlanPhase | RemoteStepProps)[] {
  const local = [...plan.phases];
  const { generator, judges } = experiment;
  const participants = [
    ...(generator === null ? [] : [{ role: 'generate' as const, api: generator.api }]),
    ...judges.flatMap(({ api, swap }) => {
      const turn = { role: 'judge' as const, api };
      return swap === true ? [turn, turn] : [turn];
    }),
  ];
  const steps = participants.flatMap(({ role, api }): (PlanPhase | RemoteStepProps)[] => {
    if (api !== undefined) return [{ role, api }];
    const next = local.shift();
    return next === undefined ? [] : [next];
  });
  return [...steps, ...local];
}

function RemoteStep({ role, api }: RemoteStepProps) {
  const { model, baseUrl, alsoAt, concurrency, maxCostUsd, inputUsdPerMillion } = api;
  const servers = alsoAt.length === 0 ? '' : ` and ${formatPlural(alsoAt.length, 'more server')}`;
  const cost =
    maxCostUsd !== null
      ? `stops at $${maxCostUsd}`
      : inputUsdPerMillion === null
        ? 'cost not counted'
        : 'cost counted, no cap';
  return (
    <>
      <div className={classes['phaseHead']}>
        <strong>{role === 'generate' ? 'Generate' : 'Judge'}</strong>
        <span className="az-clip">{model}</span>
      </div>
      <p className={classes['hint']}>
        asked of {new URL(baseUrl).host}
        {servers} · {formatPlural(concurrency, 'request')} at a time · {cost} · nothing is loaded here
      </p>
    </>
  );
}

function PhasePlan({ phase, together }: { readonly phase: PlanPhase; readonly together: boolean }) {
  const { settings } = phase;
  const where =
    settings.backend === 'cpu'
      ? 'on the CPU'
      : `${settings.gpuLayers} of ${phase.totalLayers} layers on ${settings.backend}`;
  return (
    <>
      <div className={classes['phaseHead']}>
        <strong>{phase.role === 'generate' ? 'Generate' : 'Judge'}</strong>
        <span className="az-clip">{phase.modelName}</span>
      </div>
      <p className={classes['hint']}>
        {where} · {formatCount(settings.contextPerSequence)} tokens × {settings.sequences}{' '}
        {settings.sequences === 1 ? 'sequence' : 'sequences'} · KV {settings.kvType}
        {settings.flashAttention ? ', flash attention' : ''} ·{' '}
        {together ? 'loaded beside the others' : 'then unloaded'}
      </p>
      {phase.devices.map((device) => (
        <PlanDeviceBar key={device.deviceId} device={device} />
      ))}
    </>
  );
}

/** To the page that knows ways out, schedules and other machines. */
function InPlanner({ planned }: { readonly planned: PlannedRun }) {
  if (planned.plan.phases.length === 0) return null;
  return (
    <Button
      variant="subtle"
      renderRoot={(props) => <Link to="/plan" search={inPlanner(planned)} {...props} />}
    >
      {planned.plan.verdict === 'yes' ? 'In the planner' : 'Ways out, in the planner'}
    </Button>
  );
}

function Start(props: Launching) {
  const { missing, planned, planError, blocked, loadAnyway, onLoadAnyway, starting, onStart } = props;
  const why = useId();
  const shown = missing === null && planned !== null && !planError;
  return (
    <div className={classes['start']}>
      {shown && planned.plan.verdict === 'no' ? (
        <Checkbox
          label="Load anyway, although it is planned to fail"
          checked={loadAnyway}
          onChange={(event) => onLoadAnyway(event.currentTarget.checked)}
        />
      ) : null}
      {shown ? <InPlanner planned={planned} /> : null}
      {missing === null && !planError ? (
        <span id={why} className={classes['why']} role="status">
          {blocked}
        </span>
      ) : (
        // On screen it is said above.
        <VisuallyHidden id={why}>{blocked}</VisuallyHidden>
      )}
      <Button
        leftSection={<Play size={14} aria-hidden />}
        loading={starting}
        // It keeps its place among the stops of Tab: a plan takes a moment, and the key that leads here is pressed before.
        data-disabled={blocked !== null}
        aria-disabled={blocked !== null}
        aria-describedby={why}
        onClick={onStart}
        title="Ctrl Enter"
      >
        Start
      </Button>
    </div>
  );
}
