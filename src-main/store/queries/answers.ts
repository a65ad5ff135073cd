import type { Database } from 'better-sqlite3';

import type { AnswerKey, NewAnswer, StoreArgs } from '../api.ts';
import { StoreError } from '../api.ts';
import { flag, itemId, sha256Bytes } from '../ids.ts';
import { perConnection } from '../sql.ts';
import { clearFailures } from './failures.ts';
import { afterLink } from './link.ts';
import { ensureDecoding, ensureModel, findDecoding, findModel } from './names.ts';
import { float32Bytes, nllOf } from './nll.ts';
import { requireOwner } from './owner.ts';
import { putAnswerPrompt } from './prompts.ts';

const statements = perConnection((db) => ({
  item: db.prepare<[number], { row_id: number; answer_id: number | null }>(
    'SELECT row_id, answer_id FROM run_item WHERE id = ?',
  ),
  find: db
    .prepare<[number, Buffer, number, number, number, number], number>(
      `SELECT id FROM answer WHERE row_id = ? AND prompt_sha256 = ? AND system_id = ? AND decoding_id = ?
         AND sample_index = ? AND seed = ?`,
    )
    .pluck(),
  insert: db.prepare<[Record<string, string | number | Buffer | null>]>(
    `INSERT INTO answer (row_id, system_id, decoding_id, prompt_sha256, sample_index, seed, at, finish_reason, prompt_tokens,
       tokens, reasoning_tokens, nll_sum, nll_mean, eog_logprob, exact_match, f1, contains, injected, is_empty, duration_ms, text, reasoning)
     VALUES (@rowId, @systemId, @decodingId, @promptSha256, @sampleIndex, @seed, @at, @finishReason, @promptTokens,
       @tokens, @reasoningTokens, @nllSum, @nllMean, @eogLogprob, @exactMatch, @f1, @contains, @injected, @isEmpty, @durationMs, @text, @reasoning)`,
  ),
  tokens: db.prepare<[number, Buffer | null, Buffer | null, string | null]>(
    'INSERT INTO answer_token (answer_id, ids, logprobs, texts) VALUES (?, ?, ?, ?)',
  ),
  link: db.prepare<[number, number]>(
    `UPDATE run_item SET (answer_id, tokens, nll_sum, nll_mean, f1, finish_reason) =
       (SELECT id, tokens, nll_sum, nll_mean, f1, finish_reason FROM answer WHERE answer.id = ?)
     WHERE id = ?`,
  ),
}));

/**
 * Stores answers and fills the run's items with them; returns their ids in order. An answer that is there already
 * under its key (another run made it, or the acknowledgement was lost) is linked, not stored again; an item that has
 * its answer keeps it.
 */
export function putAnswers(db: Database, a: StoreArgs<'runs.putAnswers'>): number[] {
  requireOwner(db, a.runId, a.token);
  const s = statements(db);
  const at = Date.now();
  const fresh: number[] = [];
  const known: number[] = [];
  const ids = a.answers.map((answer) => {
    const item = itemId(a.runId, answer.position);
    const wanted = s.item.get(item);
    if (wanted === undefined || wanted.row_id !== answer.rowId) {
      throw new StoreError('internal', `Run ${a.runId} asks for no answer at position ${answer.position}.`);
    }
    if (wanted.answer_id !== null) return wanted.answer_id;
    const systemId = ensureModel(db, answer.modelSha256, answer.system);
    const decodingId = ensureDecoding(db, answer.decodingSha256);
    const existing = findAnswer(db, answer.rowId, systemId, decodingId, answer);
    const id = existing ?? insertAnswer(db, answer, systemId, decodingId, at);
    s.link.run(id, item);
    (existing === null ? fresh : known).push(item);
    return id;
  });
  afterLink(db, a.runId, fresh, false);
  afterLink(db, a.runId, known, true);
  clearFailures(db, a.runId, a.seq, { itemIds: fresh.concat(known) });
  return ids;
}

/** Fills items whose answer exists already under its key; returns the positions it filled. */
export function reuseAnswers(db: Database, a: StoreArgs<'runs.reuseAnswers'>): number[] {
  requireOwner(db, a.runId, a.token);
  const s = statements(db);
  const filled: number[] = [];
  for (const key of a.keys) {
    const systemId = findModel(db, key.modelSha256);
    const decodingId = findDecoding(db, key.decodingSha256);
    if (systemId === null || decodingId === null) continue;
    const item = itemId(a.runId, key.position);
    const wanted = s.item.get(item);
    if (wanted === undefined || wanted.answer_id !== null || wanted.row_id !== key.rowId) continue;
    const answer = findAnswer(db, key.rowId, systemId, decodingId, key);
    if (answer === null) continue;
    s.link.run(answer, item);
    filled.push(key.position);
  }
  const items = filled.map((position) => itemId(a.runId, position));
  afterLink(db, a.runId, items, true);
  clearFailures(db, a.runId, a.seq, { itemIds: items });
  return filled;
}

function findAnswer(
  db: Database,
  rowId: number,
  systemId: number,
  decodingId: number,
  key: AnswerKey,
): number | null {
  const prompt = sha256Bytes(key.promptSha256);
  return statements(db).find.get(rowId, prompt, systemId, decodingId, key.sampleIndex, key.seed) ?? null;
}

function insertAnswer(
  db: Database,
  answer: NewAnswer,
  systemId: number,
  decodingId: number,
  at: number,
): number {
  const s = statements(db);
  const nll = nllOf(answer.logprobs, answer.reasoningTokens);
  const { lastInsertRowid } = s.insert.run({
    rowId: answer.rowId,
    systemId,
    decodingId,
    promptSha256: sha256Bytes(answer.promptSha256),
    sampleIndex: answer.sampleIndex,
    seed: answer.seed,
    at,
    finishReason: answer.finishReason,
    promptTokens: answer.promptTokens,
    tokens: Math.max(answer.tokenIds.length, answer.logprobs.length, answer.tokenTexts.length),
    reasoningTokens: answer.reasoningTokens,
    nllSum: nll?.sum ?? null,
    nllMean: nll?.mean ?? null,
    eogLogprob: answer.eogLogprob,
    exactMatch: flag(answer.exactMatch),
    f1: answer.f1,
    contains: flag(answer.contains),
    injected: flag(answer.injected),
    isEmpty: flag(answer.text.trim() === ''),
    durationMs: answer.durationMs,
    text: answer.text,
    reasoning: answer.reasoning,
  });
  const id = Number(lastInsertRowid);
  const { tokenIds, logprobs, tokenTexts } = answer;
  s.tokens.run(
    id,
    tokenIds.length === 0 ? null : Buffer.from(tokenIds.buffer, tokenIds.byteOffset, tokenIds.byteLength),
    logprobs.length === 0 ? null : float32Bytes(logprobs),
    tokenTexts.length === 0 ? null : JSON.stringify(tokenTexts),
  );
  putAnswerPrompt(db, id, answer.renderedPrompt);
  return id;
}
