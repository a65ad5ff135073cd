import type { Database } from 'better-sqlite3';

import type { Schema } from '../schema.ts';
import { perConnection } from '../sql.ts';

/** Sums over answers of a run; see the table run_tally. */
export type Tally = Omit<Schema['run_tally'], 'run_id'>;

const COLUMNS = [
  'answers',
  'with_gold',
  'truncated',
  'loops',
  'empty',
  'injected',
  'token_sum',
  'token_count',
  'nll_sum',
  'nll_count',
  'exact_correct',
  'exact_scored',
  'contains_correct',
  'contains_scored',
  'f1_sum',
  'f1_scored',
] as const satisfies readonly (keyof Tally)[];

const statements = perConnection((db) => ({
  add: db.prepare<[Tally & { readonly run_id: number }]>(
    `UPDATE run_tally SET ${COLUMNS.map((c) => `${c} = ${c} + @${c}`).join(', ')} WHERE run_id = @run_id`,
  ),
  done: db.prepare<[number, number]>(
    `UPDATE run_phase SET done = done + ? WHERE run_id = ? AND role = 'generate'`,
  ),
  linked: db.prepare<[string], Tally>(
    `SELECT count(*) AS answers, total(r.gold <> '[]') AS with_gold,
       total(a.finish_reason IN ('length', 'context')) AS truncated, total(a.finish_reason = 'loop') AS loops,
       total(a.is_empty) AS empty, total(a.injected) AS injected,
       total(a.tokens) AS token_sum, count(a.tokens) AS token_count,
       total(a.nll_sum) AS nll_sum, count(a.nll_sum) AS nll_count,
       total(a.exact_match) AS exact_correct, count(a.exact_match) AS exact_scored,
       total(a.contains) AS contains_correct, count(a.contains) AS contains_scored,
       total(a.f1) AS f1_sum, count(a.f1) AS f1_scored
     FROM json_each(?) AS wanted
     JOIN run_item AS i ON i.id = wanted.value
     JOIN answer AS a ON a.id = i.answer_id
     JOIN dataset_row AS r ON r.id = i.row_id`,
  ),
}));

export function emptyTally(): Tally {
  return {
    answers: 0,
    with_gold: 0,
    truncated: 0,
    loops: 0,
    empty: 0,
    injected: 0,
    token_sum: 0,
    token_count: 0,
    nll_sum: 0,
    nll_count: 0,
    exact_correct: 0,
    exact_scored: 0,
    contains_correct: 0,
    contains_scored: 0,
    f1_sum: 0,
    f1_scored: 0,
  };
}

/** Adds answers just linked to the run's sums and to the progress of its generating phase. */
export function writeTally(db: Database, runId: number, tally: Tally): void {
  if (tally.answers === 0) return;
  const s = statements(db);
  s.add.run({ ...tally, run_id: runId });
  s.done.run(tally.answers, runId);
}

/** The sums over items that are linked to answers. `ids`: JSON list of run_item ids. */
export function tallyOf(db: Database, ids: string): Tally {
  return statements(db).linked.get(ids) ?? emptyTally();
}
