import type { Database } from 'better-sqlite3';

import type { NewRun } from '../api.ts';
import { StoreError } from '../api.ts';
import { itemId, itemRange } from '../ids.ts';
import { toJsonOrNull } from '../json.ts';
import { all, first, perConnection, query } from '../sql.ts';
import { ensureJudge, nextRepeat } from './judges.ts';
import { afterLink, LINK_CHUNK } from './link.ts';
import { IMPORTED_DECODING } from './names.ts';
import { runNotFound } from './owner.ts';
import { seededRowIds } from './rows.ts';

const statements = perConnection((db) => ({
  run: db.prepare<[Record<string, string | number | null>]>(
    `INSERT INTO run (dataset_id, name, status, total, samples, again, created_at, experiment, plan)
     VALUES (@datasetId, @name, 'queued', 0, @samples, @again, @at, @experiment, @plan)`,
  ),
  tally: db.prepare<[number]>('INSERT INTO run_tally (run_id) VALUES (?)'),
  phase: db.prepare<[Record<string, string | number | null>]>(
    `INSERT INTO run_phase (run_id, seq, role, model_name, judge_id, repeat, state, total, plan)
     VALUES (@runId, @seq, @role, @modelName, @judgeId, @repeat, 'waiting', 0, @plan)`,
  ),
  item: db.prepare<[number, number, number]>(
    'INSERT INTO run_item (id, row_id, sample_index) VALUES (?, ?, ?)',
  ),
  linkedItem: db.prepare<[number, number]>(
    `INSERT INTO run_item (id, row_id, sample_index, answer_id, tokens, nll_sum, nll_mean, f1, finish_reason)
     SELECT ?, row_id, sample_index, id, tokens, nll_sum, nll_mean, f1, finish_reason FROM answer WHERE id = ?`,
  ),
  total: db.prepare<[number, number]>('UPDATE run SET total = ? WHERE id = ?'),
  phaseTotal: db.prepare<[number, number]>('UPDATE run_phase SET total = ? WHERE run_id = ?'),
  imported: db
    .prepare<[number, number], number>(
      'SELECT id FROM answer WHERE row_id = ? AND decoding_id = ? ORDER BY system_id, sample_index',
    )
    .pluck(),
  importedBy: db
    .prepare<[number, number, number], number>(
      'SELECT id FROM answer WHERE row_id = ? AND decoding_id = ? AND system_id = ? ORDER BY sample_index',
    )
    .pluck(),
  highestSample: db
    .prepare<[number, number], number | null>(
      `SELECT max(a.sample_index) FROM dataset_row AS r JOIN answer AS a ON a.row_id = r.id
       WHERE r.dataset_id = ? AND a.decoding_id <> ?`,
    )
    .pluck(),
  askedSamples: db
    .prepare<[number], number | null>(
      `SELECT max((p.repeat + 1) * run.samples) FROM run JOIN run_phase AS p ON p.run_id = run.id AND p.role = 'generate'
       WHERE run.dataset_id = ?`,
    )
    .pluck(),
}));

/**
 * Makes a run with all its items. Items of stored answers come linked, judged where their judges have judged them.
 * A million questions take some seconds, a million stored answers about a minute, in one transaction.
 * @returns the run's id. @throws StoreError 'not-found' when the dataset or the other run is gone.
 */
export function createRun(db: Database, a: NewRun): number {
  const s = statements(db);
  requireDataset(db, a.datasetId);
  const samples = a.selection.kind === 'questions' ? a.selection.samples : 1;
  const repeat = a.again ? nextAnswerRepeat(db, a.datasetId, samples) : 0;
  const runId = Number(
    s.run.run({
      datasetId: a.datasetId,
      name: a.name,
      samples,
      again: Number(a.again),
      at: Date.now(),
      experiment: JSON.stringify(a.experiment),
      plan: toJsonOrNull(a.plan),
    }).lastInsertRowid,
  );
  s.tally.run(runId);
  a.phases.forEach((phase, seq) => {
    const judgeId = phase.judge === null ? null : ensureJudge(db, phase.judge);
    const judgeRepeat = judgeId !== null && a.again ? nextRepeat(db, judgeId) : 0;
    s.phase.run({
      runId,
      seq,
      role: phase.role,
      modelName: phase.modelName,
      judgeId,
      repeat: phase.role === 'generate' ? repeat : judgeRepeat,
      plan: toJsonOrNull(phase.plan),
    });
  });
  const total = a.selection.kind === 'questions' ? addQuestions(db, runId, a) : addAnswers(db, runId, a);
  s.total.run(total, runId);
  s.phaseTotal.run(total, runId);
  return runId;
}

