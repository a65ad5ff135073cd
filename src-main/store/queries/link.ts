import type { Database } from 'better-sqlite3';

import { perConnection } from '../sql.ts';
import { fillCells } from './cells.ts';
import { tallyOf, writeTally } from './tally.ts';

const statements = perConnection((db) => ({
  texts: db.prepare<[string]>(
    `INSERT INTO item_text (rowid, question, gold, answer)
     SELECT s.id, s.question, s.gold, s.answer
     FROM json_each(?) AS wanted JOIN item_text_source AS s ON s.id = wanted.value`,
  ),
}));

/** How many items are linked at a time when a run is made of stored answers: bounds the JSON lists. */
export const LINK_CHUNK = 10_000;

/**
 * Makes items findable; `ids` is a JSON list of theirs. In one statement: the index writes out what it has gathered at
 * every statement, so that a statement for each item would cost twice all the rest.
 */
export function indexTexts(db: Database, ids: string): void {
  statements(db).texts.run(ids);
}

/**
 * Everything that follows from linking items of one run to answers that were there before, beside the link itself: sums,
 * progress, text index, and the verdicts that they have already.
 */
export function afterLink(db: Database, runId: number, itemIds: readonly number[]): void {
  if (itemIds.length === 0) return;
  const ids = JSON.stringify(itemIds);
  writeTally(db, runId, tallyOf(db, ids));
  indexTexts(db, ids);
  fillCells(db, ids);
}
