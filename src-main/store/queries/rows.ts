import type { Database } from 'better-sqlite3';
import { sql } from 'kysely';

import type { DatasetRow } from '../../domain/dataset.ts';
import type { StoreArgs, StoreResult } from '../api.ts';
import { StoreError } from '../api.ts';
import type { SeededRow } from '../seeded.ts';
import { seededOrder } from '../seeded.ts';
import { all, first, perConnection, query } from '../sql.ts';
import { unpackRows, type PackedRows, type WireRow } from '../wire-rows.ts';
import { importAnswers, isAnswered } from './imported.ts';
import { ROW_COLUMNS, toRow } from './row-columns.ts';

const statements = perConnection((db) => ({
  occurrences: db
    .prepare<[number, Buffer], number | null>(
      'SELECT max(occurrence) FROM dataset_row WHERE dataset_id = ? + 0 AND row_sha256 = (SELECT ?)',
    )
    .pluck(),
  insert: db.prepare<(string | number | Buffer | null)[]>(
    `INSERT INTO dataset_row (dataset_id, position, line, row_sha256, occurrence, external_id, question, gold, gold_text,
       choices, context, metadata, source)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ),
  nextPosition: db
    .prepare<[number], number>('SELECT coalesce(max(position), -1) + 1 FROM dataset_row WHERE dataset_id = ?')
    .pluck(),
  equalRows: db
    .prepare<[number, Buffer], number>(
      'SELECT id FROM dataset_row WHERE dataset_id = ? + 0 AND row_sha256 = (SELECT ?) ORDER BY occurrence',
    )
    .pluck(),
  importing: db
    .prepare<[number], number>('SELECT 1 FROM dataset WHERE id = ? AND importer IS NOT NULL')
    .pluck(),
  count: db.prepare<[number, number, number]>(
    'UPDATE dataset SET row_count = row_count + ?, without_gold = without_gold + ? WHERE id = ?',
  ),
  keys: db.prepare<[number], SeededRow>(
    `SELECT id, hex(substr(row_sha256, 1, 16)) AS sha, occurrence FROM dataset_row WHERE dataset_id = ?`,
  ),
}));

/** Adds rows to a dataset that is being imported, with the answers and verdicts they brought. */
export function appendRows(db: Database, a: PackedRows): StoreResult<'datasets.append'> {
  const s = statements(db);
  if (s.importing.get(a.datasetId) === undefined) {
    throw new StoreError(
      'not-found',
      `Dataset ${a.datasetId} is not being imported: it was abandoned meanwhile. Import the file again.`,
    );
  }
  let withoutGold = 0;
  let added = 0;
  let next = s.nextPosition.get(a.datasetId) ?? 0;
  for (const row of unpackRows(a)) {
    let rowId = row.sameQuestion ? rowForAnswers(db, a.datasetId, row) : null;
    if (rowId === null) {
      const position = row.position ?? next;
      next = Math.max(next, position + 1);
      rowId = insertRow(db, a.datasetId, row, position);
      added += 1;
      if (!row.hasGold) withoutGold += 1;
    }
    if (row.answers.length > 0) importAnswers(db, a.datasetId, rowId, row.answers);
  }
  s.count.run(added, withoutGold, a.datasetId);
  return { added };
}

/**
 * The row of this content that further answers belong to: where the file has it several times, the first that lacks them.
 * Null when there is none.
 */
function rowForAnswers(db: Database, datasetId: number, row: WireRow): number | null {
  const rows = statements(db).equalRows.all(datasetId, row.sha);
  const free = rows.find((rowId) => !row.answers.some((answer) => isAnswered(db, rowId, answer)));
  return free ?? rows.at(-1) ?? null;
}

/** Occurrences count from 1: the second row with the same content is number 2. */
function insertRow(db: Database, datasetId: number, row: WireRow, position: number): number {
  const s = statements(db);
  const { lastInsertRowid } = s.insert.run(
    datasetId,
    position,
    row.line,
    row.sha,
    (s.occurrences.get(datasetId, row.sha) ?? 0) + 1,
    row.externalId,
    row.question,
    row.gold,
    row.goldText,
    row.choices,
    row.context,
    row.metadata,
    row.source,
  );
  return Number(lastInsertRowid);
}

const SEARCHED = ['question', 'gold_text', 'external_id'] as const;

/** Rows in file order after a position. `text`: each of its words stands somewhere in question, gold or id (a scan). */
export function listRows(db: Database, a: StoreArgs<'datasets.rows'>): DatasetRow[] {
  let built = query
    .selectFrom('dataset_row')
    .select(ROW_COLUMNS)
    .where('dataset_id', '=', a.datasetId)
    .where('position', '>', a.after ?? -1)
    .orderBy('position')
    .limit(a.limit);
  for (const word of (a.text ?? '').split(/\s+/u).filter((part) => part !== '')) {
    const pattern = `%${word.replace(/[\\%_]/gu, (c) => `\\${c}`)}%`;
    built = built.where((eb) =>
      eb.or(SEARCHED.map((column) => sql<boolean>`${sql.ref(column)} LIKE ${pattern} ESCAPE '\\'`)),
    );
  }
  return all(db, built).map(toRow);
}

/** Ids of a dataset's rows in the order of a seed (null limit: all); see seededOrder. Two seconds for a million. */
export function seededRowIds(db: Database, datasetId: number, seed: number, limit: number | null): number[] {
  return seededOrder(statements(db).keys.iterate(datasetId), seed, limit);
}

interface Sample {
  readonly rows: readonly DatasetRow[];
  readonly complete: boolean;
}

/** Examples are asked for once a question, always with the same seed: the order is worked out once. */
const samples = perConnection(() => new Map<string, Sample>());
const SAMPLES_KEPT = 8;
const SPARE_ROWS = 16;

function sampleOf(db: Database, datasetId: number, seed: number, wanted: number): Sample {
  const cache = samples(db);
  const key = `${datasetId}:${seed}`;
  const known = cache.get(key);
  if (known !== undefined && (known.complete || known.rows.length >= wanted)) return known;
  const ids = seededRowIds(db, datasetId, seed, wanted);
  const rows = ids.flatMap((id) => rowById(db, id) ?? []);
  const sample = { rows, complete: ids.length < wanted };
  cache.delete(key);
  cache.set(key, sample);
  if (cache.size > SAMPLES_KEPT) {
    const oldest = cache.keys().next().value;
    if (oldest !== undefined) cache.delete(oldest);
  }
  return sample;
}

/**
 * The first `limit` rows in the order of a seed, the same on any machine, without the excluded row and every other
 * row that asks the same question. `withGold` leaves out rows that have no gold answer.
 */
export function sampleRows(db: Database, a: StoreArgs<'datasets.sample'>): DatasetRow[] {
  const excluded = a.excludeRowId === null ? null : rowById(db, a.excludeRowId);
  const fits = (row: DatasetRow): boolean =>
    (a.withGold !== true || row.question.gold.length > 0) &&
    (excluded === null || row.question.question !== excluded.question.question);
  for (let wanted = a.limit + SPARE_ROWS; ; wanted *= 8) {
    const sample = sampleOf(db, a.datasetId, a.seed, wanted);
    const chosen = sample.rows.filter(fits).slice(0, a.limit);
    if (chosen.length === a.limit || sample.complete) return chosen;
  }
}

export function rowById(db: Database, rowId: number): DatasetRow | null {
  const row = first(db, query.selectFrom('dataset_row').select(ROW_COLUMNS).where('id', '=', rowId));
  return row === undefined ? null : toRow(row);
}
