import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { Plan } from '../../../src-main/domain/plan.ts';
import { FitBadge } from '../../components/FitBadge.tsx';
import { Section } from '../../components/PageHead.tsx';
import { formatMib } from '../../lib/format.ts';
import { compact } from '../../lib/search-params.ts';
import { seconds, usd } from './LoadTable.tsx';
import classes from './Planner.module.css';
import { TimeFigure } from './TimeFigure.tsx';
import type { Elsewhere } from './use-elsewhere.ts';

export interface ElsewhereProps {
  readonly list: readonly Elsewhere[];
  /** The machine of the plan above; undefined for this one. */
  readonly chosen: string | undefined;
  readonly pricesDate: string;
  readonly onBox: (box: string | undefined) => void;
}

/** This experiment here and on rented cards: whether it fits, how long it takes and what that costs. */
export function ElsewhereSection({ list, chosen, pricesDate, onBox }: ElsewhereProps) {
  if (list.length === 0) return null;
  const timed = list.some(({ time }) => time !== null);
  return (
    <Section
      title="Here and elsewhere"
      note={timed ? 'models in turn, loading included' : 'choose a dataset for time and cost'}
    >
      {timed ? <TimeFigure list={list} pricesDate={pricesDate} /> : null}
      <div className={classes['scroll']}>
        <table className={`${classes['table']} ${classes['compact']}`}>
          <caption>
            The same experiment on other machines
            {timed ? (
              <>
                ; prices as of {pricesDate}:{' '}
                <Link
                  from="/plan"
                  to="/plan"
                  search={(before) => compact({ ...before, tab: 'prices' as const })}
                >
                  look at them or change them
                </Link>
              </>
            ) : null}
          </caption>
          <thead>
            <tr>
              <th scope="col">Machine</th>
              <th scope="col">Fits</th>
              <th scope="col">Layers on cards</th>
              <th scope="col" className="az-num">
                Least margin, MiB
              </th>
              <th scope="col" className="az-num">
                In all
              </th>
              <th scope="col" className="az-num">
                Rented, USD
              </th>
            </tr>
          </thead>
          <tbody>
            {list.map((one) => (
              <Row key={one.box ?? ''} one={one} chosen={one.box === chosen} onBox={onBox} />
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

/** A name in a table that is a button: without a button's room. */
const IN_LINE = { root: { paddingInline: 0, height: 22, fontSize: 13 } };

interface RowProps {
  readonly one: Elsewhere;
  readonly chosen: boolean;
  readonly onBox: (box: string | undefined) => void;
}

function Row({ one: { box, plan, time, cost }, chosen, onBox }: RowProps) {
  const name = box ?? 'this machine';
  const runs = plan.verdict !== 'no';
  return (
    <tr data-chosen={chosen}>
      <th scope="row" className={classes['nowrap']}>
        {chosen ? (
          name
        ) : (
          <Button
            variant="subtle"
            size="compact-xs"
            styles={IN_LINE}
            title={`Plan on ${name}`}
            onClick={() => onBox(box)}
          >
            {name}
          </Button>
        )}
      </th>
      <td>
        <FitBadge verdict={plan.verdict} />
      </td>
      <td className={classes['nowrap']}>{layersText(plan)}</td>
      <td className="az-num">{formatMib(leastMargin(plan)).replace(' MiB', '')}</td>
      <td className="az-num">{time === null || !runs ? '–' : seconds(time.totalSeconds)}</td>
      <td
        className="az-num"
        title={cost?.offers
          .map(({ provider, usdPerHour, date }) => `${provider}: ${usdPerHour} USD/h, ${date}`)
          .join('\n')}
      >
        {costText(cost, runs, box)}
      </td>
    </tr>
  );
}

function costText(cost: Elsewhere['cost'], runs: boolean, box: string | undefined): string {
  if (box === undefined) return 'yours';
  return cost === null || !runs ? '–' : usd(cost.usd);
}

function layersText({ phases }: Plan): string {
  return phases.map(({ settings, totalLayers }) => `${settings.gpuLayers}/${totalLayers}`).join(', ');
}

export function leastMargin(plan: Plan): number {
  return Math.min(...plan.phases.flatMap((phase) => phase.devices.map((device) => device.marginBytes)));
}
