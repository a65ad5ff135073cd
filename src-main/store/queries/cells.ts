import type { Database } from 'better-sqlite3';

import { itemRange } from '../ids.ts';
import { perConnection } from '../sql.ts';

// item_verdict says which verdict of a judge counts for an item: that of the run's own repeat (the highest of them)
// where the run has phases of this judge, else the newest. run_judge sums it up, run_item.disagree and run_phase.done follow from it.
// All are kept here, in the transaction that stores the judgment or links the answer.

interface Cell {
  readonly verdict: string;
  readonly p_correct: number | null;
  readonly label_mass: number | null;
}

/** A stored judgment, as far as cells need it. */
export interface StoredJudgment {
  readonly answerId: number;
  readonly judgeId: number;
  readonly repeat: number;
  readonly verdict: string;
  readonly pCorrect: number | null;
  readonly labelMass: number | null;
}

/** The verdicts that count for some of the items `i`. */
const counting = (from: string, where: string): string => `
  SELECT i.id AS item_id, j.judge_id, j.verdict, j.p_correct, j.label_mass
  FROM ${from}
  JOIN judgment AS j ON j.answer_id = i.answer_id
  WHERE ${where} AND CASE
    WHEN EXISTS (SELECT 1 FROM run_phase AS p WHERE p.run_id = i.run_id AND p.judge_id = j.judge_id)
    THEN j.repeat = (
      SELECT max(p.repeat) FROM run_phase AS p WHERE p.run_id = i.run_id AND p.judge_id = j.judge_id)
    ELSE j.id = (
      SELECT max(k.id) FROM judgment AS k WHERE k.answer_id = j.answer_id AND k.judge_id = j.judge_id)
  END`;

const ADD_SUMS = `
  ON CONFLICT DO UPDATE SET
    answers = answers + excluded.answers, p_sum = p_sum + excluded.p_sum, p_count = p_count + excluded.p_count,
    mass_sum = mass_sum + excluded.mass_sum, mass_count = mass_count + excluded.mass_count,
    mass_little = mass_little + excluded.mass_little`;

const SET_DISAGREE = `
  UPDATE run_item SET disagree = (
    SELECT count(DISTINCT verdict) > 1 FROM item_verdict
    WHERE item_id = run_item.id AND verdict IN ('correct', 'incorrect'))`;

const statements = perConnection((db) => ({
  items: db.prepare<[number], { id: number; run_id: number }>(
    'SELECT id, run_id FROM run_item WHERE answer_id = ?',
  ),
  repeats: db
    .prepare<[number, number], number>(
      'SELECT repeat FROM run_phase WHERE run_id = ? + 0 AND judge_id = ? + 0 ORDER BY repeat DESC',
    )
    .pluck(),
  cell: db.prepare<[number, number], Cell>(
    'SELECT verdict, p_correct, label_mass FROM item_verdict WHERE item_id = ? AND judge_id = ?',
  ),
  put: db.prepare<[number, number, string, number | null, number | null]>(
    `INSERT INTO item_verdict (item_id, judge_id, verdict, p_correct, label_mass) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET
       verdict = excluded.verdict, p_correct = excluded.p_correct, label_mass = excluded.label_mass`,
  ),
  disagree: db.prepare<[number]>(`${SET_DISAGREE} WHERE id = ?`),
  sums: db.prepare<[number, number, string, number, number, number, number, number, number]>(
    `INSERT INTO run_judge (run_id, judge_id, verdict, answers, p_sum, p_count, mass_sum, mass_count, mass_little)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ${ADD_SUMS}`,
  ),
  done: db.prepare<[number, number, number, number]>(
    'UPDATE run_phase SET done = done + ? WHERE run_id = ? AND judge_id = ? AND repeat = ?',
  ),
  fill: db.prepare<[string]>(
    `INSERT INTO item_verdict (item_id, judge_id, verdict, p_correct, label_mass) ${counting(
      'json_each(?) AS wanted JOIN run_item AS i ON i.id = wanted.value',
      'true',
    )}`,
  ),
  fillSums: db.prepare<[string]>(
    `INSERT INTO run_judge (run_id, judge_id, verdict, answers, p_sum, p_count, mass_sum, mass_count, mass_little)
     SELECT v.run_id, v.judge_id, v.verdict, count(*), total(v.p_correct), count(v.p_correct),
       total(v.label_mass), count(v.label_mass), coalesce(sum(v.label_mass < 0.5), 0)
     FROM json_each(?) AS wanted JOIN item_verdict AS v ON v.item_id = wanted.value
     WHERE true GROUP BY 1, 2, 3 ${ADD_SUMS}`,
  ),
  fillDone: db.prepare<[string]>(
    `UPDATE run_phase SET done = done + found.n
     FROM (
       SELECT i.run_id, j.judge_id, j.repeat, count(*) AS n
       FROM json_each(?) AS wanted JOIN run_item AS i ON i.id = wanted.value
       JOIN judgment AS j ON j.answer_id = i.answer_id GROUP BY 1, 2, 3
     ) AS found
     WHERE run_phase.run_id = found.run_id AND run_phase.judge_id = found.judge_id
       AND run_phase.repeat = found.repeat`,
  ),
  fillDisagree: db.prepare<[string]>(`${SET_DISAGREE} WHERE id IN (SELECT value FROM json_each(?))`),
}));

/** For items just linked to answers that may have been judged before. `ids`: JSON list of run_item ids without cells. */
export function fillCells(db: Database, ids: string): void {
  const s = statements(db);
  s.fillDone.run(ids);
  if (s.fill.run(ids).changes === 0) return;
  s.fillSums.run(ids);
  s.fillDisagree.run(ids);
}

