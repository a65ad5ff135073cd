import { Tooltip } from '@mantine/core';
import { useMemo } from 'react';
import type { CombinedVerdict } from '../../src-main/domain/analysis/combined.ts';
import type { RunCounts } from '../../src-main/domain/run.ts';
import { formatCount, formatDecimal, formatPercent } from '../lib/format.ts';
import { type JudgeLabel, judgeLabels } from '../lib/judges.ts';
import { combinedScore, judgeScore, lexicalScores, type Score } from '../lib/scores.ts';
import classes from './ScoreTable.module.css';

/** Accuracy by every judge and rule: share, 95 % Wilson interval, denominators, and what was not scored and why. */
export function ScoreTable({
  counts,
  combined = null,
}: {
  readonly counts: RunCounts;
  /** What the judges say together, where the experiment puts them so: the first row. */
  readonly combined?: CombinedVerdict | null;
}) {
  const labels = useMemo(() => judgeLabels(counts.judges.map(({ judge }) => judge)), [counts]);
  const scores = useMemo(
    () => [...(combined === null ? [] : [combinedScore(combined)]), ...scoresOf(counts, labels)],
    [counts, combined, labels],
  );
  return (
    <table className={classes['table']}>
      <thead>
        <tr>
          <th scope="col">Judged by</th>
          <th scope="col" className={classes['end']}>
            Accuracy
          </th>
          <th
            scope="col"
            className={classes['wide']}
            title="Wilson’s, of these counts alone. Where a question has several answers, it is too narrow: Analysis takes them together"
          >
            95 % interval
          </th>
          <th scope="col" className={classes['end']}>
            Correct of scored
          </th>
          <th scope="col">Not scored</th>
          <th
            scope="col"
            className={classes['end']}
            title="Mean of P(correct) over the verdicts that have one"
          >
            Mean P
          </th>
        </tr>
      </thead>
      <tbody>
        {scores.map((score) => (
          <Row
            key={score.id}
            score={score}
            label={score.judge === null ? null : (labels.get(score.judge.judge.id) ?? null)}
          />
        ))}
      </tbody>
    </table>
  );
}

function scoresOf(counts: RunCounts, labels: ReadonlyMap<number, JudgeLabel>): Score[] {
  return [
    ...counts.judges.map((judge) => judgeScore(judge, labels.get(judge.judge.id)?.full ?? judge.judge.name)),
    ...lexicalScores(counts),
  ];
}

function Row({ score, label }: { readonly score: Score; readonly label: JudgeLabel | null }) {
  const { name, estimate, correct, scored, leftOut, judge } = score;
  const bounded = estimate !== null && estimate.level > 0;
  return (
    <tr>
      <th scope="row">
        {label?.name ?? name}
        {label === null || label.traits === '' ? null : (
          <span className={classes['traits']}>{label.traits}</span>
        )}
      </th>
      <td className={classes['value']}>{formatPercent(estimate?.value ?? null)}</td>
      <td>
        {estimate === null ? (
          <span className="az-dim">nothing scored</span>
        ) : (
          <IntervalBar
            label={name}
            value={estimate.value}
            low={bounded ? estimate.low : null}
            high={bounded ? estimate.high : null}
          />
        )}
      </td>
      <td className={classes['end']}>
        {correct === null ? '' : `${formatCount(correct)} of `}
        {formatCount(scored)}
      </td>
      <td className={classes['left']}>{leftOut.length === 0 ? 'none' : leftOut.join(', ')}</td>
      <td className={classes['end']}>{formatDecimal(judge?.meanPCorrect ?? null, 2)}</td>
    </tr>
  );
}

export interface IntervalBarProps {
  readonly label: string;
  /** Shares from 0 to 1; no bounds: a point alone. */
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** A share on a line from 0 to 100 %, its interval as a bar. */
export function IntervalBar({ label, value, low, high }: IntervalBarProps) {
  const percent = (share: number): string => `${share * 100}%`;
  const words = low === null || high === null ? '' : `${formatPercent(low)} to ${formatPercent(high)}`;
  return (
    <Tooltip label={`${formatPercent(value)}${words === '' ? '' : `; 95 % interval ${words}`}`}>
      <span className={classes['interval']}>
        <span
          className={classes['track']}
          role="img"
          aria-label={`${label}: ${formatPercent(value)}, ${words}`}
        >
          {low === null || high === null ? null : (
            <span
              className={classes['range']}
              style={{ insetInlineStart: percent(low), inlineSize: percent(high - low) }}
            />
          )}
          <span className={classes['point']} style={{ insetInlineStart: percent(value) }} />
        </span>
        <span className={classes['bounds']} aria-hidden>
          {low === null || high === null ? '' : `${(low * 100).toFixed(1)} – ${(high * 100).toFixed(1)}`}
        </span>
      </span>
    </Tooltip>
  );
}
