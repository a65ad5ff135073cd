import type { Database } from 'better-sqlite3';

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
}));

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

/** Ids of a run's items that the expression finds, in run order. */
export function textHits(db: Database, runId: number, expression: string, limit: number): number[] {
  const { first, last } = itemRange(runId);
  return statements(db).hits.all(expression, first, last, limit);
}

/** Those of some ids that the expression finds, or all it finds when `among` is null. */
export function textMembers(
  db: Database,
  runId: number,
  expression: string,
  among: ReadonlySet<number> | null,
): Set<number> {
  const { first, last } = itemRange(runId);
  const members = new Set<number>();
  for (const id of statements(db).hits.iterate(expression, first, last, -1)) {
    if (among === null || among.has(id)) members.add(id);
  }
  return members;
}
