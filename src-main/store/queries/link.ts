import type { Database } from 'better-sqlite3';

import { perConnection } from '../sql.ts';
import { fillCells } from './cells.ts';

/** What an answer adds to its run's sums; the aggregate over items named by a JSON list. */
const TALLY = `
  SELECT i.run_id, count(*) AS answers, sum(r.gold <> '[]') AS with_gold,
    sum(coalesce(a.finish_reason IN ('length', 'context'), 0)) AS truncated,
    sum(coalesce(a.finish_reason = 'loop', 0)) AS loops,
    coalesce(sum(a.tokens), 0) AS token_sum, count(a.tokens) AS token_count,
    sum(a.is_empty) AS empty, sum(a.injected) AS injected,
    total(a.nll_sum) AS nll_sum, count(a.nll_sum) AS nll_count,
    coalesce(sum(a.exact_match), 0) AS exact_correct, count(a.exact_match) AS exact_scored,
    coalesce(sum(a.contains), 0) AS contains_correct, count(a.contains) AS contains_scored,
    total(a.f1) AS f1_sum, count(a.f1) AS f1_scored
  FROM json_each(?) AS wanted
  JOIN run_item AS i ON i.id = wanted.value
  JOIN answer AS a ON a.id = i.answer_id
  JOIN dataset_row AS r ON r.id = i.row_id
  GROUP BY i.run_id`;

const COLUMNS = [
  'answers',
  'with_gold',
  'truncated',
  'loops',
  'token_sum',
  'token_count',
  'empty',
  'injected',
  'nll_sum',
  'nll_count',
  'exact_correct',
  'exact_scored',
  'contains_correct',
  'contains_scored',
  'f1_sum',
  'f1_scored',
];

const statements = perConnection((db) => ({
  tally: db.prepare<[string]>(
    `INSERT INTO run_tally (run_id, ${COLUMNS.join(', ')}) ${TALLY.replace('GROUP BY', 'WHERE true GROUP BY')}
     ON CONFLICT DO UPDATE SET ${COLUMNS.map((c) => `${c} = ${c} + excluded.${c}`).join(', ')}`,
  ),
  text: db.prepare<[string]>(
    `INSERT INTO item_text (rowid, question, gold, answer)
     SELECT s.id, s.question, s.gold, s.answer
     FROM json_each(?) AS wanted JOIN item_text_source AS s ON s.id = wanted.value`,
  ),
  done: db.prepare<[number, number]>(
    `UPDATE run_phase SET done = done + ? WHERE run_id = ? AND role = 'generate'`,
  ),
}));

/** How many items are linked at a time when a run is made of stored answers: bounds the JSON lists. */
export const LINK_CHUNK = 10_000;

/**
 * Everything that follows from linking items of one run to answers, beside the link itself: sums, text index, progress,
 * and, where the answers may have been judged before, verdicts.
 */
export function afterLink(
  db: Database,
  runId: number,
  itemIds: readonly number[],
  mayBeJudged: boolean,
): void {
  if (itemIds.length === 0) return;
  const s = statements(db);
  const ids = JSON.stringify(itemIds);
  s.tally.run(ids);
  s.text.run(ids);
  s.done.run(itemIds.length, runId);
  if (mayBeJudged) fillCells(db, ids);
}
