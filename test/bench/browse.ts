// How fast the answers of a large database are stored and browsed. Run: node test/bench/browse.ts [--answers 1000000] [--fresh]
// The generated database is kept in the system's temporary directory and used again.
import { existsSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import type { AnswerQuery } from '../../src-main/domain/answer.ts';
import type { NewAnswer, Store } from '../../src-main/store/api.ts';
import { openStore } from '../../src-main/store/client.ts';
import {
  benchAnswer,
  benchJudge,
  benchJudgment,
  importQuestions,
  inFlight,
  pendingPages,
  startBenchRun,
  word,
} from './browse-data.ts';
import { pageQuery } from '../store/helpers.ts';

const WORKER = join(import.meta.dirname, '../../src-main/store/worker.ts');
const JUDGES = ['judge-a', 'judge-b', 'judge-c'];
/** Bump when the schema or the generated data change: an older file is made anew. */
const GENERATION = 2;
const BATCH = 512;
const ROUNDS = 7;

const { values } = parseArgs({
  options: {
    answers: { type: 'string', default: '1000000' },
    stored: { type: 'string', default: '100000' },
    fresh: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const open = (path: string): Promise<Store> => openStore({ path, workerEntry: WORKER });

function say(text: string): void {
  if (!values.json) console.log(text);
}

interface StoreRate {
  readonly perSecond: number;
  /** Of all threads together; the writing one has most of it. Tells a slow store from a busy machine. */
  readonly cpuMicroseconds: number;
}

/** Answers stored a second, of an engine that costs nothing: 64 tokens each, commits of 512. */
async function storeRate(count: number): Promise<StoreRate> {
  const dir = mkdtempSync(join(tmpdir(), 'assize-bench-'));
  try {
    const store = await open(join(dir, 'assize.sqlite'));
    const datasetId = await importQuestions(store, count);
    const run = await startBenchRun(store, datasetId, []);
    const batches: NewAnswer[][] = [];
    const pages = pendingPages((after) =>
      store.call('runs.pendingAnswers', { runId: run.runId, after, limit: BATCH }),
    );
    for await (const page of pages) batches.push(page.map((item) => benchAnswer(item, 64)));
    const start = performance.now();
    const cpu = process.cpuUsage();
    await inFlight(toAsync(batches), (answers) => store.call('runs.putAnswers', { ...run, seq: 0, answers }));
    const seconds = (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    await store[Symbol.asyncDispose]();
    return { perSecond: count / seconds, cpuMicroseconds: (user + system) / count };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function* toAsync<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}

async function generate(path: string, count: number): Promise<void> {
  const store = await open(path);
  const clock = stopwatch();
  const datasetId = await importQuestions(store, count);
  say(`  ${count} questions imported: ${clock()}`);
  const run = await startBenchRun(store, datasetId, JUDGES.map(benchJudge));
  say(`  run made: ${clock()}`);
  const pending = pendingPages((after) =>
    store.call('runs.pendingAnswers', { runId: run.runId, after, limit: BATCH }),
  );
  await inFlight(pending, (page) =>
    store.call('runs.putAnswers', { ...run, seq: 0, answers: page.map((item) => benchAnswer(item, 16)) }),
  );
  say(`  answers stored: ${clock()}`);
  for (const [index, name] of JUDGES.entries()) {
    const judgeId = await store.call('judges.ensure', benchJudge(name));
    const unjudged = pendingPages((after) =>
      store.call('runs.pendingJudgments', { runId: run.runId, judgeId, after, limit: BATCH }),
    );
    await inFlight(unjudged, (page) =>
      store.call('runs.putJudgments', {
        ...run,
        seq: index + 1,
        judgments: page.map((item) => benchJudgment(item.answerId, item.position, judgeId, index)),
      }),
    );
    say(`  verdicts of ${name} stored: ${clock()}`);
  }
  await store.call('runs.release', { ...run, status: 'done', error: null });
  await store[Symbol.asyncDispose]();
  say(`  closed: ${clock()}`);
}

function stopwatch(): () => string {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const text = `${((now - last) / 1000).toFixed(1)} s`;
    last = now;
    return text;
  };
}

async function database(count: number): Promise<string> {
  const dir = join(tmpdir(), 'assize-bench-browse');
  const path = join(dir, `${count}-v${GENERATION}.sqlite`);
  if (values.fresh) rmSync(path, { force: true });
  if (!existsSync(path)) {
    say(`Making a database of ${count} answers and ${JUDGES.length * count} verdicts…`);
    const making = `${path}.making`;
    for (const end of ['', '-wal', '-shm']) rmSync(making + end, { force: true });
    await generate(making, count);
    renameSync(making, path);
  }
  say(`${path}: ${(statSync(path).size / 2 ** 20).toFixed(0)} MiB`);
  return path;
}

interface Measured {
  readonly what: string;
  readonly aimMs: number | null;
  readonly coldMs: number;
  readonly medianMs: number;
  readonly worstMs: number;
  readonly rows: number;
}

/** The first round is asked of a store just opened: nothing in its own cache, the file in the system's. */
async function measure(
  path: string,
  what: string,
  aimMs: number | null,
  ask: (store: Store) => Promise<number>,
): Promise<Measured> {
  const store = await open(path);
  try {
    const times: number[] = [];
    let rows = 0;
    for (let round = 0; round <= ROUNDS; round += 1) {
      const start = performance.now();
      rows = await ask(store);
      times.push(performance.now() - start);
    }
    const [coldMs = 0, ...warm] = times;
    warm.sort((a, b) => a - b);
    return { what, aimMs, coldMs, medianMs: warm[warm.length >> 1] ?? 0, worstMs: warm.at(-1) ?? 0, rows };
  } finally {
    await store[Symbol.asyncDispose]();
  }
}

function querySet(runId: number, judgeIds: readonly number[], count: number) {
  const [a = 0, b = 0] = judgeIds;
  const base = pageQuery(runId, { limit: 100 });
  const deep = Buffer.from(JSON.stringify(['position:a:', null, Math.floor(count * 0.9)])).toString(
    'base64url',
  );
  const unparsed = [{ judgeId: a, verdict: 'unparsed' }] as const;
  const differ = [
    { judgeId: a, verdict: 'correct' },
    { judgeId: b, verdict: 'incorrect' },
  ] as const;
  const rare = word(19_000);
  const queries: [string, number | null, AnswerQuery][] = [
    ['first page', 100, base],
    ['page at 90 %', 100, { ...base, cursor: deep }],
    ['filter: incorrect', 200, { ...base, verdicts: [{ judgeId: a, verdict: 'incorrect' }] }],
    ['filter: unparsed (0.1 %)', 200, { ...base, verdicts: unparsed }],
    ['filter: missing (none)', 200, { ...base, verdicts: [{ judgeId: a, verdict: 'missing' }] }],
    ['filter: a correct, b incorrect', 200, { ...base, verdicts: differ }],
    ['filter: disagreement', 200, { ...base, disagreement: true }],
    ['filter: finish reason loop (0.1 %)', 200, { ...base, finishReason: 'loop' }],
    ['text: the most common word', 300, { ...base, text: word(0) }],
    ['text: common, at 90 %', 300, { ...base, text: word(0), cursor: deep }],
    ['text: two letters', 300, { ...base, text: word(0).slice(0, 2) }],
    ['text: a rare word', 300, { ...base, text: rare }],
    ['text: no such word', 300, { ...base, text: 'xyzzy' }],
    ['text: three common words', 300, { ...base, text: [0, 1, 2].map(word).join(' ') }],
    ['text: common and unparsed', 300, { ...base, text: word(0), verdicts: unparsed }],
    ['text: common and incorrect', 300, { ...base, text: word(0), verdicts: differ.slice(1) }],
    ['text: rare and incorrect', 300, { ...base, text: rare, verdicts: differ.slice(1) }],
    ['sort: mean NLL, descending', null, { ...base, sort: 'nllMean', descending: true }],
    ['sort: F1', null, { ...base, sort: 'f1' }],
    ['sort: P(correct)', null, { ...base, sort: 'pCorrect', sortJudgeId: a }],
    ['sort: mean NLL, incorrect', null, { ...base, sort: 'nllMean', verdicts: differ.slice(1) }],
    ['sort: mean NLL, unparsed', null, { ...base, sort: 'nllMean', verdicts: unparsed }],
    ['sort: mean NLL, common word', null, { ...base, sort: 'nllMean', text: word(0) }],
    ['sort: mean NLL, rare word', null, { ...base, sort: 'nllMean', text: rare }],
  ];
  return queries;
}

async function browse(path: string, count: number): Promise<Measured[]> {
  const store = await open(path);
  const run = (await store.call('runs.list', { limit: 1, before: null }))[0];
  const judges = await store.call('judges.list', { runId: run?.id ?? 0 });
  await store[Symbol.asyncDispose]();
  if (run === undefined) throw new Error('the generated database has no run');
  const measured: Measured[] = [];
  const queries = querySet(
    run.id,
    judges.map((judge) => judge.id),
    count,
  );
  for (const [what, aim, query] of queries) {
    measured.push(
      await measure(path, what, aim, async (s) => (await s.call('answers.page', query)).items.length),
    );
  }
  const [, , base] = queries[0] ?? [];
  if (base === undefined) return measured;
  let cursor: string | null = null;
  measured.push(
    await measure(path, 'next page, one after the other', 100, async (s) => {
      const page = await s.call('answers.page', { ...base, cursor });
      cursor = page.nextCursor;
      return page.items.length;
    }),
    await measure(path, 'one answer in full', null, async (s) => {
      const answer = await s.call('answers.get', { runId: run.id, position: Math.floor(count / 2) });
      return answer === null ? 0 : 1;
    }),
    await measure(path, 'counts of the run', null, async (s) => {
      return (await s.call('runs.counts', { runId: run.id })).judges.length;
    }),
    await measure(path, 'count of a common word, to 10,000', null, async (s) => {
      return (await s.call('answers.count', { query: { ...base, text: word(0) }, cap: 10_000 })).count;
    }),
  );
  return measured;
}

const count = Number(values.answers);
const path = await database(count);
const measured = await browse(path, count);
const stored = Number(values.stored);
const rate = stored > 0 ? await storeRate(stored) : null;
if (values.json) {
  console.log(JSON.stringify({ answers: count, measured, stored: rate }));
} else {
  const cell = (ms: number): string => ms.toFixed(1).padStart(9);
  console.log(
    `${''.padEnd(38)}${'cold ms'.padStart(9)}${'median'.padStart(9)}${'worst'.padStart(9)}    aim   rows`,
  );
  for (const m of measured) {
    const aim = m.aimMs === null ? '' : `${m.aimMs}${Math.max(m.coldMs, m.worstMs) <= m.aimMs ? '' : ' !'}`;
    console.log(
      `${m.what.padEnd(38)}${cell(m.coldMs)}${cell(m.medianMs)}${cell(m.worstMs)}  ${aim.padStart(5)}${String(m.rows).padStart(7)}`,
    );
  }
  if (rate !== null) {
    const { perSecond, cpuMicroseconds } = rate;
    console.log(
      `answers stored a second (64 tokens, commits of ${BATCH}): ${perSecond.toFixed(0)}, ${cpuMicroseconds.toFixed(0)} µs of CPU each`,
    );
  }
}