function requireDataset(db: Database, datasetId: number): void {
  const found = first(
    db,
    query.selectFrom('dataset').select('id').where('id', '=', datasetId).where('importer', 'is', null),
  );
  if (found === undefined) {
    throw new StoreError(
      'not-found',
      `There is no dataset ${datasetId}: it was removed. Choose another one.`,
    );
  }
}

/**
 * The repeat for a run that answers once more: its sample numbers, repeat * samples and up, are those of no answer
 * made or asked for before on this dataset.
 */
function nextAnswerRepeat(db: Database, datasetId: number, samples: number): number {
  const s = statements(db);
  const made = (s.highestSample.get(datasetId, IMPORTED_DECODING) ?? -1) + 1;
  const asked = s.askedSamples.get(datasetId) ?? 0;
  return Math.max(1, Math.ceil(Math.max(made, asked) / samples));
}

/** The samples of a question follow one another, so that neighbours share their prompt. */
function addQuestions(db: Database, runId: number, a: NewRun): number {
  const { selection } = a;
  if (selection.kind !== 'questions') return 0;
  const s = statements(db);
  const rows = rowOrder(db, a.datasetId, selection.seed, selection.limit);
  let position = 0;
  for (const row of rows) {
    for (let sample = 0; sample < selection.samples; sample += 1) {
      s.item.run(itemId(runId, position), row, sample);
      position += 1;
    }
  }
  return position;
}

/** Seed 0 keeps the file's order. */
function rowOrder(db: Database, datasetId: number, seed: number, limit: number | null): number[] {
  if (seed !== 0) return seededRowIds(db, datasetId, seed, limit);
  const ordered = query
    .selectFrom('dataset_row')
    .select('id')
    .where('dataset_id', '=', datasetId)
    .orderBy('position');
  return all(db, limit === null ? ordered : ordered.limit(limit)).map((row) => row.id);
}

function addAnswers(db: Database, runId: number, a: NewRun): number {
  const s = statements(db);
  let position = 0;
  let chunk: number[] = [];
  const flush = (): void => {
    afterLink(db, runId, chunk);
    chunk = [];
  };
  for (const answerId of storedAnswers(db, a)) {
    const item = itemId(runId, position);
    s.linkedItem.run(item, answerId);
    position += 1;
    chunk.push(item);
    if (chunk.length === LINK_CHUNK) flush();
  }
  flush();
  return position;
}

function storedAnswers(db: Database, a: NewRun): number[] {
  const { selection } = a;
  if (selection.kind === 'answers-of-run') return answersOfRun(db, a.datasetId, selection);
  if (selection.kind === 'imported-answers') return importedAnswers(db, a.datasetId, selection);
  return [];
}

function answersOfRun(
  db: Database,
  datasetId: number,
  selection: { runId: number; limit: number | null },
): number[] {
  const source = first(db, query.selectFrom('run').select('dataset_id').where('id', '=', selection.runId));
  if (source === undefined) throw runNotFound(selection.runId);
  if (source.dataset_id !== datasetId) {
    throw new StoreError('internal', `Run ${selection.runId} is of another dataset than the one named.`);
  }
  const { first: start, last } = itemRange(selection.runId);
  const answered = query
    .selectFrom('run_item')
    .select('answer_id')
    .where('id', '>=', start)
    .where('id', '<=', last)
    .where('answer_id', 'is not', null)
    .orderBy('id');
  const rows = all(db, selection.limit === null ? answered : answered.limit(selection.limit));
  return rows.flatMap((row) => row.answer_id ?? []);
}

/** Row by row in the order of the seed, a row's answers by system and sample; `limit` counts answers. */
function importedAnswers(
  db: Database,
  datasetId: number,
  selection: { system: string | null; limit: number | null; seed: number },
): number[] {
  const s = statements(db);
  const limit = selection.limit ?? Infinity;
  const system =
    selection.system === null
      ? null
      : first(
          db,
          query
            .selectFrom('system')
            .select('id')
            .where('name', '=', selection.system)
            .where('model_sha256', 'is', null),
        );
  if (system === undefined) return [];
  const found: number[] = [];
  for (const row of rowOrder(db, datasetId, selection.seed, null)) {
    const answers =
      system === null
        ? s.imported.all(row, IMPORTED_DECODING)
        : s.importedBy.all(row, IMPORTED_DECODING, system.id);
    found.push(...answers);
    if (found.length >= limit) return found.slice(0, limit);
  }
  return found;
}
