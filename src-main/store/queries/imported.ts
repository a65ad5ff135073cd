import type { Database } from 'better-sqlite3';

import type { NewImportedAnswer } from '../api.ts';
import { flag } from '../ids.ts';
import { perConnection } from '../sql.ts';
import { insertJudgment, nextOwnRepeat } from './judgments.ts';
import { ensureJudge } from './judges.ts';
import { ensureImportedSystem, IMPORTED_DECODING } from './names.ts';
import { float32Bytes, nllOf } from './nll.ts';
import { putAnswerPrompt } from './prompts.ts';

const NOTHING = Buffer.alloc(0);

const statements = perConnection((db) => ({
  insert: db.prepare<[Record<string, string | number | Buffer | null>]>(
    `INSERT INTO answer (row_id, system_id, decoding_id, prompt_sha256, sample_index, seed, at, tokens, nll_sum, nll_mean,
       exact_match, f1, contains, injected, is_empty, text)
     VALUES (@rowId, @systemId, @decodingId, @promptSha256, @sampleIndex, 0, @at, @tokens, @nllSum, @nllMean,
       @exactMatch, @f1, @contains, @injected, @isEmpty, @text)`,
  ),
  lastSample: db
    .prepare<[number, number, number], number | null>(
      'SELECT max(sample_index) FROM answer WHERE row_id = ? + 0 AND system_id = ? + 0 AND decoding_id = ? + 0',
    )
    .pluck(),
  logprobs: db.prepare<[number, Buffer]>('INSERT INTO answer_token (answer_id, logprobs) VALUES (?, ?)'),
  mention: db.prepare<[number, number]>(
    'INSERT INTO dataset_system (dataset_id, system_id) VALUES (?, ?) ON CONFLICT DO NOTHING',
  ),
}));

/** Stores answers that came with a row of a file, and the verdicts that came with them. */
export function importAnswers(
  db: Database,
  datasetId: number,
  rowId: number,
  answers: readonly NewImportedAnswer[],
): void {
  const s = statements(db);
  const at = Date.now();
  for (const answer of answers) {
    const systemId = ensureImportedSystem(db, answer.system);
    s.mention.run(datasetId, systemId);
    const last = s.lastSample.get(rowId, systemId, IMPORTED_DECODING);
    const nll = nllOf(answer.tokenLogprobs);
    const answerId = Number(
      s.insert.run({
        rowId,
        systemId,
        decodingId: IMPORTED_DECODING,
        promptSha256: NOTHING,
        // A file may give two answers of one system the same number, or none: both are kept.
        sampleIndex: Math.max(answer.sampleIndex, (last ?? -1) + 1),
        at,
        tokens: answer.tokenLogprobs?.length ?? null,
        nllSum: nll?.sum ?? null,
        nllMean: nll?.mean ?? null,
        exactMatch: flag(answer.exactMatch),
        f1: answer.f1,
        contains: flag(answer.contains),
        injected: flag(answer.injected),
        isEmpty: flag(answer.text.trim() === ''),
        text: answer.text,
      }).lastInsertRowid,
    );
    if (answer.tokenLogprobs !== null) s.logprobs.run(answerId, float32Bytes(answer.tokenLogprobs));
    if (answer.prompt !== null) putAnswerPrompt(db, answerId, answer.prompt);
    importJudgments(db, answerId, answer, at);
  }
}

function importJudgments(db: Database, answerId: number, answer: NewImportedAnswer, at: number): void {
  for (const judgment of answer.judgments) {
    const judgeId = ensureJudge(db, judgment.judge);
    insertJudgment(db, {
      answerId,
      judgeId,
      repeat: nextOwnRepeat(db, answerId, judgeId),
      verdict: judgment.verdict,
      pCorrect: null,
      labelMass: null,
      score: judgment.score,
      raw: null,
      reason: judgment.reason,
      note: null,
      labelOrder: null,
      mode: judgment.judge.kind === 'human' ? 'human' : 'imported',
      durationMs: null,
      error: null,
      at,
    });
  }
}
