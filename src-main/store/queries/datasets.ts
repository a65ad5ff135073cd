import type { Database } from 'better-sqlite3';

import type { DatasetInfo, DatasetRemoval } from '../../domain/dataset.ts';
import type { StoreArgs, StoreResult } from '../api.ts';
import { StoreError } from '../api.ts';
import { fromJson, fromJsonOrNull, SHAPES, toJsonOrNull } from '../json.ts';
import type { Schema } from '../schema.ts';
import { all, first, perConnection, query } from '../sql.ts';

const statements = perConnection((db) => ({
  insert: db.prepare<[Record<string, string | number | null>]>(
    `INSERT INTO dataset (sha256, file_sha256, name, kind, source_name, mapping, imported_at, importer)
     VALUES (@sha256, @fileSha256, @name, @kind, @sourceName, @mapping, @at, @importer)`,
  ),
  finish: db.prepare<[string, number, number]>(
    `UPDATE dataset SET problems = ?, problem_count = ?, importer = NULL WHERE id = ? AND importer IS NOT NULL`,
  ),
  remove: db.prepare<[number]>('DELETE FROM dataset WHERE id = ?'),
  removeRows: db.prepare<[number, number]>(
    `DELETE FROM dataset_row WHERE id IN
       (SELECT id FROM dataset_row WHERE dataset_id = ? ORDER BY position DESC LIMIT ?)`,
  ),
  disown: db.prepare<[string, number]>('UPDATE dataset SET sha256 = ? WHERE id = ?'),
  hide: db.prepare<[string, string, number]>(
    'UPDATE dataset SET sha256 = ?, importer = ? WHERE id = ? AND importer IS NULL',
  ),
  uncount: db.prepare<[number, number]>('UPDATE dataset SET row_count = max(0, row_count - ?) WHERE id = ?'),
}));

/**
 * Starts an import, or says that the same file with the same mapping is there already.
 * @throws StoreError 'in-use' while another import of it goes on.
 */
export function beginDataset(db: Database, a: StoreArgs<'datasets.begin'>): StoreResult<'datasets.begin'> {
  const known = first(
    db,
    query.selectFrom('dataset').select(['id', 'importer']).where('sha256', '=', a.sha256),
  );
  if (known !== undefined) {
    const importer = fromJsonOrNull(SHAPES.owner, known.importer);
    if (importer === null) return { datasetId: known.id, existed: true };
    throw new StoreError(
      'in-use',
      `"${a.name}" is being imported already, by process ${importer.pid} on ${importer.hostname}. ` +
        'Wait until that has finished.',
    );
  }
  const { lastInsertRowid } = statements(db).insert.run({
    sha256: a.sha256,
    fileSha256: a.fileSha256,
    name: a.name,
    kind: a.kind,
    sourceName: a.sourceName,
    mapping: toJsonOrNull(a.mapping),
    at: Date.now(),
    importer: JSON.stringify(a.owner),
  });
  return { datasetId: Number(lastInsertRowid), existed: false };
}

/** Ends an import; the dataset is listed from then on. */
export function finishDataset(db: Database, a: StoreArgs<'datasets.finish'>): DatasetInfo {
  const changed = statements(db).finish.run(JSON.stringify(a.problems), a.problemCount, a.datasetId);
  if (changed.changes === 0) throw notBeingImported(a.datasetId);
  const info = getDataset(db, { dataset: a.datasetId });
  if (info === null) throw notBeingImported(a.datasetId);
  return info;
}

/** A hash that no file has, so that the file can be imported again while the rows of the old dataset go. */
const REMOVED = 'abandoned:';

export function abandonDataset(
  db: Database,
  a: StoreArgs<'datasets.abandon'>,
): StoreResult<'datasets.abandon'> {
  const found = first(db, query.selectFrom('dataset').select('importer').where('id', '=', a.datasetId));
  if (found === undefined || found.importer === null) return { left: false };
  const s = statements(db);
  const { changes } = s.removeRows.run(a.datasetId, a.limit);
  if (changes < a.limit) {
    s.remove.run(a.datasetId);
    return { left: false };
  }
  s.disown.run(`${REMOVED}${a.datasetId}`, a.datasetId);
  s.uncount.run(changes, a.datasetId);
  return { left: true };
}

