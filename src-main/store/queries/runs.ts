import type { Database } from 'better-sqlite3';

import type { Run, RunOwner, RunSummary } from '../../domain/run.ts';
import type { StoreArgs, StoreResult } from '../api.ts';
import { fromJson, fromJsonOrNull, SHAPES } from '../json.ts';
import type { Schema } from '../schema.ts';
import { all, first, query } from '../sql.ts';
import { listJudges } from './judges.ts';
import { phasesOf } from './phases.ts';

function runs() {
  return query
    .selectFrom('run')
    .innerJoin('dataset', 'dataset.id', 'run.dataset_id')
    .innerJoin('run_tally', 'run_tally.run_id', 'run.id')
    .selectAll('run')
    .select(['dataset.name as dataset_name', 'run_tally.answers']);
}

type RunRecord = Schema['run'] & { dataset_name: string; answers: number };

function toSummary(db: Database, row: RunRecord): RunSummary {
  return {
    id: row.id,
    name: row.name,
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    status: row.status,
    datasetId: row.dataset_id,
    datasetName: row.dataset_name,
    total: row.total,
    answered: row.answers,
    phases: phasesOf(db, row.id),
    live: fromJsonOrNull(SHAPES.live, row.live),
    owner: fromJsonOrNull(SHAPES.owner, row.owner),
    error: row.error,
  };
}

/** The newest first; `before` is the id of the last one of the page before. */
export function listRuns(db: Database, a: StoreArgs<'runs.list'>): RunSummary[] {
  const newest = runs().orderBy('run.id', 'desc').limit(a.limit);
  const page = a.before === null ? newest : newest.where('run.id', '<', a.before);
  return all(db, page).map((row) => toSummary(db, row));
}

export function getRun(db: Database, a: StoreArgs<'runs.get'>): Run | null {
  const row = first(db, runs().where('run.id', '=', a.runId));
  if (row === undefined) return null;
  return {
    ...toSummary(db, row),
    experiment: fromJson(SHAPES.experiment, row.experiment),
    plan: fromJsonOrNull(SHAPES.plan, row.plan),
    judges: listJudges(db, a),
  };
}

export function ownedRuns(db: Database): StoreResult<'runs.owned'> {
  const rows = all(
    db,
    query
      .selectFrom('run')
      .select(['id', 'owner', 'heartbeat_at', 'created_at'])
      .where('owner', 'is not', null)
      .orderBy('id'),
  );
  return rows.flatMap((row) =>
    row.owner === null
      ? []
      : [
          {
            runId: row.id,
            owner: fromJson(SHAPES.owner, row.owner),
            heartbeatAt: row.heartbeat_at ?? row.created_at,
          },
        ],
  );
}

export function ownerOf(db: Database, runId: number): RunOwner | null | undefined {
  const row = first(db, query.selectFrom('run').select('owner').where('id', '=', runId));
  return row === undefined ? undefined : fromJsonOrNull(SHAPES.owner, row.owner);
}