interface Sums {
  readonly runId: number;
  readonly judgeId: number;
  readonly verdict: string;
  answers: number;
  p: number;
  pCount: number;
  mass: number;
  massCount: number;
  massLittle: number;
}

/** For judgments just stored: shows each in every run that has its answer, unless the run goes by another repeat. */
export function showJudgments(db: Database, judgments: readonly StoredJudgment[]): void {
  const s = statements(db);
  const repeats = new Map<string, readonly number[]>();
  const sums = new Map<string, Sums>();
  const done = new Map<string, { runId: number; judgeId: number; repeat: number; n: number }>();
  for (const judgment of judgments) {
    const { judgeId, repeat, verdict, pCorrect, labelMass } = judgment;
    for (const item of s.items.all(judgment.answerId)) {
      const key = `${item.run_id}:${judgeId}`;
      const own = repeats.get(key) ?? s.repeats.all(item.run_id, judgeId);
      repeats.set(key, own);
      if (own.includes(repeat)) {
        const counted = done.get(`${key}:${repeat}`) ?? { runId: item.run_id, judgeId, repeat, n: 0 };
        counted.n += 1;
        done.set(`${key}:${repeat}`, counted);
      }
      if (own.length > 0 && own[0] !== repeat) continue;
      const before = s.cell.get(item.id, judgeId);
      if (before !== undefined) add(sums, item.run_id, judgeId, before, -1);
      s.put.run(item.id, judgeId, verdict, pCorrect, labelMass);
      add(sums, item.run_id, judgeId, { verdict, p_correct: pCorrect, label_mass: labelMass }, 1);
      if (isScored(verdict) || (before !== undefined && isScored(before.verdict))) s.disagree.run(item.id);
    }
  }
  for (const d of done.values()) s.done.run(d.n, d.runId, d.judgeId, d.repeat);
  for (const x of sums.values()) {
    s.sums.run(x.runId, x.judgeId, x.verdict, x.answers, x.p, x.pCount, x.mass, x.massCount, x.massLittle);
  }
}

function isScored(verdict: string): boolean {
  return verdict === 'correct' || verdict === 'incorrect';
}

function add(sums: Map<string, Sums>, runId: number, judgeId: number, cell: Cell, sign: 1 | -1): void {
  const key = `${runId}:${judgeId}:${cell.verdict}`;
  const sum = sums.get(key) ?? {
    runId,
    judgeId,
    verdict: cell.verdict,
    answers: 0,
    p: 0,
    pCount: 0,
    mass: 0,
    massCount: 0,
    massLittle: 0,
  };
  sum.answers += sign;
  if (cell.p_correct !== null) {
    sum.p += sign * cell.p_correct;
    sum.pCount += sign;
  }
  if (cell.label_mass !== null) {
    sum.mass += sign * cell.label_mass;
    sum.massCount += sign;
    if (cell.label_mass < 0.5) sum.massLittle += sign;
  }
  sums.set(key, sum);
}

const refreshing = perConnection((db) => ({
  marks: db.prepare<[number, number, number]>(
    `INSERT OR IGNORE INTO temp.touched
     SELECT item_id FROM item_verdict WHERE judge_id = ? AND item_id BETWEEN ? AND ?`,
  ),
  clear: db.prepare<[number, number, number]>(
    'DELETE FROM item_verdict WHERE judge_id = ? AND item_id BETWEEN ? AND ?',
  ),
  fill: db.prepare<[number, number, number]>(
    `INSERT INTO item_verdict (item_id, judge_id, verdict, p_correct, label_mass)
     ${counting('run_item AS i', 'i.id BETWEEN ? AND ? AND j.judge_id = ?')}`,
  ),
  clearSums: db.prepare<[number, number]>('DELETE FROM run_judge WHERE run_id = ? AND judge_id = ?'),
  sums: db.prepare<[number, number, number]>(
    `INSERT INTO run_judge (run_id, judge_id, verdict, answers, p_sum, p_count, mass_sum, mass_count, mass_little)
     SELECT run_id, judge_id, verdict, count(*), total(p_correct), count(p_correct), total(label_mass), count(label_mass),
       coalesce(sum(label_mass < 0.5), 0)
     FROM item_verdict WHERE item_id BETWEEN ? AND ? AND judge_id = ? GROUP BY verdict`,
  ),
  done: db.prepare<[number, number, number, number]>(
    `UPDATE run_phase SET done = (
       SELECT count(*) FROM run_item AS i JOIN judgment AS j ON j.answer_id = i.answer_id
       WHERE i.id BETWEEN ? AND ? AND j.judge_id = run_phase.judge_id AND j.repeat = run_phase.repeat)
     WHERE run_id = ? AND judge_id = ?`,
  ),
  disagree: db.prepare<[]>(`${SET_DISAGREE} WHERE id IN temp.touched`),
}));

/** After a run began or ceased to go by a repeat of this judge: its verdicts on the run's items, anew. */
export function refreshJudge(db: Database, runId: number, judgeId: number): void {
  db.exec('CREATE TEMP TABLE IF NOT EXISTS touched (id INTEGER PRIMARY KEY); DELETE FROM temp.touched');
  const s = refreshing(db);
  const { first, last } = itemRange(runId);
  s.marks.run(judgeId, first, last);
  s.clear.run(judgeId, first, last);
  s.fill.run(first, last, judgeId);
  s.clearSums.run(runId, judgeId);
  s.sums.run(first, last, judgeId);
  s.done.run(first, last, runId, judgeId);
  s.marks.run(judgeId, first, last);
  s.disagree.run();
}