/** What is being taken away, the newest first. */
export function listRemovals(db: Database): DatasetRemoval[] {
  return all(
    db,
    query
      .selectFrom('dataset')
      .select(['id as datasetId', 'name', 'row_count as rowsLeft'])
      .where('sha256', '>=', REMOVED)
      .where('sha256', '<', `${REMOVED}~`)
      .orderBy('id', 'desc'),
  );
}

export function unfinishedDatasets(db: Database): StoreResult<'datasets.unfinished'> {
  const rows = all(
    db,
    query.selectFrom('dataset').select(['id', 'importer']).where('importer', 'is not', null),
  );
  return rows.flatMap((row) =>
    row.importer === null ? [] : [{ datasetId: row.id, owner: fromJson(SHAPES.owner, row.importer) }],
  );
}

/** Finished datasets, the newest first. */
export function listDatasets(db: Database): DatasetInfo[] {
  return all(db, finished().orderBy('id', 'desc')).map((row) => toInfo(db, row));
}

/** By id; by name, the newest of that name; by a prefix of 8 or more digits of its SHA-256. */
export function getDataset(db: Database, a: StoreArgs<'datasets.get'>): DatasetInfo | null {
  const { dataset } = a;
  if (typeof dataset === 'number') {
    const row = first(db, finished().where('id', '=', dataset));
    return row === undefined ? null : toInfo(db, row);
  }
  const named = first(db, finished().where('name', '=', dataset).orderBy('id', 'desc').limit(1));
  if (named !== undefined) return toInfo(db, named);
  const prefix = dataset.toLowerCase();
  if (!/^[0-9a-f]{8,64}$/.test(prefix)) return null;
  const row = first(
    db,
    finished().where('sha256', '>=', prefix).where('sha256', '<', `${prefix}g`).orderBy('sha256').limit(1),
  );
  return row === undefined ? null : toInfo(db, row);
}

/** @throws StoreError 'in-use' when runs were made of it. */
export function removeDataset(db: Database, a: StoreArgs<'datasets.remove'>): void {
  const run = first(
    db,
    query.selectFrom('run').select('name').where('dataset_id', '=', a.datasetId).orderBy('id').limit(1),
  );
  if (run !== undefined) {
    throw new StoreError(
      'in-use',
      `The run "${run.name}" was made of this dataset. Remove its runs first, or export what you need of them.`,
    );
  }
  statements(db).hide.run(`${REMOVED}${a.datasetId}`, JSON.stringify(a.owner), a.datasetId);
}

function finished() {
  return query.selectFrom('dataset').selectAll().where('importer', 'is', null);
}

function toInfo(db: Database, row: Schema['dataset']): DatasetInfo {
  const systems = all(
    db,
    query
      .selectFrom('dataset_system')
      .innerJoin('system', 'system.id', 'dataset_system.system_id')
      .select('system.name')
      .where('dataset_system.dataset_id', '=', row.id)
      .orderBy('system.id'),
  );
  return {
    id: row.id,
    sha256: row.sha256,
    fileSha256: row.file_sha256,
    name: row.name,
    kind: row.kind,
    sourceName: row.source_name,
    rows: row.row_count,
    withoutGold: row.without_gold,
    problems: fromJson(SHAPES.problems, row.problems),
    problemCount: row.problem_count,
    importedAt: row.imported_at,
    mapping: fromJsonOrNull(SHAPES.mapping, row.mapping),
    systems: systems.map((system) => system.name),
  };
}

function notBeingImported(datasetId: number): StoreError {
  return new StoreError(
    'not-found',
    `Dataset ${datasetId} is not being imported: it was abandoned meanwhile. Import the file again.`,
  );
}
