import type { Run, RunPhase } from '../../../src-main/domain/run.ts';
import type { PlanComponent, PlanDevice } from '../../../src-main/domain/plan.ts';
import { BasisWord } from '../../components/BasisWord.tsx';
import { Section } from '../../components/PageHead.tsx';
import { formatMib, formatPercent } from '../../lib/format.ts';
import { phaseNumber, swappedOrders } from './turns.ts';
import classes from './Run.module.css';

interface Line {
  readonly key: string;
  readonly part: string;
  readonly planned: readonly PlanComponent[];
  readonly predicted: number;
  readonly measured: number | null;
  readonly total: boolean;
}

const sum = (components: readonly PlanComponent[]): number =>
  components.reduce((total, { bytes }) => total + bytes, 0);

/** The prediction of each phase and device against what was measured, part by part, in the order in which phases ran. */
export function MemoryTable({ run }: { readonly run: Run }) {
  const planned = run.phases.filter(({ plan }) => plan !== null);
  if (planned.length === 0) return null;
  const orders = swappedOrders(run);
  return (
    <Section
      title="Memory, predicted and measured"
      note="parts measured: llama.cpp’s own account; in all: the process at its peak"
    >
      <table className={classes['memory']}>
        <thead>
          <tr>
            <th scope="col">Device</th>
            <th scope="col">Part</th>
            <th scope="col" className={classes['end']}>
              Predicted, MiB
            </th>
            <th scope="col">Basis</th>
            <th scope="col" className={classes['end']}>
              Measured, MiB
            </th>
            <th scope="col" className={classes['end']}>
              Difference
            </th>
          </tr>
        </thead>
        {planned.map((phase) => (
          <PhaseMemory key={phase.seq} phase={phase} labels={orders.get(phase.seq) ?? null} />
        ))}
      </table>
    </Section>
  );
}

function PhaseMemory({ phase, labels }: { readonly phase: RunPhase; readonly labels: 'AB' | 'BA' | null }) {
  const loadedBy = phase.provenance?.['loadedByPhase'];
  const loadedNothing = phase.state === 'done' && phase.measured === null;
  return (
    <tbody>
      <tr className={classes['phaseOf']}>
        <th scope="rowgroup" colSpan={6}>
          {phaseNumber(phase)} {phase.role === 'generate' ? 'Generate' : 'Judge'} · {phase.modelName}
          <span className={classes['order']}>
            {labels === null ? '' : ` · labels ${labels}`}
            {loadedNothing ? ' · loaded nothing: all of it was done before' : ''}
            {typeof loadedBy === 'number' ? ` · with what phase ${loadedBy + 1} had loaded` : ''}
          </span>
        </th>
      </tr>
      {(loadedNothing ? [] : (phase.plan?.devices ?? [])).flatMap((device) => {
        const lines = linesOf(phase, device);
        return lines.map((line, index) => (
          <tr key={`${device.deviceId} ${line.key}`} data-total={line.total}>
            {index === 0 ? (
              <th scope="row" rowSpan={lines.length}>
                {device.name}
              </th>
            ) : null}
            <td>{line.part}</td>
            <td className={classes['end']}>{mib(line.planned.length === 0 ? null : line.predicted)}</td>
            <td>
              <PlannedBasis line={line} />
            </td>
            <td className={classes['end']}>{mib(line.measured)}</td>
            <td className={classes['end']}>{difference(line)}</td>
          </tr>
        ));
      })}
    </tbody>
  );
}

const mib = (bytes: number | null): string => formatMib(bytes).replace(' MiB', '');

function PlannedBasis({ line: { total, planned } }: { readonly line: Line }) {
  const [first] = planned;
  if (total || first === undefined) return null;
  const source = planned.map((component) => `${component.name}: ${component.source}`).join('. ');
  return <BasisWord basis={first.basis} source={source} />;
}

function difference({ predicted, measured, planned }: Line): string {
  if (measured === null || planned.length === 0 || predicted === 0) return '–';
  const share = (measured - predicted) / predicted;
  return `${share > 0 ? '+' : ''}${formatPercent(share)}`;
}

function linesOf(phase: RunPhase, device: PlanDevice): Line[] {
  const seen = phase.measured?.devices.find(({ deviceId }) => deviceId === device.deviceId) ?? null;
  const pick = (...names: readonly PlanComponent['name'][]): PlanComponent[] =>
    device.components.filter(({ name }) => names.includes(name));
  const line = (part: string, planned: readonly PlanComponent[], measured: number | null): Line => ({
    key: part,
    part,
    planned,
    predicted: sum(planned),
    measured,
    total: false,
  });
  const lines = [
    line('weights', pick('weights'), seen?.weightsBytes ?? null),
    line('KV cache and state', pick('kv-cache', 'recurrent-state'), seen?.kvBytes ?? null),
    line('compute and output', pick('compute', 'output'), seen?.computeBytes ?? null),
    line('driver and process', pick('driver-context', 'process'), null),
    // With every layer on a card there are no weights in RAM, and nothing to compare.
  ].filter(
    ({ planned, predicted, measured }) => planned.length > 0 && (predicted > 0 || (measured ?? 0) > 0),
  );
  return [
    ...lines,
    {
      key: 'total',
      part: 'in all, at the peak',
      planned: device.components,
      predicted: sum(device.components),
      measured: seen?.peakBytes ?? null,
      total: true,
    },
  ];
}
