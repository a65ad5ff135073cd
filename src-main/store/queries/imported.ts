import type { Database } from 'better-sqlite3';

import type { NewImportedAnswer } from '../api.ts';
import { flag } from '../ids.ts';
import { perConnection } from '../sql.ts';
import { importAsked } from './asked.ts';
import { insertJudgment, nextOwnRepeat } from './judgments.ts';
import { ensureJudge } from './judges.ts';
import { ensureImportedSystem, IMPORTED_DECODING } from './names.ts';
import { float32Bytes, nllOf } from './nll.ts';
import { putAnswerPrompt } from './prompts.ts';

const NOTHING = Buffer.alloc(0);

const statements = perConnection((db) => ({
  insert: db.prepare<[Record<string, string | number | Buffer | null>]>(
    `INSERT INTO answer (row_id, system_id, decoding_id, prompt_sha256, sample_index, seed, at, tokens, nll_sum, nll_mean,
       exact_match, f1, contains, injected, is_empty, text, reasoning, finish_reason, prompt_tokens, reasoning_tokens,
       eog_logprob, duration_ms)
     VALUES (@rowId, @systemId, @decodingId, @promptSha256, @sampleIndex, 0, @at, @tokens, @nllSum, @nllMean,
       @exactMatch, @f1, @contains, @injected, @isEmpty, @text, @reasoning, @finishReason, @promptTokens, @reasoningTokens,
       @eogLogprob, @durationMs)`,
  ),
  lastSample: db
    .prepare<[number, number, number], number | null>(
      'SELECT max(sample_index) FROM answer WHERE row_id = ? + 0 AND system_id = ? + 0 AND decoding_id = ? + 0',
    )
    .pluck(),
  tokens: db.prepare<[number, Buffer | null, Buffer | null, string | null]>(
    'INSERT INTO answer_token (answer_id, ids, logprobs, texts) VALUES (?, ?, ?, ?)',
  ),
  answered: db
    .prepare<[number, number, number, number], number>(
      `SELECT 1 FROM answer WHERE row_id = ? + 0 AND prompt_sha256 = x'' AND system_id = ? + 0 AND decoding_id = ? + 0
       AND sample_index = ? + 0`,
    )
    .pluck(),
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
    const { details } = answer;
    const nll = nllOf(answer.tokenLogprobs, details?.reasoningTokens ?? 0);
    const answerId = Number(
      s.insert.run({
        rowId,
        systemId,
        decodingId: IMPORTED_DECODING,
        promptSha256: NOTHING,
        // A file may give two answers of one system the same number, or none: both are kept.
        sampleIndex: Math.max(answer.sampleIndex, (last ?? -1) + 1),
        at,
        tokens: answer.tokenLogprobs?.length ?? details?.tokenIds?.length ?? null,
        nllSum: nll?.sum ?? null,
        nllMean: nll?.mean ?? null,
        exactMatch: flag(answer.exactMatch),
        f1: answer.f1,
        contains: flag(answer.contains),
        injected: flag(answer.injected),
        isEmpty: flag(answer.text.trim() === ''),
        text: answer.text,
        reasoning: details?.reasoning ?? null,
        finishReason: details?.finishReason ?? null,
        promptTokens: details?.promptTokens ?? null,
        reasoningTokens: details?.reasoningTokens ?? null,
        eogLogprob: details?.eogLogprob ?? null,
        durationMs: details?.durationMs ?? null,
      }).lastInsertRowid,
    );
    putTokens(db, answerId, answer);
    if (answer.prompt !== null) putAnswerPrompt(db, answerId, answer.prompt);
    importJudgments(db, answerId, answer, at);
    importAsked(db, { answerId, rowId, systemId }, answer);
  }
}

/** True when the row has an answer of this system under this number. */
export function isAnswered(db: Database, rowId: number, answer: NewImportedAnswer): boolean {
  const systemId = ensureImportedSystem(db, answer.system);
  return statements(db).answered.get(rowId, systemId, IMPORTED_DECODING, answer.sampleIndex) !== undefined;
}

function putTokens(db: Database, answerId: number, { tokenLogprobs, details }: NewImportedAnswer): void {
  const ids = details?.tokenIds ?? null;
  const texts = details?.tokenTexts ?? null;
  if (tokenLogprobs === null && ids === null && texts === null) return;
  statements(db).tokens.run(
    answerId,
    ids === null ? null : Buffer.from(Int32Array.from(ids).buffer),
    tokenLogprobs === null ? null : float32Bytes(tokenLogprobs),
    texts === null ? null : JSON.stringify(texts),
  );
}

function importJudgments(db: Database, answerId: number, answer: NewImportedAnswer, at: number): void {
  for (const judgment of answer.judgments) {
    const { details } = judgment;
    const judgeId = ensureJudge(db, judgment.judge);
    insertJudgment(db, {
      answerId,
      judgeId,
      repeat: nextOwnRepeat(db, answerId, judgeId),
      verdict: judgment.verdict,
      pCorrect: details?.pCorrect ?? null,
      labelMass: details?.labelMass ?? null,
      score: judgment.score,
      raw: details?.raw ?? null,
      reason: judgment.reason,
      note: details?.note ?? null,
      labelOrder: details?.labelOrder ?? null,
      mode: details?.mode ?? (judgment.judge.kind === 'human' ? 'human' : 'imported'),
      durationMs: details?.durationMs ?? null,
      error: null,
      at: details?.at ?? at,
    });
  }
}
