import type { Database } from 'better-sqlite3';
import type { StoreArgs, StoreResult } from '../api.ts';
import { itemRange } from '../ids.ts';
import { perConnection } from '../sql.ts';
import { phasesOf } from './phases.ts';

interface Candidate {
  readonly run_id: number;
  readonly seq: number;
  readonly started_at: number;
  readonly ended_at: number | null;
}

const statements = perConnection((db) => ({
  candidates: db.prepare<[number, number], Candidate>(
    `SELECT run_id, seq, started_at, ended_at FROM run_phase
     WHERE judge_id = ? AND started_at IS NOT NULL AND busy_ms > 0
     ORDER BY run_id = ? DESC, run_id DESC, seq`,
  ),
  times: db
    .prepare<[number, number, number]>(
      `SELECT j.at FROM run_item AS i JOIN judgment AS j ON j.answer_id = i.answer_id AND j.judge_id = ?
       WHERE i.id BETWEEN ? AND ?`,
    )
    .pluck(),
}));

/**
 * Of each judge, the phase that made most of its verdicts on a run's answers, in whatever run that was: a phase finds verdicts
 * of before and makes none again. A verdict belongs to the phase in whose time it was given.
 */
export function judgePhases(
  db: Database,
  { runId, judgeIds }: StoreArgs<'analysis.judgePhases'>,
): StoreResult<'analysis.judgePhases'> {
  const { candidates } = statements(db);
  return judgeIds.flatMap((judgeId) => {
    const phases = candidates.all(judgeId, runId);
    if (phases.length === 0) return [];
    const times = timesOf(db, runId, judgeId);
    let best: { readonly of: Candidate; readonly made: number } | null = null;
    for (const of of phases) {
      const made = countWithin(times, of);
      // The run's own comes first, then the newest.
      if (made > (best?.made ?? 0)) best = { of, made };
    }
    if (best === null) return [];
    const { run_id: madeIn, seq } = best.of;
    const phase = phasesOf(db, madeIn).find((one) => one.seq === seq);
    if (phase === undefined) return [];
    const judged = madeIn === runId ? best.made : countWithin(timesOf(db, madeIn, judgeId), best.of);
    return [{ judgeId, runId: madeIn, phase, made: best.made, judged }];
  });
}

function timesOf(db: Database, runId: number, judgeId: number): number[] {
  const { first, last } = itemRange(runId);
  return statements(db)
    .times.all(judgeId, first, last)
    .filter((at) => typeof at === 'number');
}

const countWithin = (times: readonly number[], { started_at: from, ended_at: to }: Candidate): number =>
  times.filter((at) => at >= from && (to === null || at <= to)).length;
