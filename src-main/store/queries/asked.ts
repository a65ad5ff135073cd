import type { Database } from 'better-sqlite3';

import type { OwnEntailment, OwnRelevances } from '../../domain/dataset.ts';
import type { JudgeInfo } from '../../domain/run.ts';
import type { ExportedAnswer, NewImportedAnswer } from '../api.ts';
import type { Schema } from '../schema.ts';
import { perConnection } from '../sql.ts';
import { ensureJudge, toJudge } from './judges.ts';
import { float32Bytes, floatsOf } from './nll.ts';
import { IMPORTED_DECODING } from './names.ts';

type JudgeRow = Omit<Schema['judge'], 'last_repeat'>;

interface RelevanceRow extends JudgeRow {
  readonly answer_id: number;
  readonly relevances: Buffer;
}

interface EntailmentRow extends JudgeRow {
  readonly answer_id: number;
  readonly first_sample: number;
  readonly second_sample: number;
  readonly p_entails: number | null;
  readonly label_mass: number | null;
}

const JUDGE = `j.id, j.sha256, j.kind, j.name, j.model_sha256, j.prompt_id, j.prompt_sha256, j.label_order, j.mode`;

/** Pairs of samples of one question, by the answer `own` of them, where it is the later sample. */
const pairs = (own: 'first_id' | 'second_id', other: 'first_id' | 'second_id'): string =>
  `SELECT a.id AS answer_id, f.sample_index AS first_sample, s.sample_index AS second_sample, e.p_entails, e.label_mass, ${JUDGE}
   FROM json_each(@ids) AS w
   JOIN entailment AS e ON e.${own} = w.value
   JOIN answer AS a ON a.id = e.${own}
   JOIN answer AS b ON b.id = e.${other}
   JOIN answer AS f ON f.id = e.first_id
   JOIN answer AS s ON s.id = e.second_id
   JOIN judge AS j ON j.id = e.judge_id
   WHERE b.row_id = a.row_id AND b.system_id = a.system_id AND b.decoding_id = a.decoding_id
     AND b.prompt_sha256 = a.prompt_sha256 AND a.sample_index > b.sample_index`;

const statements = perConnection((db) => ({
  relevances: db.prepare<[{ ids: string }], RelevanceRow>(
    `SELECT v.answer_id, v.relevances, ${JUDGE}
     FROM json_each(@ids) AS w JOIN token_relevance AS v ON v.answer_id = w.value JOIN judge AS j ON j.id = v.judge_id
     ORDER BY v.answer_id, j.id`,
  ),
  entailments: db.prepare<[{ ids: string }], EntailmentRow>(
    `${pairs('first_id', 'second_id')} UNION ALL ${pairs('second_id', 'first_id')} ORDER BY 1, 6, 2, 3`,
  ),
  putRelevances: db.prepare<[number, number, Buffer]>(
    'INSERT INTO token_relevance (judge_id, answer_id, relevances) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  ),
  putEntailment: db.prepare<[number, number, number, number | null, number | null]>(
    `INSERT INTO entailment (judge_id, first_id, second_id, p_entails, label_mass) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
  ),
  sample: db
    .prepare<[number, number, number, number], number>(
      `SELECT id FROM answer WHERE row_id = ? + 0 AND prompt_sha256 = x'' AND system_id = ? + 0 AND decoding_id = ? + 0
       AND sample_index = ? + 0`,
    )
    .pluck(),
}));

/** What models were asked of answers beside whether they are right. */
export type AskedOf = Pick<ExportedAnswer, 'relevances' | 'entailments'>;

export const NOTHING_ASKED: AskedOf = { relevances: [], entailments: [] };

function withoutId(row: JudgeRow): Omit<JudgeInfo, 'id'> {
  const { id: _, ...judge } = toJudge(row);
  return judge;
}

/** By answer. A pair of samples is told with the later one of the two. */
export function askedOf(db: Database, answerIds: readonly number[]): Map<number, AskedOf> {
  const ids = JSON.stringify(answerIds);
  const s = statements(db);
  const relevances = Map.groupBy(s.relevances.all({ ids }), (row) => row.answer_id);
  const entailments = Map.groupBy(s.entailments.all({ ids }), (row) => row.answer_id);
  const asked = new Set([...relevances.keys(), ...entailments.keys()]);
  return new Map(
    [...asked].map((id) => [
      id,
      {
        relevances: (relevances.get(id) ?? []).map((row): OwnRelevances => ({
          judge: withoutId(row),
          values: Array.from(floatsOf(row.relevances), (value) => (Number.isNaN(value) ? null : value)),
        })),
        entailments: (entailments.get(id) ?? []).map((row): OwnEntailment => ({
          judge: withoutId(row),
          firstSample: row.first_sample,
          secondSample: row.second_sample,
          pEntails: row.p_entails,
          labelMass: row.label_mass,
        })),
      },
    ]),
  );
}

/** Where an imported answer was put. */
export interface StoredAnswer {
  readonly answerId: number;
  readonly rowId: number;
  readonly systemId: number;
}

/** Stores what came with an imported answer; a pair whose other sample is not there is left out. */
export function importAsked(db: Database, stored: StoredAnswer, answer: NewImportedAnswer): void {
  const { details, sampleIndex } = answer;
  if (details === undefined) return;
  const { answerId, rowId, systemId } = stored;
  const s = statements(db);
  for (const { judge, values } of details.relevances) {
    const floats = Float32Array.from(values, (value) => value ?? Number.NaN);
    s.putRelevances.run(ensureJudge(db, judge), answerId, float32Bytes(floats));
  }
  for (const { judge, firstSample, secondSample, pEntails, labelMass } of details.entailments) {
    const other = firstSample === sampleIndex ? secondSample : firstSample;
    const otherId = s.sample.get(rowId, systemId, IMPORTED_DECODING, other);
    if (otherId === undefined || otherId === answerId) continue;
    const [first, second] = firstSample === sampleIndex ? [answerId, otherId] : [otherId, answerId];
    s.putEntailment.run(ensureJudge(db, judge), first, second, pEntails, labelMass);
  }
}
