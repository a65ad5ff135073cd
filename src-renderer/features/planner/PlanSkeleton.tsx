import { Skeleton } from '@mantine/core';
import { Section } from '../../components/PageHead.tsx';
import { formatBytes } from '../../lib/format.ts';
import { Busy } from './Busy.tsx';
import type { Part } from './experiment.ts';
import classes from './Planner.module.css';

const BARS = ['70%', '35%', '82%', '28%'] as const;

/** Before the machine was asked, which takes as long as its drivers: what is known already, and where the rest will be. */
export function PlanSkeleton({
  parts,
  box,
}: {
  readonly parts: readonly Part[];
  readonly box: string | undefined;
}) {
  return (
    <>
      <Busy>
        {box === undefined
          ? 'Asking the drivers of this machine for its cards and their free memory; the first time takes a few seconds…'
          : `Reading the models to plan them on ${box}…`}
      </Busy>
      <Section title="Memory of each phase">
        <div className={classes['skeleton']} aria-hidden>
          {BARS.map((width) => (
            <Skeleton key={width} height={22} width={width} radius="sm" />
          ))}
        </div>
        <ul className={classes['lines']}>
          {parts.map(({ slot, model }) => (
            <li key={slot}>
              <strong>{slot === 'generator' ? 'Generate' : 'Judge'}</strong> {model.name}: {model.recipe},{' '}
              {formatBytes(model.header.fileBytes)}
              {model.source === 'disk' ? '' : ', not on this machine'}
            </li>
          ))}
        </ul>
      </Section>
    </>
  );
}
