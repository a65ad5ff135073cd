import type { Database } from 'better-sqlite3';

import type {
  AnswerMatrix,
  DrawnLabel,
  JudgeColumn,
  LabelQueueFacts,
  TokenLogprobs,
} from '../../domain/analysis/matrix.ts';
import type { Verdict } from '../../domain/verdict.ts';
import { VERDICTS } from '../../domain/verdict.ts';
import type { StoreArgs } from '../api.ts';
import { itemRange } from '../ids.ts';
import { perConnection } from '../sql.ts';
import { listJudges } from './judges.ts';
import { metadataColumns } from './metadata.ts';
import { floatsOf } from './nll.ts';
import { runNotFound } from './owner.ts';

type Range = [number, number];

interface AnswerRow {
  readonly position: number;
  readonly answer_id: number;
  readonly row_id: number;
  readonly sample_index: number;
  readonly system: string;
  readonly finish_reason: string | null;
  readonly tokens: number | null;
  readonly reasoning_tokens: number | null;
  readonly characters: number;
  readonly has_gold: number;
  readonly nll_sum: number | null;
  readonly nll_mean: number | null;
  readonly eog_logprob: number | null;
  readonly exact_match: number | null;
  readonly contains: number | null;
  readonly f1: number | null;
}

const statements = perConnection((db) => ({
  run: db.prepare<[number], number>('SELECT 1 FROM run WHERE id = ?').pluck(),
  count: db
    .prepare<Range, number>(
      'SELECT count(*) FROM run_item WHERE id BETWEEN ? AND ? AND answer_id IS NOT NULL',
    )
    .pluck(),
  stamp: db
    .prepare<[number], string>(
      `SELECT printf('%d:%d:%d:%d', t.answers, coalesce((SELECT max(id) FROM judgment), 0), run.total,
         coalesce((SELECT sum(answers) FROM run_judge WHERE run_id = run.id), 0))
       FROM run JOIN run_tally AS t ON t.run_id = run.id WHERE run.id = ?`,
    )
    .pluck(),
  answers: db.prepare<Range, AnswerRow>(
    `SELECT i.position, i.answer_id, i.row_id, a.sample_index, s.name AS system, a.finish_reason, a.tokens,
       a.reasoning_tokens, length(a.text) AS characters, r.gold <> '[]' AS has_gold, a.nll_sum, a.nll_mean,
       a.eog_logprob, a.exact_match, a.contains, a.f1
     FROM run_item AS i
     JOIN answer AS a ON a.id = i.answer_id
     JOIN system AS s ON s.id = a.system_id
     JOIN dataset_row AS r ON r.id = i.row_id
     WHERE i.id BETWEEN ? AND ? ORDER BY i.id`,
  ),
  cells: db.prepare<
    Range,
    {
      answer_id: number;
      position: number;
      judge_id: number;
      verdict: Verdict;
      p_correct: number | null;
      label_mass: number | null;
    }
  >(
    `SELECT i.answer_id, i.position, v.judge_id, v.verdict, v.p_correct, v.label_mass
     FROM item_verdict AS v JOIN run_item AS i ON i.id = v.item_id
     WHERE v.item_id BETWEEN ? AND ? AND i.answer_id IS NOT NULL`,
  ),
  labels: db.prepare<
    Range,
    { position: number; judge_id: number; verdict: Verdict; draw: 'random' | 'sorted'; queue_id: number }
  >(
    `SELECT i.position, j.judge_id, j.verdict, q.draw, q.id AS queue_id
     FROM run_item AS i
     JOIN label AS l ON l.answer_id = i.answer_id
     JOIN judgment AS j ON j.id = l.judgment_id
     JOIN label_queue AS q ON q.id = l.queue_id
     WHERE i.id BETWEEN ? AND ? AND l.undoes IS NULL
       AND NOT EXISTS (SELECT 1 FROM label AS u WHERE u.undoes = l.judgment_id)
     ORDER BY j.id`,
  ),
  queues: db.prepare<Range, { queue_id: number; draw: 'random' | 'sorted' }>(
    `SELECT DISTINCT q.id AS queue_id, q.draw
     FROM run_item AS i JOIN label AS l ON l.answer_id = i.answer_id JOIN label_queue AS q ON q.id = l.queue_id
     WHERE i.id BETWEEN ? AND ?`,
  ),
  outside: db
    .prepare<[number, number, number], number>(
      `SELECT 1 FROM run_item AS i WHERE i.id BETWEEN ? AND ? AND i.answer_id IS NOT NULL AND NOT EXISTS (
         SELECT 1 FROM label_item AS li WHERE li.answer_id = i.answer_id AND li.queue_id = ?) LIMIT 1`,
    )
    .pluck(),
  logprobs: db.prepare<Range, { logprobs: Buffer | null; reasoning_tokens: number | null }>(
    `SELECT t.logprobs, a.reasoning_tokens
     FROM run_item AS i JOIN answer AS a ON a.id = i.answer_id LEFT JOIN answer_token AS t ON t.answer_id = a.id
     WHERE i.id BETWEEN ? AND ? ORDER BY i.id`,
  ),
}));

