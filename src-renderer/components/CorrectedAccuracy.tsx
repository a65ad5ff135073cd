import { NumberInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { AnalysisInput } from '../../src-main/contract/analysis.ts';
import type { CorrectedView } from '../../src-main/domain/analysis/corrected-view.ts';
import type { CorrectedAccuracy as Corrected } from '../../src-main/domain/statistics/corrected.ts';
import type { Estimate } from '../../src-main/domain/statistics/interval.ts';
import { formatCount, formatPercent, formatPlural } from '../lib/format.ts';
import { correctedQuery } from '../queries/analysis.ts';
import { ErrorNote } from './ErrorNote.tsx';
import { Facts, type Fact } from './Facts.tsx';
import { IntervalBar } from './ScoreTable.tsx';
import classes from './CorrectedAccuracy.module.css';

export interface CorrectedAccuracyProps {
  readonly input: AnalysisInput;
  readonly judge: string;
  /** Half-width in points that the labels still needed are counted for. */
  readonly marginPoints: number;
  readonly onMargin: (points: number) => void;
  /** Under one another, for a column at the side. */
  readonly narrow?: boolean;
}

/** A judge's accuracy as it stands and as blind random labels correct it, side by side; and how many labels more reach ±x. */
export function CorrectedAccuracy(props: CorrectedAccuracyProps) {
  const { input, judge, marginPoints, onMargin, narrow = false } = props;
  const view = useQuery(correctedQuery({ ...input, judge, margin: marginPoints / 100 }));
  if (view.isError) {
    return (
      <ErrorNote
        error={view.error}
        what="The accuracy could not be corrected."
        onRetry={() => void view.refetch()}
      />
    );
  }
  if (view.data === undefined) return <p className="az-dim">Counting…</p>;
  const { raw, corrected, tuned, labels, notes } = view.data;
  const said = [...(corrected?.cautions ?? []), ...notes];
  return (
    <div className={classes['root']} data-narrow={narrow}>
      <div className={classes['numbers']}>
        <Line
          name="Judge alone"
          estimate={raw.accuracy}
          note={`${formatCount(raw.counts.correct)} of ${formatCount(raw.scored)} scored`}
        />
        <Line
          name="Corrected by labels"
          id="corrected-accuracy"
          estimate={corrected?.estimate ?? null}
          note={corrected === null ? 'no correction yet' : correctionText(corrected)}
          strong
        />
        {tuned === null || corrected === null || Math.abs(tuned.weight - 1) < 0.005 ? null : (
          <Line
            name="The same, judge weighed"
            estimate={tuned.estimate}
            note={`weight ${tuned.weight.toFixed(2)}; biased with few labels`}
          />
        )}
      </div>
      <Facts facts={factsOf(view.data, <Needed {...{ view: view.data, marginPoints, onMargin }} />)} />
      {said.length === 0 && labels.leftOut.length === 0 ? null : (
        <ul className={classes['notes']}>
          {said.map((note) => (
            <li key={note}>{note}</li>
          ))}
          {labels.leftOut.map(({ reason, count }) => (
            <li key={reason}>
              {formatPlural(count, 'label')} left out: {reason}.
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function correctionText({ correction, labels }: Corrected): string {
  const points = Math.abs(correction * 100).toFixed(1);
  const way = correction > 0 ? 'strict' : 'lenient';
  return Math.abs(correction) < 0.0005
    ? `${formatPlural(labels, 'label')}: the judge is neither lenient nor strict`
    : `${formatPlural(labels, 'label')}, on which the judge is ${points} points too ${way}`;
}

function Line({
  name,
  id,
  estimate,
  note,
  strong = false,
}: {
  readonly name: string;
  readonly id?: string;
  readonly estimate: Estimate | null;
  readonly note: string;
  readonly strong?: boolean;
}) {
  return (
    <div className={classes['line']} data-strong={strong}>
      <span className={classes['name']}>{name}</span>
      <span className={classes['value']} data-testid={id}>
        {formatPercent(estimate?.value ?? null)}
      </span>
      {estimate === null ? (
        <span />
      ) : (
        <IntervalBar label={name} value={estimate.value} low={estimate.low} high={estimate.high} />
      )}
      <span className="az-dim">{note}</span>
    </div>
  );
}

function factsOf({ labels, corrected }: CorrectedView, needed: ReactNode): Fact[] {
  return [
    {
      name: 'Labels',
      value: `${formatCount(labels.used)} used of ${formatCount(labels.random)} drawn blind and at random; ${formatCount(labels.labelled)} answers labelled in all${labels.authors.length === 0 ? '' : ` (${labels.authors.join(', ')})`}`,
    },
    {
      name: 'Worth of the judge',
      value:
        corrected === null
          ? '–'
          : `as precise as ${formatCount(Math.round(corrected.effectiveSampleSize))} labels without a judge`,
    },
    { name: 'Labels needed', value: needed },
  ];
}

function Needed({
  view,
  marginPoints,
  onMargin,
}: {
  readonly view: CorrectedView;
  readonly marginPoints: number;
  readonly onMargin: (points: number) => void;
}) {
  const found = view.needed.find(({ margin }) => Math.abs(margin * 100 - marginPoints) < 0.001);
  return (
    <span className={classes['needed']}>
      for ±
      <NumberInput
        aria-label="Half-width of the interval in points"
        value={marginPoints}
        onChange={(value) => {
          if (typeof value === 'number' && value > 0 && value < 50) onMargin(value);
        }}
        min={0.5}
        max={49}
        step={0.5}
        w={66}
      />
      points: {neededText(found ?? null, view.corrected?.labels ?? 0)}
    </span>
  );
}

function neededText(needed: CorrectedView['needed'][number] | null, labels: number): string {
  if (needed === null) return 'known after the first labels';
  const without = `${formatCount(needed.humanOnly)} without the judge`;
  if (needed.withJudge === null)
    return `not reached even with every answer labelled, which gives ±${(needed.bestMargin * 100).toFixed(1)}; ${without}`;
  const more = Math.max(0, needed.withJudge - labels);
  return more === 0
    ? `reached; ${without}`
    : `${formatCount(needed.withJudge)} in all, ${formatCount(more)} more; ${without}`;
}
