import type { Plan, PlanComponent } from '../../../src-main/domain/plan.ts';
import { Section } from '../../components/PageHead.tsx';
import { formatMib } from '../../lib/format.ts';
import classes from './Planner.module.css';

/** Every component of every device and phase, with where its number comes from. */
export function PhaseTable({ plan }: { readonly plan: Plan }) {
  return (
    <Section title="Components" note="each with how sure it is">
      <div className={classes['scroll']}>
        <table className={classes['table']}>
          <thead>
            <tr>
              <th scope="col">Phase</th>
              <th scope="col">Device</th>
              <th scope="col">Component</th>
              <th scope="col" className="az-num">
                MiB
              </th>
              <th scope="col">Basis</th>
              <th scope="col">Source</th>
            </tr>
          </thead>
          <tbody>
            {plan.phases.flatMap((phase) =>
              phase.devices.flatMap((device) =>
                device.components
                  .filter(({ bytes }) => bytes > 0)
                  .map((component) => (
                    <tr key={`${phase.modelId} ${device.deviceId} ${component.name}`}>
                      <td>{phase.role === 'generate' ? 'generate' : 'judge'}</td>
                      <td>{device.name}</td>
                      <td>{component.name}</td>
                      <td className="az-num" title={intervalText(component)}>
                        {formatMib(component.bytes).replace(' MiB', '')}
                        {component.interval === undefined ? '' : ' ±'}
                      </td>
                      <td>{component.basis}</td>
                      <td className="az-dim">{component.source}</td>
                    </tr>
                  )),
              ),
            )}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function intervalText({ interval }: PlanComponent): string | undefined {
  return interval === undefined ? undefined : `${formatMib(interval[0])} to ${formatMib(interval[1])}`;
}
