import { useQueries } from '@tanstack/react-query';
import type { AnswerDetail } from '../../../src-main/domain/answer.ts';
import type { Run, RunPhase } from '../../../src-main/domain/run.ts';
import { Section } from '../../components/PageHead.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { formatCount } from '../../lib/format.ts';
import { activePhase } from '../../lib/runs.ts';
import { answerQuery } from '../../queries/answers.ts';
import classes from './Run.module.css';

const SHOWN = 7;
/** Rows end in about, not exactly, the order they are asked in: looked at a little further than shown. */
const LOOKED_AT = 12;

/** What the run has just written, the latest first. */
export function LastAnswers({ run }: { readonly run: Run }) {
  const phase = activePhase(run) ?? run.phases.findLast(({ done }) => done > 0) ?? null;
  const last = phase === null ? 0 : Math.min(run.total, phase.done + phase.failed);
  const positions = Array.from({ length: Math.min(LOOKED_AT, last) }, (_, index) => last - 1 - index);
  const rows = useQueries({
    queries: positions.map((position) => ({
      ...answerQuery(run.id, position),
      refetchInterval: ({ state }: { state: { data?: AnswerDetail | undefined } }) =>
        isThere(state.data, phase) ? (false as const) : 1500,
    })),
  });
  const there = rows
    .map(({ data }) => data)
    .filter((row): row is AnswerDetail => row !== undefined && isThere(row, phase))
    .slice(0, SHOWN);
  return (
    <Section title={phase?.role === 'judge' ? 'Last verdicts' : 'Last answers'}>
      {there.length === 0 ? (
        <p className="az-dim">
          {phase?.state === 'running'
            ? 'Nothing yet: the first ones are being worked on.'
            : 'Nothing yet: the model is being loaded.'}
        </p>
      ) : (
        <ol className={classes['last']}>
          {there.map((row) => (
            <LastRow key={row.position} row={row} judgeId={phase?.judgeId ?? null} />
          ))}
        </ol>
      )}
    </Section>
  );
}

function isThere(row: AnswerDetail | undefined, phase: RunPhase | null): boolean {
  if (row === undefined) return false;
  if (phase?.role === 'judge') return row.verdicts.some(({ judgeId }) => judgeId === phase.judgeId);
  return row.answer !== null || row.failure !== null;
}

function LastRow({ row, judgeId }: { readonly row: AnswerDetail; readonly judgeId: number | null }) {
  const cell = row.verdicts.find((verdict) => verdict.judgeId === judgeId);
  return (
    <li>
      <span className={classes['lastNumber']}>{formatCount(row.position + 1)}</span>
      <span className={classes['lastTexts']}>
        <span className="az-clip az-dim">{row.question}</span>
        <span className="az-clip">{row.answer ?? row.failure}</span>
      </span>
      {cell === undefined ? null : <StateMark state={cell.verdict} pCorrect={cell.pCorrect} />}
    </li>
  );
}
