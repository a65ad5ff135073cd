import { Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { JudgeCounts, RunCounts } from '../../../src-main/domain/run.ts';
import { formatCount, formatPercent, formatPlural } from '../../lib/format.ts';
import { judgeLabels, type JudgeLabel } from '../../lib/judges.ts';
import { judgeScore } from '../../lib/scores.ts';
import { alarmsQuery } from '../../queries/judging.ts';
import classes from './Answers.module.css';

/** Accuracy by judge in the head's one line, alarms first; what was not scored is said, not left out. */
export function HeadScores({ runId, counts }: { readonly runId: number; readonly counts: RunCounts }) {
  const alarms = useQuery(alarmsQuery(runId)).data ?? [];
  const labels = judgeLabels(counts.judges.map(({ judge }) => judge));
  const serious = alarms.some(({ severity }) => severity === 'error');
  return (
    <span className={classes['head']}>
      {alarms.length === 0 ? null : (
        <Tooltip label={alarms.map(({ text }) => text).join('\n\n')} style={{ whiteSpace: 'pre-line' }}>
          <Link
            to="/runs/$runId"
            params={{ runId }}
            className={classes['alarm']}
            data-severity={serious ? 'error' : 'warning'}
          >
            ⚠ {formatPlural(alarms.length, 'alarm')}
          </Link>
        </Tooltip>
      )}
      <span className={classes['scores']}>
        {counts.judges.map((counted) => (
          <Score key={counted.judge.id} counted={counted} label={labels.get(counted.judge.id)} />
        ))}
      </span>
      {counts.judges.length < 3 ? null : (
        <Link to="/analysis" search={{ run: runId }} className={classes['all']}>
          all {counts.judges.length} judges
        </Link>
      )}
    </span>
  );
}

function Score({
  counted,
  label,
}: {
  readonly counted: JudgeCounts;
  readonly label: JudgeLabel | undefined;
}) {
  const { estimate, scored, leftOut } = judgeScore(counted, label?.full ?? counted.judge.name);
  const bounds =
    estimate === null
      ? 'nothing scored'
      : `95 % interval ${formatPercent(estimate.low)} to ${formatPercent(estimate.high)}`;
  return (
    <Tooltip
      label={`${label?.full ?? ''}: ${bounds}. Not scored: ${leftOut.length === 0 ? 'none' : leftOut.join(', ')}.`}
    >
      <span className={classes['score']}>
        {label?.short} <strong>{formatPercent(estimate?.value ?? null)}</strong>{' '}
        {estimate === null ? '' : `[${(estimate.low * 100).toFixed(0)}–${(estimate.high * 100).toFixed(0)}] `}
        of {formatCount(scored)}
        {leftOut.length === 0 ? '' : `, ${leftOut.join(', ')}`}
      </span>
    </Tooltip>
  );
}