/** Changes whenever a run's answers or any judgments do; null when the run is gone. As cheap as one row. */
export function analysisStamp(db: Database, a: StoreArgs<'analysis.stamp'>): string | null {
  return statements(db).stamp.get(a.runId) ?? null;
}

/** Answers and verdicts of a run as columns. @throws StoreError 'not-found'. */
export function analysisMatrix(db: Database, a: StoreArgs<'analysis.matrix'>): AnswerMatrix {
  const s = statements(db);
  if (s.run.get(a.runId) === undefined) throw runNotFound(a.runId);
  const { first, last } = itemRange(a.runId);
  const n = s.count.get(first, last) ?? 0;
  const columns = emptyColumns(n);
  const systems = new Names();
  const finishes = new Names();
  const rowOf = new Map<number, number>();
  let row = 0;
  for (const answer of s.answers.iterate(first, last)) {
    rowOf.set(answer.position, row);
    columns.system[row] = systems.indexOf(answer.system);
    columns.finish[row] = answer.finish_reason === null ? -1 : finishes.indexOf(answer.finish_reason);
    setRow(columns, row, answer);
    row += 1;
  }
  const judges = judgeColumns(db, a.runId, n, rowOf);
  return {
    ...columns,
    systemNames: systems.list,
    finishReasons: finishes.list,
    judges,
    metadata: metadataColumns(db, columns.rowIds),
    labels: drawnLabels(db, a.runId, rowOf),
    queues: queueFacts(db, a.runId),
  };
}

/** Distinct texts, numbered in order of appearance. */
class Names {
  readonly list: string[] = [];
  readonly #known = new Map<string, number>();

  indexOf(name: string): number {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    this.#known.set(name, this.list.length);
    this.list.push(name);
    return this.list.length - 1;
  }
}

function emptyColumns(n: number) {
  const unknown = (): Float64Array => new Float64Array(n).fill(Number.NaN);
  return {
    positions: new Int32Array(n),
    answerIds: new Float64Array(n),
    rowIds: new Float64Array(n),
    sampleIndex: new Int32Array(n),
    system: new Int32Array(n),
    finish: new Int32Array(n),
    characters: new Int32Array(n),
    hasGold: new Uint8Array(n),
    tokens: unknown(),
    nllSum: unknown(),
    nllMean: unknown(),
    eogLogprob: unknown(),
    exactMatch: unknown(),
    contains: unknown(),
    f1: unknown(),
  };
}

