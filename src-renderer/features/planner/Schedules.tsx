import { Button } from '@mantine/core';
import type { PlannerTables } from '../../../src-main/contract/planning.ts';
import type { Schedule } from '../../../src-main/domain/plan.ts';
import type { ScheduleComparison } from '../../../src-main/domain/planning/compare.ts';
import { FitBadge } from '../../components/FitBadge.tsx';
import { Section } from '../../components/PageHead.tsx';
import { formatCount, formatMib } from '../../lib/format.ts';
import { leastMargin } from './ElsewhereSection.tsx';
import { seconds, usd } from './LoadTable.tsx';
import classes from './Planner.module.css';

const NAMES: Readonly<Record<Schedule, string>> = {
  sequential: 'In turn: generate, unload, judge',
  together: 'Together on the same cards',
  split: 'Each on cards of its own',
};

export interface SchedulesProps {
  readonly comparison: ScheduleComparison;
  readonly chosen: Schedule;
  readonly pricesFrom: PlannerTables['pricesFrom'];
  /** Speeds come from this machine's own runs. */
  readonly calibrated: boolean;
  readonly onSchedule: (schedule: Schedule) => void;
}

/** The ways of loading the models beside one another: memory, time, cost, and from where on which is better. */
export function Schedules({ comparison, chosen, pricesFrom, calibrated, onSchedule }: SchedulesProps) {
  const { options, splitFromPrompts, togetherFromRounds } = comparison;
  const timed = options.some(({ time }) => time !== null);
  return (
    <Section
      title="Schedules"
      note={
        timed
          ? calibrated
            ? 'speeds from this machine’s own runs'
            : 'a range: bandwidth and compute of the cards, not yet measured'
          : 'choose a dataset for time and cost'
      }
    >
      <div className={classes['scroll']}>
        <table className={classes['table']}>
          <caption>Ways of loading the models, each planned</caption>
          <thead>
            <tr>
              <th scope="col">Models</th>
              <th scope="col">Fits</th>
              <th scope="col" className="az-num">
                Least margin, MiB
              </th>
              <th scope="col" className="az-num">
                Loading
              </th>
              <th scope="col" className="az-num">
                In all
              </th>
              <th scope="col" className="az-num">
                Rented, USD
              </th>
              <th scope="col">Choose</th>
            </tr>
          </thead>
          <tbody>
            {options.map(({ schedule, plan, time, cost }) => (
              <tr key={schedule} data-chosen={schedule === chosen}>
                <th scope="row">{plan.phases.length === 1 ? 'One model, loaded once' : NAMES[schedule]}</th>
                <td>
                  <FitBadge verdict={plan.verdict} />
                </td>
                <td className="az-num">{formatMib(leastMargin(plan)).replace(' MiB', '')}</td>
                <td className="az-num">{time === null ? '–' : seconds(time.fixedSeconds)}</td>
                <td className="az-num">{time === null ? '–' : seconds(time.totalSeconds)}</td>
                <td className="az-num" title={cost?.offers.map(({ provider }) => provider).join(', ')}>
                  {cost === null ? '–' : usd(cost.usd)}
                </td>
                <td>
                  {schedule === chosen ? (
                    'shown'
                  ) : (
                    <Button
                      variant="subtle"
                      size="compact-xs"
                      aria-label={`Show: ${NAMES[schedule]}`}
                      onClick={() => onSchedule(schedule)}
                    >
                      Show
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="az-dim">
        {splitFromPrompts === null || splitFromPrompts === 0
          ? ''
          : `Cards of their own are faster than loading in turn from ${formatCount(splitFromPrompts)} prompts on. `}
        {togetherFromRounds === null
          ? ''
          : `Keeping all loaded is faster than loading in turn from ${formatCount(togetherFromRounds)} ${togetherFromRounds === 1 ? 'round' : 'rounds'} of generating and judging on. `}
        {options.some(({ cost }) => cost !== null)
          ? `Prices as of ${pricesFrom.date}${pricesFrom.path === null ? '' : ', your own table'}.`
          : ''}
      </p>
    </Section>
  );
}
