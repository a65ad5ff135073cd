import Database from 'better-sqlite3';

import { itemRange } from '../ids.ts';
import { perConnection } from '../sql.ts';

/** More words than this narrow nothing and cost a lookup each. */
const MOST_WORDS = 16;

const statements = perConnection((db) => ({
  hits: db
    .prepare<[string, number, number, number], number>(
      'SELECT rowid FROM item_text WHERE item_text MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid LIMIT ?',
    )
    .pluck(),
  texts: db
    .prepare<[string], string>(
      `SELECT json_group_array(json_array(s.id, s.question || char(10) || s.gold || char(10) || s.answer))
       FROM json_each(?) AS wanted JOIN item_text_source AS s ON s.id = wanted.value`,
    )
    .pluck(),
}));

/** An index in memory for a few texts, with the tokenizer of item_text. */
const scratch = perConnection(() => {
  const memory = new Database(':memory:');
  memory.exec(`CREATE VIRTUAL TABLE t USING fts5(
    text, content='', detail=none, columnsize=0, tokenize='unicode61 remove_diacritics 2')`);
  return {
    clear: memory.prepare("INSERT INTO t (t) VALUES ('delete-all')"),
    fill: memory.prepare<[string]>(
      'INSERT INTO t (rowid, text) SELECT value ->> 0, value ->> 1 FROM json_each(?)',
    ),
    match: memory.prepare<[string], number>('SELECT rowid FROM t WHERE t MATCH ? ORDER BY rowid').pluck(),
  };
});

/**
 * The full-text expression for "each word is found, as a prefix"; null when the text has no word. Words are runs of
 * letters and digits, as the index's tokenizer (unicode61) cuts them: a piece it would cut again would be a phrase, which an
 * index without positions refuses. Marks that do not combine with their letter are dropped, as it drops them.
 */
export function matchExpression(text: string | null): string | null {
  const plain = (text ?? '').normalize('NFC').replace(/[\u0300-\u036f]/gu, '');
  const words = plain.match(/[\p{L}\p{N}\p{Co}]+/gu) ?? [];
  if (words.length === 0) return null;
  return words
    .slice(0, MOST_WORDS)
    .map((word) => `"${word}" *`)
    .join(' AND ');
}

/** Ids of a run's items that the expression finds, in run order; `limit` -1 for all. */
export function textHits(db: Database.Database, runId: number, expression: string, limit: number): number[] {
  const { first, last } = itemRange(runId);
  return statements(db).hits.all(expression, first, last, limit);
}

/**
 * Those of some items that the expression finds. A common word's list is long and the index cannot be asked about single
 * items cheaply (each time it would put the list of a prefix together anew); indexing a few thousand texts is faster.
 */
export function textAmong(db: Database.Database, ids: readonly number[], expression: string): number[] {
  const texts = statements(db).texts.get(JSON.stringify(ids));
  if (texts === undefined) return [];
  const index = scratch(db);
  index.clear.run();
  index.fill.run(texts);
  return index.match.all(expression);
}
