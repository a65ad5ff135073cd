import type { Database } from 'better-sqlite3';

import type { Judgment } from '../../domain/answer.ts';
import type { NewJudgment, StoreArgs } from '../api.ts';
import { StoreError } from '../api.ts';
import { first, perConnection, query } from '../sql.ts';
import type { StoredJudgment } from './cells.ts';
import { showJudgments } from './cells.ts';
import { judgmentsOf } from './detail.ts';
import { clearFailures } from './failures.ts';
import { requireOwner } from './owner.ts';
import { putJudgmentPrompt } from './prompts.ts';

const statements = perConnection((db) => ({
  insert: db.prepare<[Record<string, string | number | null>]>(
    `INSERT INTO judgment (answer_id, judge_id, repeat, verdict, p_correct, label_mass, score, at, duration_ms, mode,
       label_order, error, note, reason, raw)
     VALUES (@answerId, @judgeId, @repeat, @verdict, @pCorrect, @labelMass, @score, @at, @durationMs, @mode,
       @labelOrder, @error, @note, @reason, @raw)
     ON CONFLICT (answer_id, judge_id, repeat) DO NOTHING`,
  ),
  last: db
    .prepare<[number, number], number | null>(
      'SELECT max(repeat) FROM judgment WHERE answer_id = ? + 0 AND judge_id = ? + 0',
    )
    .pluck(),
}));

type JudgmentValues = Omit<NewJudgment, 'renderedPrompt'> & {
  readonly at: number;
  readonly score: number | null;
};

/** @returns the new row's id; null when this judge has this repeat of this answer already: nothing is overwritten. */
export function insertJudgment(db: Database, values: JudgmentValues): number | null {
  const { answerId, judgeId, repeat, verdict, pCorrect, labelMass, score, at, durationMs, mode } = values;
  const { labelOrder, error, note, reason, raw } = values;
  const { changes, lastInsertRowid } = statements(db).insert.run({
    answerId,
    judgeId,
    repeat,
    verdict,
    pCorrect,
    labelMass,
    score,
    at,
    durationMs,
    mode,
    labelOrder,
    error,
    note,
    reason,
    raw,
  });
  return changes === 0 ? null : Number(lastInsertRowid);
}

/** People (and files) may judge an answer again: each time under the next number. */
export function nextOwnRepeat(db: Database, answerId: number, judgeId: number): number {
  return (statements(db).last.get(answerId, judgeId) ?? -1) + 1;
}

/** Stores verdicts of a phase. Those that are there already, under the same judge and repeat, stay as they are. */
export function putJudgments(db: Database, a: StoreArgs<'runs.putJudgments'>): void {
  requireOwner(db, a.runId, a.token);
  const at = Date.now();
  const stored: StoredJudgment[] = [];
  for (const judgment of a.judgments) {
    const id = insertJudgment(db, { ...judgment, at, score: null });
    if (id === null) continue;
    if (judgment.renderedPrompt !== null) putJudgmentPrompt(db, id, judgment.renderedPrompt);
    stored.push(judgment);
  }
  showJudgments(db, stored);
  clearFailures(db, a.runId, a.seq, { answerIds: a.judgments.map((judgment) => judgment.answerId) });
}

/** Verdicts of rules on answers, whatever run they are looked at in. */
export function addRuleJudgments(db: Database, a: StoreArgs<'judgments.addRule'>): void {
  const at = Date.now();
  showJudgments(
    db,
    a.judgments.filter((judgment) => insertJudgment(db, { ...judgment, at }) !== null),
  );
}

/** A person's verdict, under the next number of that person. Gives its id. */
export function addOwnJudgment(
  db: Database,
  a: Pick<NewJudgment, 'answerId' | 'judgeId' | 'verdict' | 'note'>,
): number {
  const values = {
    ...a,
    repeat: nextOwnRepeat(db, a.answerId, a.judgeId),
    pCorrect: null,
    labelMass: null,
    score: null,
    raw: null,
    reason: null,
    labelOrder: null,
    mode: 'human',
    durationMs: null,
    error: null,
    at: Date.now(),
  } as const;
  const id = insertJudgment(db, values);
  if (id === null) throw new StoreError('internal', 'The judgment was not stored.');
  showJudgments(db, [values]);
  return id;
}

/** @throws StoreError 'not-found' when the answer or the judge is not there (any more). */
export function addHumanJudgment(db: Database, a: StoreArgs<'judgments.addHuman'>): Judgment {
  const { answerId, judgeId, verdict, note } = a;
  const answer = first(db, query.selectFrom('answer').select('id').where('id', '=', answerId));
  const judge = first(db, query.selectFrom('judge').select('id').where('id', '=', judgeId));
  if (answer === undefined || judge === undefined) {
    throw new StoreError(
      'not-found',
      'This answer is no longer there: its run was removed. Reload the page.',
    );
  }
  const id = addOwnJudgment(db, { answerId, judgeId, verdict, note });
  const made = judgmentsOf(db, [answerId]).find((judgment) => judgment.id === id);
  if (made === undefined) throw new StoreError('internal', 'The judgment was not stored.');
  return made;
}
