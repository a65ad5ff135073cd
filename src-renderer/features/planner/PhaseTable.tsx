import { Fragment } from 'react';
import type { Plan, PlanDevice, PlanPhase } from '../../../src-main/domain/plan.ts';
import { Section } from '../../components/PageHead.tsx';
import { formatMib } from '../../lib/format.ts';
import { deviceName, PARTS, phaseName } from './memory-bars.ts';
import classes from './Planner.module.css';

/** Every component of every device and phase, with where its number comes from and how it adds up. */
export function PhaseTable({ plan }: { readonly plan: Plan }) {
  return (
    <Section title="Components" note="each with how sure it is: exact, computed, calibrated or guessed">
      <div className={classes['scroll']}>
        <table className={classes['table']}>
          <caption>Memory of each phase on each device, MiB</caption>
          <thead>
            <tr>
              <th scope="col">Phase and device</th>
              <th scope="col">Component</th>
              <th scope="col" className="az-num">
                MiB
              </th>
              <th scope="col" className="az-num" title="Where the number is not sure: its bounds">
                Between
              </th>
              <th scope="col">Basis</th>
              <th scope="col">Source</th>
            </tr>
          </thead>
          <tbody>
            {plan.phases.map((phase) => (
              <Fragment key={`${phaseName(plan, phase)} ${phase.modelId}`}>
                {phase.devices
                  .filter(({ components }) => components.some(({ bytes }) => bytes > 0))
                  .map((device) => (
                    <DeviceRows key={device.deviceId} plan={plan} phase={phase} device={device} />
                  ))}
              </Fragment>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

interface DeviceRowsProps {
  readonly plan: Plan;
  readonly phase: PlanPhase;
  readonly device: PlanDevice;
}

function DeviceRows({ plan, phase, device }: DeviceRowsProps) {
  const components = device.components.filter(({ bytes }) => bytes > 0);
  const sum = components.reduce((all, { bytes }) => all + bytes, 0);
  const { capacityBytes, reserveBytes, marginBytes } = device;
  const totals = [
    { name: 'in all', bytes: sum, source: 'the components above' },
    {
      name: 'margin',
      bytes: marginBytes,
      source: `${mib(capacityBytes)} free − ${mib(reserveBytes)} reserve − ${mib(sum)} in all`,
    },
  ];
  return (
    <>
      {components.map(({ name, bytes, basis, source, interval }, i) => (
        <tr key={name}>
          {i > 0 ? null : (
            <th scope="rowgroup" rowSpan={components.length + totals.length} className={classes['top']}>
              {phaseName(plan, phase)} · {deviceName(device, phase.devices)}
              <div className="az-dim">{phase.modelName}</div>
            </th>
          )}
          <td className={classes['nowrap']}>
            <span className={classes['swatch']} style={{ background: PARTS[name].fill }} />
            {PARTS[name].name}
          </td>
          <td className="az-num">{mib(bytes)}</td>
          <td className="az-num az-dim">
            {interval === undefined ? '' : `${mib(interval[0])} – ${mib(interval[1])}`}
          </td>
          <td>{basis}</td>
          <td className="az-dim">{source}</td>
        </tr>
      ))}
      {totals.map(({ name, bytes, source }) => (
        <tr key={name} data-sum={name === 'margin' ? 'last' : 'true'}>
          <td>{name}</td>
          <td className="az-num" data-verdict={name === 'margin' ? (bytes < 0 ? 'no' : 'yes') : undefined}>
            {mib(bytes)}
          </td>
          <td />
          <td />
          <td className="az-dim">{source}</td>
        </tr>
      ))}
    </>
  );
}

const mib = (bytes: number): string => formatMib(bytes).replace(' MiB', '');
