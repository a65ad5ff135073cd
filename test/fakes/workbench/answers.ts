import type {
  AnswerDetail,
  AnswerListItem,
  AnswerPage,
  AnswerQuery,
  Judgment,
} from '../../../src-main/domain/answer.ts';
import type { DatasetRow } from '../../../src-main/domain/dataset.ts';
import type { RunCounts } from '../../../src-main/domain/run.ts';
import type { Verdict } from '../../../src-main/domain/verdict.ts';
import { JUDGES } from './runs.ts';
import { chance, digest } from './text.ts';

const scoredBy = JUDGES.slice(0, 2);

function verdictOf(row: DatasetRow, judgeId: number): { verdict: Verdict; p: number | null } {
  const luck = chance('verdict', row.rowId, judgeId);
  if (luck < 0.03) return { verdict: 'unparsed', p: null };
  if (luck < 0.04) return { verdict: 'error', p: null };
  const p = Math.min(0.99, Math.max(0.01, chance('answer', row.rowId) * 0.8 + luck * 0.2));
  return { verdict: p >= 0.5 ? 'correct' : 'incorrect', p };
}

export function listItem(row: DatasetRow): AnswerListItem {
  const failed = row.position % 150 === 77;
  const right = chance('answer', row.rowId) > 0.5;
  const tokens = 6 + Math.floor(chance('tokens', row.rowId) * 50);
  const nllMean = 0.05 + chance('nll', row.rowId) * (right ? 0.6 : 1.8);
  const gold = row.question.gold[0] ?? 'Paris';
  const answer = right
    ? gold
    : `It was held in ${chance('x', row.rowId) > 0.5 ? 'Geneva' : 'Vienna'}, where the delegates met for the first time after the treaty`;
  return {
    answerId: failed ? null : row.rowId,
    rowId: row.rowId,
    position: row.position,
    sampleIndex: 0,
    externalId: row.question.externalId,
    question: row.question.question,
    gold: row.question.gold,
    answer: failed ? null : answer,
    system: null,
    finishReason: failed ? null : chance('len', row.rowId) < 0.06 ? 'length' : 'stop',
    tokens: failed ? null : tokens,
    nllSum: failed ? null : nllMean * tokens,
    nllMean: failed ? null : nllMean,
    exactMatch: failed ? null : right,
    f1: failed ? null : right ? 1 : chance('f1', row.rowId) * 0.4,
    contains: failed ? null : right,
    verdicts: failed
      ? []
      : scoredBy.map(({ id }) => ({
          judgeId: id,
          verdict: verdictOf(row, id).verdict,
          pCorrect: verdictOf(row, id).p,
          labelMass: verdictOf(row, id).p === null ? 0.12 : 0.98,
        })),
    failure: failed ? 'The prompt has 5,210 tokens and the context only 4,096.' : null,
  };
}

function matches(item: AnswerListItem, query: AnswerQuery): boolean {
  const verdict = (judgeId: number): Verdict | 'missing' =>
    item.verdicts.find((cell) => cell.judgeId === judgeId)?.verdict ?? 'missing';
  const scored = new Set(
    item.verdicts.map((cell) => cell.verdict).filter((word) => word === 'correct' || word === 'incorrect'),
  );
  const haystack = [item.question, item.answer ?? '', ...item.gold].join(' ').toLowerCase();
  return (
    query.verdicts.every((filter) => verdict(filter.judgeId) === filter.verdict) &&
    (!query.disagreement || scored.size > 1) &&
    (query.finishReason === null || item.finishReason === query.finishReason) &&
    (query.text ?? '')
      .toLowerCase()
      .split(/\s+/)
      .every((word) => haystack.includes(word))
  );
}

function sortKey(item: AnswerListItem, { sort, sortJudgeId }: AnswerQuery): number {
  if (sort === 'position') return item.position;
  if (sort === 'pCorrect')
    return item.verdicts.find(({ judgeId }) => judgeId === sortJudgeId)?.pCorrect ?? Number.POSITIVE_INFINITY;
  return item[sort] ?? Number.POSITIVE_INFINITY;
}

