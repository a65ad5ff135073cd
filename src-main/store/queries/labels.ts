import type { Database } from 'better-sqlite3';

import type { LabelQueue, LabelState, LabelTask, QueueOrder } from '../../domain/analysis/labelling.ts';
import type { Verdict } from '../../domain/verdict.ts';
import type { StoreArgs } from '../api.ts';
import { StoreError } from '../api.ts';
import { perConnection } from '../sql.ts';
import { addOwnJudgment } from './judgments.ts';
import { fillQueue } from './label-order.ts';
import { runNotFound } from './owner.ts';
import { type QuestionColumns, toQuestion } from './row-columns.ts';

interface QueueRow {
  readonly id: number;
  readonly run_id: number;
  readonly judge_id: number;
  readonly author: string;
  readonly draw: 'random' | 'sorted';
  readonly sort_key: string;
  readonly seed: number;
  readonly population: number;
  readonly created_at: number;
  readonly labelled: number;
  readonly skipped: number;
}

interface TaskRow extends QuestionColumns {
  readonly answer_id: number;
  readonly rank: number;
  readonly text: string;
}

interface LabelRow {
  readonly judgment_id: number;
  readonly answer_id: number;
  readonly verdict: Verdict;
  readonly note: string | null;
}

/** A label that stands: no undo, and not taken back by one. */
const STANDING = 'l.undoes IS NULL AND NOT EXISTS (SELECT 1 FROM label AS u WHERE u.undoes = l.judgment_id)';

const TASK = `
  SELECT i.answer_id, i.rank, a.text, r.external_id, r.question, r.gold, r.choices, r.context, r.metadata
  FROM label_item AS i JOIN answer AS a ON a.id = i.answer_id JOIN dataset_row AS r ON r.id = a.row_id`;

