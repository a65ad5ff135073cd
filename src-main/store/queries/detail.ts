import type { Database } from 'better-sqlite3';
import { sql } from 'kysely';

import type { AnswerDetail, AnswerListItem, Judgment } from '../../domain/answer.ts';
import { recordFrom } from '../../domain/datasets/row-source.ts';
import type { ExportedAnswer, ExportedJudgment, StoreArgs } from '../api.ts';
import { itemId, itemRange } from '../ids.ts';
import { fromJson, fromJsonOrNull, SHAPES } from '../json.ts';
import { all, query } from '../sql.ts';
import { askedOf, NOTHING_ASKED } from './asked.ts';
import { JUDGE_COLUMNS, toJudge } from './judges.ts';
import { readListItems } from './list-items.ts';
import { QUESTION_COLUMNS, toQuestion } from './row-columns.ts';

function listed(ids: readonly number[]) {
  return sql<number>`(SELECT value FROM json_each(${JSON.stringify(ids)}))`;
}

/** One item in full, whether it has an answer yet or not. */
export function getAnswer(db: Database, a: StoreArgs<'answers.get'>): AnswerDetail | null {
  const found = readDetails(db, [itemId(a.runId, a.position)], true)[0];
  if (found === undefined) return null;
  const { item, row, tokens, judged } = found;
  return toDetail(item, row, tokens, judged.map(toJudgment));
}

/** Items in run order after a position, in full; `tokens` adds ids, log-probabilities and texts of tokens, and what models were asked of them. */
export function exportAnswers(db: Database, a: StoreArgs<'answers.export'>): ExportedAnswer[] {
  const { last } = itemRange(a.runId);
  const ids = all(
    db,
    query
      .selectFrom('run_item')
      .select('id')
      .where('id', '>', itemId(a.runId, a.after))
      .where('id', '<=', last)
      .orderBy('id')
      .limit(a.limit),
  ).map((row) => row.id);
  const found = readDetails(db, ids, a.tokens);
  const asked = a.tokens
    ? askedOf(
        db,
        found.flatMap(({ item }) => item.answerId ?? []),
      )
    : null;
  return found.map(({ item, row, tokens, judged }) => ({
    ...toDetail(item, row, tokens, []),
    ...(asked?.get(item.answerId ?? -1) ?? NOTHING_ASKED),
    occurrence: row.occurrence,
    record: row.source === null ? null : recordFrom(fromJson(SHAPES.record, row.source), toQuestion(row)),
    judgments: judged.map((judgment): ExportedJudgment => ({
      ...toJudgment(judgment),
      score: judgment.score,
    })),
  }));
}

function detailRows(db: Database, ids: readonly number[]) {
  return all(
    db,
    query
      .selectFrom('run_item')
      .innerJoin('dataset_row', 'dataset_row.id', 'run_item.row_id')
      .leftJoin('answer', 'answer.id', 'run_item.answer_id')
      .leftJoin('system', 'system.id', 'answer.system_id')
      .leftJoin('decoding', 'decoding.id', 'answer.decoding_id')
      .leftJoin('answer_prompt', 'answer_prompt.answer_id', 'answer.id')
      .leftJoin('prompt_head', 'prompt_head.id', 'answer_prompt.head_id')
      .select([
        'run_item.id',
        'dataset_row.dataset_id',
        'dataset_row.row_sha256',
        'dataset_row.occurrence',
        'dataset_row.source',
        ...QUESTION_COLUMNS,
        'answer.text',
        'answer.reasoning',
        'answer.prompt_sha256',
        'system.model_sha256',
        'decoding.sha256 as decoding_sha256',
        'answer.decoding_id',
        'answer.seed',
        'answer.prompt_tokens',
        'answer.reasoning_tokens',
        'answer.eog_logprob',
        'answer.at',
        'answer.duration_ms',
        'prompt_head.text as prompt_head',
        'answer_prompt.tail as prompt_tail',
      ])
      .where('run_item.id', 'in', listed(ids)),
  );
}

type DetailRow = ReturnType<typeof detailRows>[number];

interface Parts {
  readonly item: AnswerListItem;
  readonly row: DetailRow;
  readonly tokens: Tokens;
  readonly judged: readonly ReturnType<typeof judgmentRows>[number][];
}

function readDetails(db: Database, ids: readonly number[], withTokens: boolean): Parts[] {
  const items = readListItems(db, ids);
  const answerIds = items.flatMap((item) => item.answerId ?? []);
  const rows = new Map(detailRows(db, ids).map((row) => [row.id, row]));
  const judgments = Map.groupBy(judgmentRows(db, answerIds), (row) => row.answer_id);
  const tokens = withTokens ? tokensOf(db, answerIds) : new Map<number, Tokens>();
  return ids.flatMap((id, index) => {
    const item = items[index];
    const row = rows.get(id);
    if (item === undefined || row === undefined) return [];
    const own = item.answerId === null ? undefined : tokens.get(item.answerId);
    const judged = item.answerId === null ? [] : (judgments.get(item.answerId) ?? []);
    return [{ item, row, tokens: own ?? NO_TOKENS, judged }];
  });
}

