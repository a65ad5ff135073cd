import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { AnswerPage, AnswerQuery, AnswerSort } from '../../src-main/domain/answer.ts';
import type { Verdict } from '../../src-main/domain/verdict.ts';
import type { Store } from '../../src-main/store/api.ts';
import { assertSound } from './audit.ts';
import type { TempDir } from './helpers.ts';
import {
  addDataset,
  answerTo,
  judge,
  judgePhase,
  judgment,
  open,
  pageQuery,
  question,
  row,
  startRun,
  tempDir,
} from './helpers.ts';

// Large enough that conditions are both rare and common in the planner's sense (20,000 rows), so that each of its
// ways of reading is taken. The expected lists come from the plain rows, filtered and sorted in memory.
const COUNT = 24_000;

interface Plain {
  readonly position: number;
  readonly answered: boolean;
  readonly words: ReadonlySet<string>;
  readonly finishReason: string | null;
  readonly nll: number | null;
  readonly tokens: number | null;
  readonly f1: number | null;
  readonly verdicts: readonly (Verdict | null)[];
  readonly p: readonly (number | null)[];
}

let dir: TempDir;
let store: Store;
let run: { runId: number; token: number };
let judgeIds: number[] = [];

function mixed(n: number, salt: number): number {
  let h = Math.imul(n + 1, 0x9e3779b1) ^ Math.imul(salt + 1, 0x85ebca77);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  return ((h ^ (h >>> 13)) >>> 0) / 2 ** 32;
}

function plain(position: number): Plain {
  const answered = mixed(position, 1) > 0.02;
  const topic = mixed(position, 2) < 0.9 ? 'common' : 'seldom';
  const reply = mixed(position, 3) < 0.004 ? 'needle' : 'straw';
  const verdict = (salt: number): Verdict | null => {
    const u = mixed(position, salt);
    if (!answered || u > 0.97) return null;
    return u < 0.9 ? 'correct' : u < 0.965 ? 'incorrect' : 'unparsed';
  };
  const verdicts = [verdict(4), verdict(5)];
  const scored = answered && mixed(position, 6) > 0.05;
  return {
    position,
    answered,
    words: new Set(['question', topic, `n${position}`, 'gold', ...(answered ? ['reply', reply] : [])]),
    finishReason: answered ? (mixed(position, 7) < 0.03 ? 'length' : 'eog') : null,
    // Multiples of 1/8 are exact in 32 bits, and few: many rows share a key, which is where paging goes wrong.
    nll: scored ? Math.floor(mixed(position, 8) * 64) / 8 : null,
    tokens: answered ? (scored ? 1 : 0) : null,
    f1: answered && mixed(position, 9) > 0.1 ? Math.floor(mixed(position, 9) * 5) / 4 : null,
    verdicts,
    p: verdicts.map((v, j) =>
      v === null || v === 'unparsed' ? null : Math.floor(mixed(position, 20 + j) * 50) / 50,
    ),
  };
}

const ROWS = Array.from({ length: COUNT }, (_, position) => plain(position));

beforeAll(async () => {
  dir = tempDir();
  store = await open(dir.file, 2);
  const topicOf = (p: Plain) => (p.words.has('common') ? 'common' : 'seldom');
  const datasetId = await addDataset(
    store,
    'large',
    ROWS.map((p) => row(p.position, question(`Question ${topicOf(p)} n${p.position}?`))),
  );
  const judges = [judge('one'), judge('two')];
  run = await startRun(store, datasetId, {
    phases: [{ role: 'generate', modelName: 'g', judge: null, plan: null }, ...judges.map(judgePhase)],
  });
  judgeIds = [];
  for (const one of judges) judgeIds.push(await store.call('judges.ensure', one));
  const pending = await store.call('runs.pendingAnswers', { runId: run.runId, after: -1, limit: COUNT });
  const wanted = pending.filter((item) => ROWS[item.position]?.answered);
  const ids = await store.call('runs.putAnswers', {
    ...run,
    seq: 0,
    answers: wanted.map((item) => {
      const p = plain(item.position);
      return answerTo(item, {
        text: p.words.has('needle') ? 'Reply needle' : 'Reply straw',
        finishReason: p.finishReason ?? '',
        f1: p.f1,
        tokenIds: new Int32Array(p.tokens ?? 0),
        logprobs: p.nll === null ? new Float32Array() : Float32Array.of(-p.nll),
        tokenTexts: [],
      });
    }),
  });
  const answerIds = new Map(wanted.map((item, i) => [item.position, ids[i] ?? 0]));
  for (const [j, judgeId] of judgeIds.entries()) {
    const judgments = ROWS.flatMap((p) => {
      const verdict = p.verdicts[j] ?? null;
      if (verdict === null) return [];
      return [judgment(answerIds.get(p.position) ?? 0, judgeId, { verdict, pCorrect: p.p[j] ?? null })];
    });
    await store.call('runs.putJudgments', { ...run, seq: j + 1, judgments });
  }
}, 120_000);

