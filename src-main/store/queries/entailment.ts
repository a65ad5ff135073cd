import type { Database } from 'better-sqlite3';

import type { StoreArgs, StoredEntailment, StoredText } from '../api.ts';
import { itemId, itemRange } from '../ids.ts';
import { perConnection } from '../sql.ts';
import { type QuestionColumns, toQuestion } from './row-columns.ts';

interface TextRow extends QuestionColumns {
  readonly position: number;
  readonly answer_id: number;
  readonly row_id: number;
  readonly system: string;
  readonly text: string;
}

const statements = perConnection((db) => ({
  texts: db.prepare<[number, number, number], TextRow>(
    `SELECT i.position, i.answer_id, i.row_id, s.name AS system, a.text, r.external_id, r.question, r.gold, r.choices,
       r.context, r.metadata
     FROM run_item AS i
     JOIN answer AS a ON a.id = i.answer_id
     JOIN system AS s ON s.id = a.system_id
     JOIN dataset_row AS r ON r.id = i.row_id
     WHERE i.id > ? AND i.id <= ? ORDER BY i.id LIMIT ?`,
  ),
  entailments: db.prepare<[number, number], StoredEntailment>(
    `SELECT e.judge_id AS judgeId, j.name AS judgeName, e.first_id AS firstId, e.second_id AS secondId,
       e.p_entails AS pEntails
     FROM run_item AS i JOIN entailment AS e ON e.first_id = i.answer_id JOIN judge AS j ON j.id = e.judge_id
     WHERE i.id BETWEEN ? AND ?`,
  ),
  put: db.prepare<[number, number, number, number | null, number | null]>(
    `INSERT INTO entailment (judge_id, first_id, second_id, p_entails, label_mass) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
  ),
}));

/** Questions and whole answers of a run in its order, after a position. */
export function analysisTexts(db: Database, a: StoreArgs<'analysis.texts'>): StoredText[] {
  const { last } = itemRange(a.runId);
  return statements(db)
    .texts.all(itemId(a.runId, a.after), last, a.limit)
    .map((row) => ({
      position: row.position,
      answerId: row.answer_id,
      rowId: row.row_id,
      system: row.system,
      answer: row.text,
      question: toQuestion(row),
    }));
}

/** What models said of which of a run's answers implies which. */
export function listEntailments(db: Database, a: StoreArgs<'entailments.list'>): StoredEntailment[] {
  const { first, last } = itemRange(a.runId);
  return statements(db).entailments.all(first, last);
}

/** Pairs that are there already stay. */
export function putEntailments(db: Database, a: StoreArgs<'entailments.put'>): void {
  const { put } = statements(db);
  for (const { firstId, secondId, pEntails, labelMass } of a.pairs) {
    put.run(a.judgeId, firstId, secondId, pEntails, labelMass);
  }
}
