import type { Database } from 'better-sqlite3';

import type { RunPhase } from '../../domain/run.ts';
import type { StoreArgs, StoreResult } from '../api.ts';
import { StoreError } from '../api.ts';
import { fromJsonOrNull, SHAPES, toJsonOrNull } from '../json.ts';
import { all, first, perConnection, query } from '../sql.ts';
import { refreshJudge } from './cells.ts';
import { ensureJudge, nextRepeat } from './judges.ts';
import { requireOwner } from './owner.ts';

const statements = perConnection((db) => ({
  patch: db.prepare<[Record<string, string | number | null>]>(
    `UPDATE run_phase SET
       state = coalesce(@state, state),
       started_at = coalesce(@startedAt, started_at),
       ended_at = coalesce(@endedAt, ended_at),
       load_ms = coalesce(@loadMs, load_ms),
       plan = coalesce(@plan, plan),
       measured = coalesce(@measured, measured),
       provenance = coalesce(@provenance, provenance),
       error = CASE WHEN @setError THEN @error ELSE error END,
       tokens = tokens + @addTokens,
       busy_ms = busy_ms + @addBusyMs,
       worked = worked + @addWorked
     WHERE run_id = @runId AND seq = @seq`,
  ),
  judge: db.prepare<[number, number, number, number]>(
    'UPDATE run_phase SET judge_id = ?, repeat = ? WHERE run_id = ? AND seq = ?',
  ),
}));

export function phasesOf(db: Database, runId: number): RunPhase[] {
  const rows = all(db, query.selectFrom('run_phase').selectAll().where('run_id', '=', runId).orderBy('seq'));
  return rows.map((row) => ({
    seq: row.seq,
    role: row.role,
    modelName: row.model_name,
    judgeId: row.judge_id,
    repeat: row.repeat,
    state: row.state,
    total: row.total,
    done: row.done,
    failed: row.failed,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    tokens: row.tokens,
    busyMs: row.busy_ms,
    worked: row.worked,
    loadMs: row.load_ms,
    plan: fromJsonOrNull(SHAPES.planPhase, row.plan),
    measured: fromJsonOrNull(SHAPES.measured, row.measured),
    provenance: fromJsonOrNull(SHAPES.record, row.provenance),
    error: row.error,
  }));
}

/** Changes what the patch names. The first start of a phase stays its start when it is resumed. */
export function patchPhase(db: Database, a: StoreArgs<'runs.patchPhase'>): void {
  requireOwner(db, a.runId, a.token);
  const { patch } = a;
  const { changes } = statements(db).patch.run({
    runId: a.runId,
    seq: a.seq,
    state: patch.state ?? null,
    startedAt: patch.startedAt ?? null,
    endedAt: patch.endedAt ?? null,
    loadMs: patch.loadMs ?? null,
    plan: toJsonOrNull(patch.plan),
    measured: toJsonOrNull(patch.measured),
    provenance: toJsonOrNull(patch.provenance),
    setError: Number(patch.error !== undefined),
    error: patch.error ?? null,
    addTokens: patch.addTokens ?? 0,
    addBusyMs: patch.addBusyMs ?? 0,
    addWorked: patch.addWorked ?? 0,
  });
  if (changes === 0) throw noSuchPhase(a.runId, a.seq);
}

/**
 * Names the judge of a phase. Verdicts that this judge gave before, in the repeat that the run goes by, are counted
 * as done. Naming the same judge again changes nothing.
 */
export function setPhaseJudge(
  db: Database,
  a: StoreArgs<'runs.setPhaseJudge'>,
): StoreResult<'runs.setPhaseJudge'> {
  requireOwner(db, a.runId, a.token);
  const phase = first(
    db,
    query
      .selectFrom('run_phase')
      .innerJoin('run', 'run.id', 'run_phase.run_id')
      .select(['run_phase.judge_id', 'run_phase.repeat', 'run.again'])
      .where('run_phase.run_id', '=', a.runId)
      .where('run_phase.seq', '=', a.seq),
  );
  if (phase === undefined) throw noSuchPhase(a.runId, a.seq);
  const judgeId = ensureJudge(db, a.judge);
  if (phase.judge_id === judgeId) return { judgeId, repeat: phase.repeat };
  const repeat = phase.again === 1 ? nextRepeat(db, judgeId) : 0;
  statements(db).judge.run(judgeId, repeat, a.runId, a.seq);
  if (phase.judge_id !== null) refreshJudge(db, a.runId, phase.judge_id);
  refreshJudge(db, a.runId, judgeId);
  return { judgeId, repeat };
}

function noSuchPhase(runId: number, seq: number): StoreError {
  return new StoreError('not-found', `Run ${runId} has no phase ${seq}.`);
}