afterAll(async () => {
  await store[Symbol.asyncDispose]();
  assertSound(dir.file);
  dir[Symbol.dispose]();
}, 60_000);

const ask = (more: Partial<AnswerQuery>): AnswerQuery => pageQuery(run.runId, more);

function keyOf(p: Plain, q: AnswerQuery): number | null {
  if (q.sort === 'pCorrect') return p.p[judgeIds.indexOf(q.sortJudgeId ?? 0)] ?? null;
  if (q.sort === 'position') return p.position;
  if (q.sort === 'tokens') return p.tokens;
  return q.sort === 'f1' ? p.f1 : p.nll;
}

function matches(p: Plain, q: AnswerQuery): boolean {
  const verdict = (judgeId: number) => p.verdicts[judgeIds.indexOf(judgeId)] ?? null;
  const scored = p.verdicts.filter((v) => v === 'correct' || v === 'incorrect');
  const words = q.text?.toLowerCase().match(/[a-z0-9]+/gu) ?? [];
  return (
    q.verdicts.every((v) =>
      v.verdict === 'missing' ? p.answered && verdict(v.judgeId) === null : verdict(v.judgeId) === v.verdict,
    ) &&
    (!q.disagreement || new Set(scored).size > 1) &&
    (q.finishReason === null || p.finishReason === q.finishReason) &&
    (words.length === 0 || (p.answered && words.every((w) => [...p.words].some((own) => own.startsWith(w)))))
  );
}

function expected(q: AnswerQuery): number[] {
  const sign = q.descending ? -1 : 1;
  return ROWS.filter((p) => matches(p, q))
    .sort((a, b) => {
      const x = keyOf(a, q);
      const y = keyOf(b, q);
      if (x !== null && y !== null && x !== y) return sign * (x - y);
      if ((x === null) !== (y === null)) return x === null ? 1 : -1;
      return sign * (a.position - b.position);
    })
    .map((p) => p.position);
}

/** All pages, up to `most` rows; from the end backwards there is no way, so a deep start is made by a small limit. */
async function walk(q: AnswerQuery, most: number): Promise<number[]> {
  const positions: number[] = [];
  let cursor: string | null = null;
  do {
    const page: AnswerPage = await store.call('answers.page', { ...q, cursor });
    positions.push(...page.items.map((item) => item.position));
    cursor = page.nextCursor;
  } while (cursor !== null && positions.length < most);
  return positions;
}

const one = () => judgeIds[0] ?? 0;
const two = () => judgeIds[1] ?? 0;

