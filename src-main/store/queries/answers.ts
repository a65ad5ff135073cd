import type { Database } from 'better-sqlite3';

import type { AnswerKey, StoreArgs } from '../api.ts';
import { StoreError } from '../api.ts';
import { flag, itemId, sha256Bytes } from '../ids.ts';
import { perConnection } from '../sql.ts';
import type { PackedAnswer, PackedPut, Tokens } from '../wire.ts';
import { unpackTokens } from '../wire.ts';
import { clearFailures } from './failures.ts';
import { afterLink, indexTexts } from './link.ts';
import { ensureDecoding, ensureModel, findDecoding, findModel } from './names.ts';
import { nllOf } from './nll.ts';
import { requireOwner } from './owner.ts';
import { putAnswerPrompt } from './prompts.ts';
import type { Tally } from './tally.ts';
import { emptyTally, writeTally } from './tally.ts';

interface Item {
  readonly row_id: number;
  readonly answer_id: number | null;
  readonly has_gold: number;
}

const statements = perConnection((db) => ({
  item: db.prepare<[number], Item>(
    `SELECT row_id, answer_id,
       (SELECT gold <> '[]' FROM dataset_row WHERE dataset_row.id = run_item.row_id) AS has_gold
     FROM run_item WHERE id = ?`,
  ),
  find: db
    .prepare<[number, Buffer, number, number, number, number], number>(
      `SELECT id FROM answer WHERE row_id = ? AND prompt_sha256 = ? AND system_id = ? AND decoding_id = ?
         AND sample_index = ? AND seed = ?`,
    )
    .pluck(),
  insert: db.prepare<[Record<string, string | number | Buffer | null>]>(
    `INSERT INTO answer (row_id, system_id, decoding_id, prompt_sha256, sample_index, seed, at, finish_reason, prompt_tokens,
       tokens, reasoning_tokens, nll_sum, nll_mean, eog_logprob, exact_match, f1, contains, injected, is_empty,
       duration_ms, text, reasoning)
     VALUES (@rowId, @systemId, @decodingId, @promptSha256, @sampleIndex, @seed, @at, @finishReason, @promptTokens,
       @tokens, @reasoningTokens, @nllSum, @nllMean, @eogLogprob, @exactMatch, @f1, @contains, @injected, @isEmpty,
       @durationMs, @text, @reasoning)
     ON CONFLICT DO NOTHING`,
  ),
  tokens: db.prepare<[number, Buffer | null, Buffer | null, string | null]>(
    'INSERT INTO answer_token (answer_id, ids, logprobs, texts) VALUES (?, ?, ?, ?)',
  ),
  linkNew: db.prepare<[number, number, number | null, number | null, number | null, string | null, number]>(
    `UPDATE run_item SET answer_id = ?, tokens = ?, nll_sum = ?, nll_mean = ?, f1 = ?, finish_reason = ? WHERE id = ?`,
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
export function putAnswers(db: Database, a: PackedPut): number[] {
  requireOwner(db, a.runId, a.token);
  const s = statements(db);
  const at = Date.now();
  const tally = emptyTally();
  const fresh: number[] = [];
  const known: number[] = [];
  const systemOf = remembered((sha256, name: string) => ensureModel(db, sha256, name));
  const decodingOf = remembered((sha256) => ensureDecoding(db, sha256));
  const put = (answer: PackedAnswer, tokens: Tokens): number => {
    const id = itemId(a.runId, answer.position);
    const item = s.item.get(id);
    if (item === undefined || item.row_id !== answer.rowId) {
      throw new StoreError('internal', `Run ${a.runId} asks for no answer at position ${answer.position}.`);
    }
    if (item.answer_id !== null) return item.answer_id;
    const systemId = systemOf(answer.modelSha256, answer.system);
    const decodingId = decodingOf(answer.decodingSha256);
    const facts = factsOf(answer, tokens.logprobs);
    const made = insertAnswer(db, answer, tokens, facts, { systemId, decodingId, at });
    if (made === null) {
      const existing = findAnswer(db, answer.rowId, systemId, decodingId, answer);
      if (existing === null) throw new StoreError('internal', 'An answer was refused but is not there.');
      s.link.run(existing, id);
      known.push(id);
      return existing;
    }
    s.linkNew.run(made, answer.tokenCount, facts.nllSum, facts.nllMean, answer.f1, answer.finishReason, id);
    addToTally(tally, answer, facts, item.has_gold);
    fresh.push(id);
    return made;
  };
  const ids = Array.from(unpackTokens(a), ([answer, tokens]) => put(answer, tokens));
  writeTally(db, a.runId, tally);
  indexTexts(db, JSON.stringify(fresh));
  afterLink(db, a.runId, known);
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
  afterLink(db, a.runId, items);
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

/** Asked once a key; for one batch only, since what a batch made is gone when it is rolled back. */
function remembered<A extends unknown[]>(ask: (key: string, ...more: A) => number): typeof ask {
  const known = new Map<string, number>();
  return (key, ...more) => {
    const id = known.get(key) ?? ask(key, ...more);
    known.set(key, id);
    return id;
  };
}

interface Facts {
  readonly nllSum: number | null;
  readonly nllMean: number | null;
  readonly isEmpty: boolean;
}

function factsOf(answer: PackedAnswer, logprobs: Float32Array): Facts {
  const nll = nllOf(logprobs, answer.reasoningTokens);
  return {
    nllSum: nll?.sum ?? null,
    nllMean: nll?.mean ?? null,
    isEmpty: answer.text.trim() === '',
  };
}

/** @returns the new answer's id; null when there is one under its key. */
function insertAnswer(
  db: Database,
  answer: PackedAnswer,
  tokens: Tokens,
  facts: Facts,
  made: { readonly systemId: number; readonly decodingId: number; readonly at: number },
): number | null {
  const s = statements(db);
  const { changes, lastInsertRowid } = s.insert.run({
    ...made,
    rowId: answer.rowId,
    promptSha256: sha256Bytes(answer.promptSha256),
    sampleIndex: answer.sampleIndex,
    seed: answer.seed,
    finishReason: answer.finishReason,
    promptTokens: answer.promptTokens,
    tokens: answer.tokenCount,
    reasoningTokens: answer.reasoningTokens,
    nllSum: facts.nllSum,
    nllMean: facts.nllMean,
    eogLogprob: answer.eogLogprob,
    exactMatch: flag(answer.exactMatch),
    f1: answer.f1,
    contains: flag(answer.contains),
    injected: flag(answer.injected),
    isEmpty: flag(facts.isEmpty),
    durationMs: answer.durationMs,
    text: answer.text,
    reasoning: answer.reasoning,
  });
  if (changes === 0) return null;
  const id = Number(lastInsertRowid);
  s.tokens.run(id, bytes(tokens.ids), bytes(tokens.logprobs), answer.tokenTexts);
  putAnswerPrompt(db, id, answer.renderedPrompt);
  return id;
}

function bytes(view: Int32Array | Float32Array): Buffer | null {
  return view.length === 0 ? null : Buffer.from(view.buffer, view.byteOffset, view.byteLength);
}

/** What the aggregate in tally.ts would find for this answer. */
function addToTally(tally: Tally, answer: PackedAnswer, facts: Facts, hasGold: number): void {
  tally.answers += 1;
  tally.with_gold += hasGold;
  tally.truncated += Number(answer.finishReason === 'length' || answer.finishReason === 'context');
  tally.loops += Number(answer.finishReason === 'loop');
  tally.empty += Number(facts.isEmpty);
  tally.injected += Number(answer.injected);
  tally.token_sum += answer.tokenCount;
  tally.token_count += 1;
  if (facts.nllSum !== null) {
    tally.nll_sum += facts.nllSum;
    tally.nll_count += 1;
  }
  if (answer.exactMatch !== null) {
    tally.exact_correct += Number(answer.exactMatch);
    tally.exact_scored += 1;
  }
  if (answer.contains !== null) {
    tally.contains_correct += Number(answer.contains);
    tally.contains_scored += 1;
  }
  if (answer.f1 !== null) {
    tally.f1_sum += answer.f1;
    tally.f1_scored += 1;
  }
}
