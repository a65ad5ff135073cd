import type { Database } from 'better-sqlite3';

import type { JudgeInfo } from '../../domain/run.ts';
import type { NewJudge, StoreArgs } from '../api.ts';
import type { Schema } from '../schema.ts';
import { all, perConnection, query } from '../sql.ts';

const statements = perConnection((db) => ({
  find: db.prepare<[string], number>('SELECT id FROM judge WHERE sha256 = ?').pluck(),
  insert: db.prepare<[Record<string, string | null>]>(
    `INSERT INTO judge (sha256, kind, name, model_sha256, prompt_id, prompt_sha256, label_order, mode)
     VALUES (@sha256, @kind, @name, @modelSha256, @promptId, @promptSha256, @labelOrder, @mode)`,
  ),
  nextRepeat: db
    .prepare<[number], number>(
      'UPDATE judge SET last_repeat = last_repeat + 1 WHERE id = ? RETURNING last_repeat',
    )
    .pluck(),
}));

/** The judge of this content, made when it is new. The name it was first seen under stays. */
export function ensureJudge(db: Database, judge: NewJudge): number {
  const s = statements(db);
  const known = s.find.get(judge.sha256);
  if (known !== undefined) return known;
  const { sha256, kind, name, modelSha256, promptId, promptSha256, labelOrder, mode } = judge;
  return Number(
    s.insert.run({ sha256, kind, name, modelSha256, promptId, promptSha256, labelOrder, mode })
      .lastInsertRowid,
  );
}

/** Repeats of a judge are numbered from 1 over all runs, so that a number is never given twice; 0 is shared. */
export function nextRepeat(db: Database, judgeId: number): number {
  return statements(db).nextRepeat.get(judgeId) ?? 1;
}

export function toJudge(row: Omit<Schema['judge'], 'last_repeat'>): JudgeInfo {
  return {
    id: row.id,
    sha256: row.sha256,
    kind: row.kind,
    name: row.name,
    modelSha256: row.model_sha256,
    promptId: row.prompt_id,
    promptSha256: row.prompt_sha256,
    labelOrder: row.label_order,
    mode: row.mode,
  };
}

export const JUDGE_COLUMNS = [
  'judge.id',
  'judge.sha256',
  'judge.kind',
  'judge.name',
  'judge.model_sha256',
  'judge.prompt_id',
  'judge.prompt_sha256',
  'judge.label_order',
  'judge.mode',
] as const;

/** All judges, or those of a run: of its phases, in their order, then whoever else has judged its answers. */
export function listJudges(db: Database, a: StoreArgs<'judges.list'>): JudgeInfo[] {
  const rows = all(db, query.selectFrom('judge').select(JUDGE_COLUMNS).orderBy('id'));
  if (a.runId === null) return rows.map(toJudge);
  const phases = all(
    db,
    query
      .selectFrom('run_phase')
      .select('judge_id')
      .where('run_id', '=', a.runId)
      .where('judge_id', 'is not', null)
      .orderBy('seq'),
  ).map((phase) => phase.judge_id);
  const seen = new Set(
    all(db, query.selectFrom('run_judge').select('judge_id').distinct().where('run_id', '=', a.runId)).map(
      (row) => row.judge_id,
    ),
  );
  const rank = (id: number): number => (phases.includes(id) ? phases.indexOf(id) : phases.length);
  return rows
    .filter((row) => seen.has(row.id) || phases.includes(row.id))
    .sort((x, y) => rank(x.id) - rank(y.id) || x.id - y.id)
    .map(toJudge);
}