const FILTERS: Readonly<Record<string, () => Partial<AnswerQuery>>> = {
  nothing: () => ({}),
  'a common verdict': () => ({ verdicts: [{ judgeId: one(), verdict: 'correct' }] }),
  'a rare verdict': () => ({ verdicts: [{ judgeId: one(), verdict: 'unparsed' }] }),
  'no verdict yet': () => ({ verdicts: [{ judgeId: two(), verdict: 'missing' }] }),
  'a verdict nobody gave': () => ({ verdicts: [{ judgeId: one(), verdict: 'skipped' }] }),
  'two common verdicts': () => ({
    verdicts: [
      { judgeId: one(), verdict: 'correct' },
      { judgeId: two(), verdict: 'correct' },
    ],
  }),
  disagreement: () => ({ disagreement: true }),
  'a finish reason': () => ({ finishReason: 'length' }),
  'a common word': () => ({ text: 'Common' }),
  'a rare word': () => ({ text: 'needle' }),
  'a beginning of a word': () => ({ text: 'comm repl' }),
  'a word nobody wrote': () => ({ text: 'absent' }),
  'signs alone': () => ({ text: ' ?! ' }),
  'a rare word and a common verdict': () => ({
    text: 'needle',
    verdicts: [{ judgeId: one(), verdict: 'correct' }],
  }),
  'a common word and a rare verdict': () => ({
    text: 'question',
    verdicts: [{ judgeId: one(), verdict: 'incorrect' }],
  }),
  'a common word and a common verdict': () => ({
    text: 'question gold',
    verdicts: [{ judgeId: one(), verdict: 'correct' }],
  }),
  everything: () => ({
    text: 'common',
    finishReason: 'eog',
    disagreement: true,
    verdicts: [
      { judgeId: one(), verdict: 'correct' },
      { judgeId: two(), verdict: 'incorrect' },
    ],
  }),
};

const SORTS: readonly AnswerSort[] = ['position', 'nllMean', 'nllSum', 'tokens', 'f1', 'pCorrect'];

for (const [name, filter] of Object.entries(FILTERS)) {
  test(`${name}: every order shows what a plain filter and sort would`, async () => {
    for (const sort of SORTS) {
      for (const descending of [false, true]) {
        const q = ask({ ...filter(), sort, descending, sortJudgeId: sort === 'pCorrect' ? two() : null });
        const all = expected(q);
        // Pages of 7 catch a cursor that skips or repeats within equal keys; one of 5000 crosses from keys to none.
        const short = await walk({ ...q, limit: 7 }, 60);
        const long = descending ? all : await walk({ ...q, limit: 5000 }, COUNT);
        expect({ sort, descending, short, long }).toEqual({
          sort,
          descending,
          short: all.slice(0, short.length),
          long: all,
        });
        expect(short.length).toBeGreaterThanOrEqual(Math.min(60, all.length));
      }
    }
  }, 120_000);
}

test('counts are exact up to the cap and stop there', async () => {
  for (const [name, filter] of Object.entries(FILTERS)) {
    const query = ask(filter());
    const exact = expected(query).length;
    const whole = await store.call('answers.count', { query, cap: 100_000 });
    const some = await store.call('answers.count', { query, cap: 100 });
    expect({ name, whole, some }).toEqual({
      name,
      whole: { count: exact, capped: false },
      some: { count: Math.min(100, exact), capped: exact > 100 },
    });
  }
});

test('text is found without its accents, its case and its signs', async () => {
  const datasetId = await addDataset(
    store,
    'accents',
    ['Où est l’Été?', 'E=mc² don’t', '東京 タワー', 'Ещё раз'].map((text, i) => row(i, question(text))),
  );
  const small = await startRun(store, datasetId);
  const pending = await store.call('runs.pendingAnswers', { runId: small.runId, after: -1, limit: 9 });
  await store.call('runs.putAnswers', {
    ...small,
    seq: 0,
    answers: pending.map((item) => answerTo(item)),
  });
  const find = async (text: string) =>
    (await store.call('answers.page', ask({ runId: small.runId, text }))).items.map((i) => i.position);
  expect(await find('ete')).toEqual([0]);
  expect(await find('e\u0301te\u0301 OÙ')).toEqual([0]);
  expect(await find("don't")).toEqual([1]);
  expect(await find('東')).toEqual([2]);
  expect(await find('ЕЩЁ')).toEqual([3]);
  expect(await find('"quoted" OR *')).toEqual([]);
  expect(await find('answer')).toEqual([0, 1, 2, 3]);
});

