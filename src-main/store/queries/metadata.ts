import type { Database } from 'better-sqlite3';

import type { MetadataColumn } from '../../domain/analysis/matrix.ts';
import { fromJson, SHAPES } from '../json.ts';
import { perConnection } from '../sql.ts';

/** More values than this make no groups. */
const MAX_VALUES = 60;
const MAX_COLUMNS = 60;
const MAX_CHARACTERS = 80;

const statements = perConnection((db) => ({
  rows: db.prepare<[string], { id: number; metadata: string }>(
    `SELECT id, metadata FROM dataset_row WHERE id IN (SELECT value FROM json_each(?))`,
  ),
}));

/**
 * Columns of the dataset to group answers by: those with plain values (text, numbers, true and false) and at most 60
 * different ones, more than one question to a value on average. Values as text; a question without one is "(none)".
 * @param rowIds the question of each answer.
 */
export function metadataColumns(db: Database, rowIds: Float64Array): MetadataColumn[] {
  const distinct = [...new Set(rowIds)];
  const byRow = new Map<number, Readonly<Record<string, unknown>>>();
  const values = new Map<string, Map<string, number> | null>();
  for (const { id, metadata } of statements(db).rows.iterate(JSON.stringify(distinct))) {
    if (metadata === '{}') continue;
    const record = fromJson(SHAPES.record, metadata);
    byRow.set(id, record);
    for (const [name, value] of Object.entries(record)) note(values, name, value);
  }
  const kept = [...values].flatMap(([name, seen]): [string, Map<string, number>][] =>
    seen === null || (seen.size > 8 && seen.size * 2 > distinct.length) ? [] : [[name, seen]],
  );
  return kept.slice(0, MAX_COLUMNS).map(([name, seen]) => columnOf(name, seen, rowIds, byRow));
}

/** Null marks a column that cannot be grouped by: too many values, or values that are lists or records. */
function note(values: Map<string, Map<string, number> | null>, name: string, value: unknown): void {
  const seen = values.get(name);
  if (seen === null) return;
  const text = plain(value);
  if (text === null && value !== null) {
    values.set(name, null);
    return;
  }
  const known = seen ?? new Map<string, number>();
  if (seen === undefined) values.set(name, known);
  if (text === null || known.has(text)) return;
  known.set(text, known.size);
  if (known.size > MAX_VALUES) values.set(name, null);
}

function plain(value: unknown): string | null {
  if (typeof value === 'string') return value.length > MAX_CHARACTERS ? null : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

function columnOf(
  name: string,
  seen: ReadonlyMap<string, number>,
  rowIds: Float64Array,
  byRow: ReadonlyMap<number, Readonly<Record<string, unknown>>>,
): MetadataColumn {
  const list = [...seen.keys()];
  let none = -1;
  const index = Int32Array.from(rowIds, (rowId) => {
    const text = plain(byRow.get(rowId)?.[name]);
    const at = text === null ? undefined : seen.get(text);
    if (at !== undefined) return at;
    if (none < 0) none = list.push('(none)') - 1;
    return none;
  });
  return { name, values: list, index };
}