const statements = perConnection((db) => ({
  answers: db.prepare<[number], number>('SELECT answers FROM run_tally WHERE run_id = ?').pluck(),
  find: db
    .prepare<[number, number, string, number, number], number>(
      `SELECT id FROM label_queue
       WHERE run_id = ? AND judge_id = ? AND sort_key = ? AND seed = ? AND population = ? ORDER BY id DESC LIMIT 1`,
    )
    .pluck(),
  create: db.prepare<[number, number, string, string, number, number, number]>(
    `INSERT INTO label_queue (run_id, judge_id, draw, sort_key, seed, population, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  ),
  queue: db.prepare<[number], QueueRow>(
    `SELECT q.id, q.run_id, q.judge_id, p.name AS author, q.draw, q.sort_key, q.seed, q.population, q.created_at,
       (SELECT count(DISTINCT l.answer_id) FROM label AS l WHERE l.queue_id = q.id AND ${STANDING}) AS labelled,
       (SELECT count(DISTINCT l.answer_id) FROM label AS l JOIN judgment AS j ON j.id = l.judgment_id
        WHERE l.queue_id = q.id AND ${STANDING} AND j.verdict = 'skipped') AS skipped
     FROM label_queue AS q JOIN judge AS p ON p.id = q.judge_id WHERE q.id = ?`,
  ),
  queues: db
    .prepare<[number], number>('SELECT id FROM label_queue WHERE run_id = ? ORDER BY id DESC')
    .pluck(),
  next: db.prepare<[number, number], TaskRow>(
    `${TASK} WHERE i.queue_id = ? AND NOT EXISTS (
       SELECT 1 FROM label AS l WHERE l.queue_id = ? + 0 AND l.answer_id = i.answer_id AND ${STANDING})
     ORDER BY i.rank LIMIT 1`,
  ),
  item: db
    .prepare<[number, number], number>('SELECT 1 FROM label_item WHERE queue_id = ? AND answer_id = ?')
    .pluck(),
  label: db.prepare<[number, number, number, number | null]>(
    'INSERT INTO label (judgment_id, queue_id, answer_id, undoes) VALUES (?, ?, ?, ?)',
  ),
  newest: db.prepare<[number], LabelRow>(
    `SELECT l.judgment_id, l.answer_id, j.verdict, j.note FROM label AS l JOIN judgment AS j ON j.id = l.judgment_id
     WHERE l.queue_id = ? AND ${STANDING} ORDER BY l.judgment_id DESC LIMIT 1`,
  ),
  takenBack: db.prepare<[number, number], { verdict: Verdict; note: string | null }>(
    `SELECT j.verdict, j.note FROM label AS u JOIN judgment AS j ON j.id = u.undoes
     WHERE u.queue_id = ? AND u.answer_id = ? ORDER BY u.judgment_id DESC LIMIT 1`,
  ),
  // What this person had said of the answer before: neither an undo nor taken back.
  before: db
    .prepare<[number, number, number], Verdict>(
      `SELECT j.verdict FROM judgment AS j LEFT JOIN label AS l ON l.judgment_id = j.id
       WHERE j.answer_id = ? AND j.judge_id = ? AND j.id < ? AND (l.judgment_id IS NULL OR (${STANDING}))
       ORDER BY j.id DESC LIMIT 1`,
    )
    .pluck(),
}));

/**
 * The queue of this person, order and seed over the run's answers as they are now; made where there is none. Drawing a
 * hundred thousand answers takes about a second. @throws StoreError 'not-found'.
 */
export function beginQueue(db: Database, a: StoreArgs<'labels.begin'>): LabelState {
  const s = statements(db);
  const answers = s.answers.get(a.runId);
  if (answers === undefined) throw runNotFound(a.runId);
  const sortKey = sortKeyOf(a.order, a.sortJudgeId);
  const known = s.find.get(a.runId, a.judgeId, sortKey, a.seed, answers);
  if (known !== undefined) return queueState(db, { queueId: known });
  const draw = a.order === 'random' ? 'random' : 'sorted';
  const queueId = Number(
    s.create.run(a.runId, a.judgeId, draw, sortKey, a.seed, answers, Date.now()).lastInsertRowid,
  );
  fillQueue(db, queueId, a);
  return queueState(db, { queueId });
}

function sortKeyOf(order: QueueOrder, judgeId: number | null): string {
  if (order === 'random') return '';
  return order === 'unsure' ? `unsure:${judgeId ?? ''}` : order;
}

function toQueue(row: QueueRow): LabelQueue {
  const [order = '', judge = ''] = row.sort_key.split(':');
  return {
    queueId: row.id,
    runId: row.run_id,
    judgeId: row.judge_id,
    author: row.author,
    order: row.draw === 'random' ? 'random' : order === 'unsure' ? 'unsure' : 'disagreement',
    sortJudgeId: judge === '' ? null : Number(judge),
    seed: row.seed,
    population: row.population,
    labelled: row.labelled,
    skipped: row.skipped,
    createdAt: row.created_at,
  };
}

function requireQueue(db: Database, queueId: number): QueueRow {
  const row = statements(db).queue.get(queueId);
  if (row !== undefined) return row;
  throw new StoreError('not-found', `There is no label queue ${queueId}. Begin labelling again.`);
}

/** Queues of a run, newest first. */
export function listQueues(db: Database, a: StoreArgs<'labels.queues'>): LabelQueue[] {
  return statements(db)
    .queues.all(a.runId)
    .map((queueId) => toQueue(requireQueue(db, queueId)));
}

/** The queue and its next answer. @throws StoreError 'not-found'. */
export function queueState(db: Database, a: StoreArgs<'labels.state'>): LabelState {
  const row = requireQueue(db, a.queueId);
  const next = statements(db).next.get(a.queueId, a.queueId);
  return { queue: toQueue(row), task: next === undefined ? null : toTask(db, a.queueId, next) };
}

function toTask(db: Database, queueId: number, row: TaskRow): LabelTask {
  const { question, context, choices, gold } = toQuestion(row);
  return {
    answerId: row.answer_id,
    rank: row.rank + 1,
    question,
    context,
    choices,
    gold,
    answer: row.text,
    takenBack: statements(db).takenBack.get(queueId, row.answer_id) ?? null,
  };
}

/** A label as a new judgment of the queue's person; gives the next answer. @throws StoreError 'not-found'. */
export function putLabel(db: Database, a: StoreArgs<'labels.put'>): LabelState {
  const queue = requireQueue(db, a.queueId);
  if (statements(db).item.get(a.queueId, a.answerId) === undefined) {
    throw new StoreError('not-found', 'This answer is no longer in the queue: its run was removed.');
  }
  addLabel(db, queue, { answerId: a.answerId, verdict: a.verdict, note: a.note, undoes: null });
  return queueState(db, a);
}

/** Takes the newest label of the queue back, by a new judgment that says what counted before; its answer comes next again. */
export function undoLabel(db: Database, a: StoreArgs<'labels.undo'>): LabelState {
  const queue = requireQueue(db, a.queueId);
  const s = statements(db);
  const newest = s.newest.get(a.queueId);
  if (newest === undefined) return queueState(db, a);
  const verdict = s.before.get(newest.answer_id, queue.judge_id, newest.judgment_id) ?? 'skipped';
  addLabel(db, queue, {
    answerId: newest.answer_id,
    verdict,
    note: 'Taken back.',
    undoes: newest.judgment_id,
  });
  return queueState(db, a);
}

function addLabel(
  db: Database,
  queue: QueueRow,
  label: {
    readonly answerId: number;
    readonly verdict: Verdict;
    readonly note: string | null;
    readonly undoes: number | null;
  },
): void {
  const { answerId, verdict, note, undoes } = label;
  const id = addOwnJudgment(db, { answerId, judgeId: queue.judge_id, verdict, note });
  statements(db).label.run(id, queue.id, answerId, undoes);
}