export function select(rows: readonly DatasetRow[], query: AnswerQuery): AnswerListItem[] {
  const way = query.descending ? -1 : 1;
  return rows
    .map((row) => listItem(row))
    .filter((item) => matches(item, query))
    .sort((a, b) => way * (sortKey(a, query) - sortKey(b, query)));
}

export function page(rows: readonly DatasetRow[], query: AnswerQuery): AnswerPage {
  const all = select(rows, query);
  const from = Number((query.cursor ?? '0').replace('@', ''));
  const to = from + query.limit;
  return { items: all.slice(from, to), nextCursor: to < all.length ? String(to) : null };
}

export function detail(row: DatasetRow, labels: readonly Judgment[]): AnswerDetail {
  const item = listItem(row);
  const texts = (item.answer ?? '').split(/(?=\s)/);
  const made = scoredBy.map((judge): Judgment => {
    const { verdict, p } = verdictOf(row, judge.id);
    return {
      id: row.rowId * 10 + judge.id,
      judge,
      verdict,
      pCorrect: p,
      labelMass: p === null ? 0.12 : 0.98,
      raw: verdict === 'unparsed' ? 'The answer seems' : null,
      reason: null,
      note: null,
      renderedPrompt: `Question: ${row.question.question}\nAnswer: ${item.answer}\nIs it correct? A yes, B no.`,
      labelOrder: judge.labelOrder,
      mode: 'next-token',
      repeat: 0,
      at: Date.now() - 60_000,
      durationMs: 84,
      error: verdict === 'error' ? 'The judge’s process ended unexpectedly.' : null,
    };
  });
  return {
    ...item,
    datasetId: 1,
    rowSha256: row.rowSha256,
    context: row.question.context,
    choices: null,
    metadata: row.question.metadata,
    reasoning: null,
    renderedPrompt: `Answer in a few words.\n\nQuestion: ${row.question.question}\nAnswer:`,
    promptSha256: digest('prompt'),
    modelSha256: digest('model'),
    decodingSha256: digest('greedy'),
    seed: null,
    promptTokens: 48,
    reasoningTokens: null,
    eogLogprob: -0.02,
    at: Date.now() - 120_000,
    durationMs: 431,
    tokenIds: texts.map((_, index) => index),
    logprobs: texts.map((_, index) => -chance('lp', row.rowId, index) * 2),
    tokenTexts: texts,
    judgments: item.answerId === null ? [] : [...made, ...labels],
  };
}

export function counts(runId: number, rows: readonly DatasetRow[]): RunCounts {
  const items = rows.map((row) => listItem(row));
  const made = items.filter(({ answerId }) => answerId !== null);
  const of = (id: number, verdict: Verdict): number =>
    made.filter((item) => item.verdicts.some((cell) => cell.judgeId === id && cell.verdict === verdict))
      .length;
  return {
    runId,
    answers: made.length,
    withGold: items.filter(({ gold }) => gold.length > 0).length,
    truncated: made.filter(({ finishReason }) => finishReason === 'length').length,
    loops: 1,
    empty: 0,
    injected: 0,
    failed: items.length - made.length,
    meanNll: 0.71,
    meanTokens: 21.4,
    tokens: made.reduce((sum, { tokens }) => sum + (tokens ?? 0), 0),
    exactMatch: { correct: made.filter(({ exactMatch }) => exactMatch === true).length, scored: made.length },
    contains: { correct: made.filter(({ contains }) => contains === true).length, scored: made.length },
    f1: { mean: 0.58, scored: made.length },
    judges: scoredBy.map((judge) => ({
      judge,
      correct: of(judge.id, 'correct'),
      incorrect: of(judge.id, 'incorrect'),
      notAttempted: 0,
      unparsed: of(judge.id, 'unparsed'),
      error: of(judge.id, 'error'),
      skipped: 0,
      missing: 0,
      massKnown: made.length,
      massLittle: 4,
      meanPCorrect: 0.52,
      meanLabelMass: 0.96,
    })),
  };
}
