import type { Database } from 'better-sqlite3';
import { z } from 'zod';

import type { StoreArgs, StoredRelevance, StoredTokens } from '../api.ts';
import { itemId, itemRange } from '../ids.ts';
import { perConnection } from '../sql.ts';
import { float32Bytes, floatsOf } from './nll.ts';
import { type QuestionColumns, toQuestion } from './row-columns.ts';

interface TokenRow extends QuestionColumns {
  readonly position: number;
  readonly answer_id: number;
  readonly reasoning_tokens: number | null;
  readonly texts: string;
}

interface RelevanceRow {
  readonly judge_id: number;
  readonly name: string;
  readonly answer_id: number;
  readonly relevances: Buffer;
}

const statements = perConnection((db) => ({
  tokens: db.prepare<[number, number, number], TokenRow>(
    `SELECT i.position, i.answer_id, a.reasoning_tokens, t.texts, r.external_id, r.question, r.gold, r.choices,
       r.context, r.metadata
     FROM run_item AS i
     JOIN answer AS a ON a.id = i.answer_id
     JOIN answer_token AS t ON t.answer_id = a.id
     JOIN dataset_row AS r ON r.id = i.row_id
     WHERE i.id > ? AND i.id <= ? AND t.texts IS NOT NULL AND t.logprobs IS NOT NULL ORDER BY i.id LIMIT ?`,
  ),
  list: db.prepare<[number, number], RelevanceRow>(
    `SELECT v.judge_id, j.name, v.answer_id, v.relevances
     FROM run_item AS i JOIN token_relevance AS v ON v.answer_id = i.answer_id JOIN judge AS j ON j.id = v.judge_id
     WHERE i.id BETWEEN ? AND ?`,
  ),
  put: db.prepare<[number, number, Buffer]>(
    'INSERT INTO token_relevance (judge_id, answer_id, relevances) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  ),
}));

const tokenTexts = z.array(z.string());

/** Answers that were kept token by token, in run order after a position; tokens of a reasoning are left out. */
export function analysisTokens(db: Database, a: StoreArgs<'analysis.tokens'>): StoredTokens[] {
  const { last } = itemRange(a.runId);
  return statements(db)
    .tokens.all(itemId(a.runId, a.after), last, a.limit)
    .map((row) => ({
      position: row.position,
      answerId: row.answer_id,
      question: toQuestion(row),
      texts: tokenTexts.parse(JSON.parse(row.texts)).slice(row.reasoning_tokens ?? 0),
    }));
}

/** What models said of how much each token of a run's answers matters. */
export function listRelevances(db: Database, a: StoreArgs<'relevances.list'>): StoredRelevance[] {
  const { first, last } = itemRange(a.runId);
  return statements(db)
    .list.all(first, last)
    .map((row) => ({
      judgeId: row.judge_id,
      judgeName: row.name,
      answerId: row.answer_id,
      relevances: floatsOf(row.relevances),
    }));
}

/** Answers that have relevances by this judge keep them. */
export function putRelevances(db: Database, a: StoreArgs<'relevances.put'>): void {
  const { put } = statements(db);
  for (const { answerId, relevances } of a.answers) put.run(a.judgeId, answerId, float32Bytes(relevances));
}
