import type { PhaseState, Run, RunPhase } from '../../../src-main/domain/run.ts';
import { formatCount, formatMs, formatRate, formatSeconds } from '../../lib/format.ts';
import { phaseNumber, swappedOrders } from './turns.ts';
import classes from './Run.module.css';

const MARKS: Readonly<Record<PhaseState, { mark: string; word: string; tone: string }>> = {
  waiting: { mark: '·', word: 'waiting', tone: 'unknown' },
  loading: { mark: '▶', word: 'loading', tone: 'accent' },
  running: { mark: '▶', word: 'running', tone: 'accent' },
  unloading: { mark: '▶', word: 'unloading', tone: 'accent' },
  done: { mark: '✓', word: 'done', tone: 'yes' },
  failed: { mark: '✗', word: 'failed', tone: 'no' },
  cancelled: { mark: '◼', word: 'cancelled', tone: 'unknown' },
};

/** What each phase has done: a model loaded, used, and unloaded before the next. */
export function Phases({ run }: { readonly run: Run }) {
  const orders = swappedOrders(run);
  return (
    <table className={classes['phases']}>
      <thead>
        <tr>
          <th scope="col">Phase</th>
          <th scope="col">Model</th>
          <th scope="col">State</th>
          <th scope="col" className={classes['wide']}>
            Done
          </th>
          <th scope="col" className={classes['end']}>
            Load
          </th>
          <th scope="col" className={classes['end']}>
            Work
          </th>
          <th scope="col" className={classes['end']}>
            Rate
          </th>
          <th scope="col">Unloaded</th>
        </tr>
      </thead>
      <tbody>
        {run.phases.map((phase) => (
          <PhaseRow key={phase.seq} phase={phase} labels={orders.get(phase.seq) ?? null} />
        ))}
      </tbody>
    </table>
  );
}

function PhaseRow({ phase, labels }: { readonly phase: RunPhase; readonly labels: 'AB' | 'BA' | null }) {
  const { mark, word, tone } = MARKS[phase.state];
  const perSecond = phase.busyMs > 0 && phase.tokens > 0 ? (phase.tokens * 1000) / phase.busyMs : null;
  const rowsPerSecond = phase.busyMs > 0 && phase.worked > 0 ? (phase.worked * 1000) / phase.busyMs : null;
  const share = phase.total === 0 ? 0 : Math.min(1, (phase.done + phase.failed) / phase.total);
  return (
    <tr>
      <th scope="row">
        {phaseNumber(phase)} {phase.role === 'generate' ? 'Generate' : 'Judge'}
        {phase.repeat > 0 ? <span className="az-dim"> repeat {phase.repeat}</span> : null}
      </th>
      <td>
        {phase.modelName}
        {labels === null ? null : (
          <>
            {' '}
            <span className={classes['order']}>labels {labels}</span>
          </>
        )}
      </td>
      <td>
        <span className={classes['state']} data-tone={tone}>
          <span aria-hidden>{mark}</span> {word}
        </span>
      </td>
      <td>
        <span className={classes['done']}>
          <span
            className={classes['track']}
            role="progressbar"
            aria-label={`${phase.role} with ${phase.modelName}`}
            aria-valuemin={0}
            aria-valuemax={phase.total}
            aria-valuenow={phase.done}
          >
            <span className={classes['fill']} data-tone={tone} style={{ inlineSize: `${share * 100}%` }} />
          </span>
          {formatCount(phase.done)} of {formatCount(phase.total)}
          {phase.failed > 0 ? (
            <span className={classes['failed']}>{formatCount(phase.failed)} failed</span>
          ) : null}
        </span>
      </td>
      <td className={classes['end']}>{formatMs(phase.loadMs)}</td>
      <td className={classes['end']}>{phase.busyMs === 0 ? '–' : formatSeconds(phase.busyMs / 1000)}</td>
      <td
        className={classes['end']}
        title={phase.role === 'generate' ? 'Tokens written a second' : 'Prompt tokens read a second'}
      >
        {formatRate(perSecond)}
        {rowsPerSecond === null ? '' : `, ${rowsPerSecond.toFixed(rowsPerSecond < 10 ? 2 : 0)} rows/s`}
      </td>
      <td className={classes['exit']}>{phase.measured?.exit ?? '–'}</td>
    </tr>
  );
}