function setRow(columns: ReturnType<typeof emptyColumns>, row: number, answer: AnswerRow): void {
  columns.positions[row] = answer.position;
  columns.answerIds[row] = answer.answer_id;
  columns.rowIds[row] = answer.row_id;
  columns.sampleIndex[row] = answer.sample_index;
  columns.characters[row] = answer.characters;
  columns.hasGold[row] = answer.has_gold;
  if (answer.tokens !== null) columns.tokens[row] = answer.tokens - (answer.reasoning_tokens ?? 0);
  if (answer.nll_sum !== null) columns.nllSum[row] = answer.nll_sum;
  if (answer.nll_mean !== null) columns.nllMean[row] = answer.nll_mean;
  if (answer.eog_logprob !== null) columns.eogLogprob[row] = answer.eog_logprob;
  if (answer.exact_match !== null) columns.exactMatch[row] = answer.exact_match;
  if (answer.contains !== null) columns.contains[row] = answer.contains;
  if (answer.f1 !== null) columns.f1[row] = answer.f1;
}

function judgeColumns(
  db: Database,
  runId: number,
  n: number,
  rowOf: ReadonlyMap<number, number>,
): JudgeColumn[] {
  const { first, last } = itemRange(runId);
  const columns = listJudges(db, { runId }).map((judge) => ({
    judge,
    verdict: new Int8Array(n).fill(-1),
    pCorrect: new Float64Array(n).fill(Number.NaN),
    labelMass: new Float64Array(n).fill(Number.NaN),
  }));
  const byId = new Map(columns.map((column) => [column.judge.id, column]));
  for (const cell of statements(db).cells.iterate(first, last)) {
    const column = byId.get(cell.judge_id);
    const row = rowOf.get(cell.position);
    if (column === undefined || row === undefined) continue;
    column.verdict[row] = VERDICTS.indexOf(cell.verdict);
    if (cell.p_correct !== null) column.pCorrect[row] = cell.p_correct;
    if (cell.label_mass !== null) column.labelMass[row] = cell.label_mass;
  }
  return columns;
}

/** The newest standing label of each person in each kind of queue. */
function drawnLabels(db: Database, runId: number, rowOf: ReadonlyMap<number, number>): DrawnLabel[] {
  const { first, last } = itemRange(runId);
  const newest = new Map<string, DrawnLabel>();
  for (const label of statements(db).labels.iterate(first, last)) {
    const row = rowOf.get(label.position);
    if (row === undefined) continue;
    const { judge_id: judgeId, verdict, draw, queue_id: queueId } = label;
    newest.set(`${row}:${judgeId}:${draw}`, { row, judgeId, verdict, draw, queueId });
  }
  return [...newest.values()];
}

function queueFacts(db: Database, runId: number): LabelQueueFacts[] {
  const { first, last } = itemRange(runId);
  const s = statements(db);
  return s.queues.all(first, last).map(({ queue_id: queueId, draw }) => ({
    queueId,
    draw,
    coversRun: s.outside.get(first, last, queueId) === undefined,
  }));
}

/** Log-probabilities of the answers' own tokens, in the order of the matrix. @throws StoreError 'not-found'. */
export function analysisLogprobs(db: Database, a: StoreArgs<'analysis.logprobs'>): TokenLogprobs {
  const s = statements(db);
  if (s.run.get(a.runId) === undefined) throw runNotFound(a.runId);
  const { first, last } = itemRange(a.runId);
  const offsets = new Int32Array((s.count.get(first, last) ?? 0) + 1);
  const parts: Float32Array[] = [];
  let total = 0;
  let row = 0;
  for (const { logprobs, reasoning_tokens } of s.logprobs.iterate(first, last)) {
    const own = logprobs === null ? new Float32Array() : floatsOf(logprobs, reasoning_tokens ?? 0);
    parts.push(own);
    total += own.length;
    row += 1;
    offsets[row] = total;
  }
  const values = new Float32Array(total);
  parts.forEach((part, i) => values.set(part, offsets[i] ?? 0));
  return { offsets, values };
}