test('a cursor of another order, or of no order, is refused and not guessed at', async () => {
  const page = await store.call('answers.page', ask({ limit: 3 }));
  for (const cursor of [page.nextCursor, 'nonsense', '', Buffer.from('[1]').toString('base64url')]) {
    await expect(store.call('answers.page', ask({ cursor, sort: 'f1' }))).rejects.toMatchObject({
      kind: 'not-found',
    });
  }
  await expect(store.call('answers.page', ask({ sort: 'pCorrect' }))).rejects.toMatchObject({
    kind: 'not-found',
  });
  await expect(store.call('answers.page', ask({ runId: 99 }))).rejects.toMatchObject({ kind: 'not-found' });
});

test('a list in run order begins at any position and goes on from there; in another order it does not', async () => {
  const positions = ({ items }: AnswerPage) => items.map(({ position }) => position);
  const middle = await store.call('answers.page', ask({ cursor: '@23000', limit: 3 }));
  expect(positions(middle)).toEqual([23_000, 23_001, 23_002]);
  const next = await store.call('answers.page', ask({ cursor: middle.nextCursor, limit: 2 }));
  expect(positions(next)).toEqual([23_003, 23_004]);
  expect(positions(await store.call('answers.page', ask({ cursor: '@0', limit: 1 })))).toEqual([0]);
  const end = await store.call('answers.page', ask({ cursor: `@${COUNT - 1}` }));
  expect([positions(end), end.nextCursor]).toEqual([[COUNT - 1], null]);
  for (const order of [{ descending: true }, { sort: 'f1' as const }])
    await expect(store.call('answers.page', ask({ cursor: '@5', ...order }))).rejects.toThrow(
      /another order/,
    );
});

test('rows that arrive while somebody pages move nothing and repeat nothing', async () => {
  const datasetId = await addDataset(
    store,
    'growing',
    Array.from({ length: 60 }, (_, i) => row(i, question(`Growing ${i}?`))),
  );
  const growing = await startRun(store, datasetId);
  const pending = await store.call('runs.pendingAnswers', { runId: growing.runId, after: -1, limit: 99 });
  // Every third first, then the others between the pages: before, at and after the place of the reader.
  const put = (rest: number) =>
    store.call('runs.putAnswers', {
      ...growing,
      seq: 0,
      answers: pending
        .filter((item) => item.position % 3 === rest)
        .map((item) => answerTo(item, { logprobs: Float32Array.of(-(item.position % 10)) })),
    });
  await put(0);
  const read = async (sort: AnswerSort, then: () => Promise<unknown>): Promise<number[]> => {
    const q = ask({ runId: growing.runId, sort, limit: 10 });
    const first = await store.call('answers.page', q);
    await then();
    const items = [...first.items];
    for (let cursor = first.nextCursor; cursor !== null;) {
      const page: AnswerPage = await store.call('answers.page', { ...q, cursor });
      items.push(...page.items);
      cursor = page.nextCursor;
    }
    return items.map((item) => item.position);
  };
  expect(await read('position', () => put(1))).toEqual(pending.map((item) => item.position));
  const byNll = await read('nllMean', () => put(2));
  expect(new Set(byNll).size).toBe(byNll.length);
});

test('long texts are cut in a list and whole in the detail', async () => {
  const text = 'é'.repeat(1000);
  const datasetId = await addDataset(store, 'long', [row(0, question(text))]);
  const long = await startRun(store, datasetId);
  const [item] = await store.call('runs.pendingAnswers', { runId: long.runId, after: -1, limit: 1 });
  if (item === undefined) throw new Error('nothing is pending');
  await store.call('runs.putAnswers', { ...long, seq: 0, answers: [answerTo(item, { text })] });
  const [listed] = (await store.call('answers.page', ask({ runId: long.runId }))).items;
  expect([listed?.question.length, listed?.answer?.length]).toEqual([400, 400]);
  const detail = await store.call('answers.get', { runId: long.runId, position: 0 });
  expect([detail?.question, detail?.answer]).toEqual([text, text]);
});

test('the index of texts survives a VACUUM', async () => {
  const db = new Database(dir.file);
  db.exec('VACUUM');
  db.close();
  const q = ask({ text: 'needle' });
  expect(await walk(q, COUNT)).toEqual(expected(q));
});