function toDetail(
  item: AnswerListItem,
  row: DetailRow,
  tokens: Tokens,
  judgments: readonly Judgment[],
): AnswerDetail {
  const question = toQuestion(row);
  const imported = row.decoding_id === 0;
  return {
    ...item,
    question: question.question,
    answer: row.text,
    datasetId: row.dataset_id,
    rowSha256: row.row_sha256.toString('hex'),
    context: question.context,
    choices: question.choices,
    metadata: question.metadata,
    reasoning: row.reasoning,
    renderedPrompt: row.prompt_tail === null ? null : (row.prompt_head ?? '') + row.prompt_tail,
    promptSha256: imported || row.prompt_sha256 === null ? null : row.prompt_sha256.toString('hex'),
    modelSha256: row.model_sha256,
    decodingSha256: imported ? null : row.decoding_sha256,
    seed: imported ? null : row.seed,
    promptTokens: row.prompt_tokens,
    reasoningTokens: row.reasoning_tokens,
    eogLogprob: row.eog_logprob,
    at: row.at,
    durationMs: row.duration_ms,
    ...tokens,
    judgments,
  };
}

interface Tokens {
  readonly tokenIds: readonly number[] | null;
  readonly logprobs: readonly number[] | null;
  readonly tokenTexts: readonly string[] | null;
}

const NO_TOKENS: Tokens = { tokenIds: null, logprobs: null, tokenTexts: null };

function tokensOf(db: Database, answerIds: readonly number[]): Map<number, Tokens> {
  const rows = all(
    db,
    query.selectFrom('answer_token').selectAll().where('answer_id', 'in', listed(answerIds)),
  );
  return new Map(
    rows.map((row) => [
      row.answer_id,
      {
        tokenIds: row.ids === null ? null : numbers(row.ids, (view, at) => view.getInt32(at, true)),
        logprobs:
          row.logprobs === null ? null : numbers(row.logprobs, (view, at) => view.getFloat32(at, true)),
        tokenTexts: fromJsonOrNull(SHAPES.strings, row.texts),
      },
    ]),
  );
}

/** Four-byte little-endian values; a DataView, since a blob need not begin at a multiple of four. */
function numbers(blob: Buffer, read: (view: DataView, at: number) => number): number[] {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  return Array.from({ length: blob.byteLength / 4 }, (_, i) => read(view, i * 4));
}

function judgmentRows(db: Database, answerIds: readonly number[]) {
  return all(
    db,
    query
      .selectFrom('judgment')
      .innerJoin('judge', 'judge.id', 'judgment.judge_id')
      .leftJoin('judgment_prompt', 'judgment_prompt.judgment_id', 'judgment.id')
      .leftJoin('prompt_head', 'prompt_head.id', 'judgment_prompt.head_id')
      .select(JUDGE_COLUMNS)
      .select([
        'judgment.id as judgment_id',
        'judgment.answer_id',
        'judgment.verdict',
        'judgment.p_correct',
        'judgment.label_mass',
        'judgment.score',
        'judgment.raw',
        'judgment.reason',
        'judgment.note',
        'judgment.label_order as judgment_label_order',
        'judgment.mode as judgment_mode',
        'judgment.repeat',
        'judgment.at',
        'judgment.duration_ms',
        'judgment.error',
        'prompt_head.text as prompt_head',
        'judgment_prompt.tail as prompt_tail',
      ])
      .where('judgment.answer_id', 'in', listed(answerIds))
      .orderBy('judgment.id'),
  );
}

function toJudgment(row: ReturnType<typeof judgmentRows>[number]): Judgment {
  return {
    id: row.judgment_id,
    judge: toJudge(row),
    verdict: row.verdict,
    pCorrect: row.p_correct,
    labelMass: row.label_mass,
    raw: row.raw,
    reason: row.reason,
    note: row.note,
    renderedPrompt: row.prompt_tail === null ? null : (row.prompt_head ?? '') + row.prompt_tail,
    labelOrder: row.judgment_label_order,
    mode: row.judgment_mode,
    repeat: row.repeat,
    at: row.at,
    durationMs: row.duration_ms,
    error: row.error,
  };
}

/** All judgments of answers, the oldest first. */
export function judgmentsOf(db: Database, answerIds: readonly number[]): Judgment[] {
  return judgmentRows(db, answerIds).map(toJudgment);
}
