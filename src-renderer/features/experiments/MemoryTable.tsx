import type { Run, RunPhase } from '../../../src-main/domain/run.ts';
import type { PlanComponent, PlanDevice } from '../../../src-main/domain/plan.ts';
import { Section } from '../../components/PageHead.tsx';
import { Quantity } from '../../components/Quantity.tsx';
import { formatMib, formatPercent } from '../../lib/format.ts';
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

/** The prediction of each phase and device against what was measured, part by part. */
export function MemoryTable({ run }: { readonly run: Run }) {
  const rows = run.phases.flatMap((phase) =>
    (phase.plan?.devices ?? []).map((device) => ({ phase, device, lines: linesOf(phase, device) })),
  );
  if (rows.length === 0) return null;
  return (
    <Section
      title="Memory, predicted and measured"
      note="MiB; measured: llama.cpp’s own account, and the process at its peak"
    >
      <table className={classes['memory']}>
        <thead>
          <tr>
            <th scope="col">Phase</th>
            <th scope="col">Device</th>
            <th scope="col">Part</th>
            <th scope="col" className={classes['end']}>
              Predicted
            </th>
            <th scope="col" className={classes['end']}>
              Measured
            </th>
            <th scope="col" className={classes['end']}>
              Difference
            </th>
          </tr>
        </thead>
        {rows.map(({ phase, device, lines }) => (
          <tbody key={`${phase.seq}-${device.deviceId}`}>
            {lines.map((line, index) => (
              <tr key={line.key} data-total={line.total}>
                {index === 0 ? (
                  <>
                    <th scope="rowgroup" rowSpan={lines.length}>
                      {phase.role === 'generate' ? 'Generate' : 'Judge'} · {phase.modelName}
                    </th>
                    <td rowSpan={lines.length}>{device.name}</td>
                  </>
                ) : null}
                <td>{line.part}</td>
                <td className={classes['end']}>
                  <Predicted line={line} />
                </td>
                <td className={classes['end']}>{formatMib(line.measured)}</td>
                <td className={classes['end']}>{difference(line)}</td>
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </Section>
  );
}

function Predicted({ line }: { readonly line: Line }) {
  if (line.planned.length === 0) return <span className="az-dim">–</span>;
  const value = formatMib(line.predicted);
  const source = line.planned.map((component) => `${component.name}: ${component.source}`).join('. ');
  const [first] = line.planned;
  return line.total || first === undefined ? (
    <Quantity value={value} />
  ) : (
    <Quantity value={value} basis={first.basis} source={source} />
  );
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
  ].filter(({ planned }) => planned.length > 0);
  return [
    ...lines,
    {
      key: 'total',
      part: 'all, at the peak',
      planned: device.components,
      predicted: sum(device.components),
      measured: seen?.peakBytes ?? null,
      total: true,
    },
  ];
}
