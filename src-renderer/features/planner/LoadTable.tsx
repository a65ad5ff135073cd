import type { Plan, PlanPhase } from '../../../src-main/domain/plan.ts';
import { estimateSpeed, type Range, type SpeedEstimate } from '../../../src-main/domain/planning/speed.ts';
import type { ScheduleTime } from '../../../src-main/domain/planning/time.ts';
import type { ExperimentToPlan } from '../../../src-main/domain/planning/plan-experiment.ts';
import { modelsOf, type TimingTables } from '../../../src-main/domain/planning/compare.ts';
import { formatCount, formatSeconds } from '../../lib/format.ts';
import { phaseName } from './memory-bars.ts';
import classes from './Planner.module.css';

export interface LoadTableProps {
  readonly plan: Plan;
  readonly experiment: ExperimentToPlan;
  readonly timing: TimingTables;
  /** Of the plan; null without a dataset. */
  readonly time: ScheduleTime | null;
}

/** How each model would be loaded, how fast it would run, and how long that takes. */
export function LoadTable({ plan, experiment, timing, time }: LoadTableProps) {
  const models = modelsOf(experiment);
  const speeds = plan.phases.map((phase, i) => {
    const header = models[i]?.header;
    return header === undefined
      ? null
      : estimateSpeed(phase, header, experiment.machine, timing.cards, timing.calibration);
  });
  const sources = [...new Set(speeds.flatMap((speed) => speed?.source ?? []))];
  return (
    <div className={classes['scroll']}>
      <table className={classes['table']}>
        <caption>How each model is loaded, and how fast it would be</caption>
        <thead>
          <tr>
            <th scope="col">Phase</th>
            <th scope="col" className="az-num">
              Reads, tokens/s
            </th>
            <th scope="col" className="az-num">
              Writes, tokens/s
            </th>
            <th scope="col" className="az-num">
              Load
            </th>
            <th scope="col" className="az-num">
              Work
            </th>
          </tr>
        </thead>
        <tbody>
          {plan.phases.map((phase, i) => (
            <LoadRow
              key={`${phaseName(plan, phase)} ${phase.modelId}`}
              name={phaseName(plan, phase)}
              phase={phase}
              speed={speeds[i] ?? null}
              time={time?.phases[i] ?? null}
            />
          ))}
        </tbody>
      </table>
      <p className="az-dim">
        {`Speeds of all sequences together, ${speeds.some((speed) => speed?.calibrated === true) ? 'calibrated' : 'guessed'}: ${sources.join('; ')}.`}
      </p>
    </div>
  );
}

interface LoadRowProps {
  readonly name: string;
  readonly phase: PlanPhase;
  readonly speed: SpeedEstimate | null;
  readonly time: ScheduleTime['phases'][number] | null;
}

function LoadRow({ name, phase, speed, time }: LoadRowProps) {
  return (
    <tr>
      <th scope="row">
        {name}: <span className={classes['break']}>{phase.modelName}</span>
        <div className={classes['aside']}>{howLoaded(phase)}</div>
      </th>
      <td className="az-num">{speed === null ? '–' : rate(speed.promptTokensPerSecond)}</td>
      <td className="az-num">{speed === null ? '–' : rate(speed.tokensPerSecond)}</td>
      <td className="az-num">{time === null ? '–' : seconds(time.loadSeconds)}</td>
      <td className="az-num">{time === null ? '–' : seconds(time.workSeconds)}</td>
    </tr>
  );
}

function howLoaded({ settings, totalLayers, devices }: PlanPhase): string {
  const cards = devices.filter(({ deviceId }) => deviceId !== 'host').map(({ name }) => name);
  const where =
    settings.backend === 'cpu'
      ? 'on the CPU'
      : `${settings.gpuLayers} of ${totalLayers} layers on ${cardsText(cards)} (${settings.backend})`;
  const sequences = `${settings.sequences} ${settings.sequences === 1 ? 'sequence' : 'sequences'}`;
  return `${where}, ${sequences} of ${formatCount(settings.contextPerSequence)} tokens, KV ${settings.kvType}, batch ${settings.batch}${settings.flashAttention ? ', flash attention' : ''}`;
}

/** "2× RTX 4090 and L4". */
function cardsText(cards: readonly string[]): string {
  const counted = [...new Set(cards)].map((name) => {
    const count = cards.filter((other) => other === name).length;
    return count === 1 ? name : `${count}× ${name}`;
  });
  return counted.join(' and ');
}

/** Two figures are all that such a guess has. */
const rounded = (value: number): string => formatCount(Number(value.toPrecision(2)));

function rate([low, high]: Range): string {
  const [from, to] = [rounded(low), rounded(high)];
  return from === to ? from : `${from} – ${to}`;
}

export function seconds([low, high]: Range): string {
  const [from, to] = [formatSeconds(low), formatSeconds(high)];
  return from === to ? from : `${from} – ${to}`;
}

/** Less than a cent is said so: nothing is free. */
export function usd([low, high]: Range): string {
  const text = (value: number): string => (value < 0.005 ? '<0.01' : value.toFixed(2));
  const [from, to] = [text(low), text(high)];
  return from === to ? from : `${from} – ${to}`;
}
