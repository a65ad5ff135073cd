import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Core } from '../../../src-main/core/core.ts';
import { exportFormats } from '../../../src-main/domain/export-formats.ts';
import type { Run } from '../../../src-main/domain/run.ts';
import { type OpenAiScript, type OpenAiServer, startOpenAiServer } from '../../fakes/openai-server.ts';
import { type Bench, createBench, ended, importQuestions, launchOf, type Script } from './workbench.ts';

const KEY = 'sk-test-7f3e9b21c4d8-very-secret';

let bench: Bench;
const open: AsyncDisposable[] = [];

async function serve(script: OpenAiScript = {}): Promise<OpenAiServer> {
  const server = await startOpenAiServer(script);
  open.push(server);
  return server;
}

async function workbench(script: Script = {}, env = {}): Promise<Core> {
  const core = await bench.open(script, env);
  open.push({ [Symbol.asyncDispose]: () => core.close() });
  return core;
}

async function run(core: Core, more: object): Promise<Run> {
  const dataset = await importQuestions(core, bench);
  const { runId } = await core.client.runs.start(launchOf(dataset, more));
  return ended(core, runId);
}

const api = (server: OpenAiServer, more = {}) => ({
  baseUrl: server.baseUrl,
  model: 'tiny',
  ...more,
});

function usdOf(run: Run): number {
  return z.object({ cost: z.object({ usd: z.number() }) }).parse(run.phases[0]?.provenance).cost.usd;
}

/** Probability of "correct" by the question's number, so that two judges can be made to disagree. */
const says =
  (correct: (number: number) => boolean): NonNullable<OpenAiScript['next']> =>
  ({ text }) => {
    const number = Number(/number (\d+)\?/.exec(text)?.[1]);
    return correct(number) ? { correct: 0.8, incorrect: 0.1 } : { correct: 0.1, incorrect: 0.8 };
  };

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one[Symbol.asyncDispose]();
  bench.remove();
});

describe('a run through a server', () => {
  test('answers and judges, and tells what the server said it was', async () => {
    bench = await createBench(30);
    const server = await serve({ next: says((n) => n % 3 === 0) });
    const core = await workbench();
    const done = await run(core, {
      generator: { api: api(server) },
      judges: [{ api: api(server, { inputUsdPerMillion: 1000, outputUsdPerMillion: 1000 }) }],
    });
    expect(done).toMatchObject({ status: 'done', answered: 30, error: null });
    const [generate, judge] = done.phases;
    expect(generate).toMatchObject({ state: 'done', done: 30, plan: null, error: null });
    expect(generate?.tokens).toBeGreaterThan(30);
    expect(generate?.provenance).toMatchObject({
      model: { name: expect.stringMatching(/^tiny at 127\.0\.0\.1:\d+$/) },
      server: {
        models: ['tiny-2026-01-01'],
        fingerprints: ['fp_fake'],
        software: ['fake-openai', 'fake-lab'],
      },
    });
    expect(judge?.provenance).toMatchObject({ cost: { usd: expect.any(Number), requests: 31 } });
    const counts = await core.client.runs.counts({ runId: done.id });
    expect(counts.judges).toMatchObject([
      { judge: { kind: 'api', mode: 'next-token' }, correct: 10, incorrect: 20 },
    ]);
    const answer = await core.client.answers.get({ runId: done.id, position: 3 });
    expect(answer.judgments[0]).toMatchObject({ verdict: 'correct', raw: 'correct' });
    expect(answer.judgments[0]?.pCorrect).toBeCloseTo(0.8 / 0.9);
    expect(answer.judgments[0]?.labelMass).toBeCloseTo(0.9);
  });

  test('without log-probabilities has verdicts read from words, under the policy asked for', async () => {
    bench = await createBench(4);
    const server = await serve({ logprobs: false, answer: () => ({ text: 'Partially correct.' }) });
    const core = await workbench();
    const done = await run(core, {
      generator: 'generator.gguf',
      judges: [{ api: api(server) }, { api: api(server), policy: 'lenient' }],
    });
    const counts = await core.client.runs.counts({ runId: done.id });
    expect(counts.judges).toMatchObject([
      { correct: 0, unparsed: 4 },
      { judge: { name: expect.stringContaining('lenient') }, correct: 4, unparsed: 0 },
    ]);
  });

  test('constrained to the labels takes the one that was chosen', async () => {
    bench = await createBench(4);
    const server = await serve({ answer: () => ({ text: '{"verdict":"incorrect"}' }) });
    const core = await workbench();
    const done = await run(core, { judges: [{ api: api(server), mode: 'grammar' }] });
    const counts = await core.client.runs.counts({ runId: done.id });
    expect(counts.judges).toMatchObject([{ judge: { mode: 'grammar' }, incorrect: 4 }]);
  });

  test('stops at its cost cap, keeps what was paid for, and goes on under a new run with a higher one', async () => {
    bench = await createBench(200);
    const server = await serve();
    const core = await workbench();
    const prices = { inputUsdPerMillion: 1000, outputUsdPerMillion: 1000, concurrency: 4 };
    const capped = await run(core, {
      generator: { api: api(server, { ...prices, maxCostUsd: 0.5 }) },
      judges: [],
    });
    expect(capped).toMatchObject({
      status: 'failed',
      error: expect.stringMatching(/cost cap: \$0\.\d+ of \$0\.5/),
    });
    const { answered } = capped;
    expect(answered).toBeGreaterThan(5);
    expect(answered).toBeLessThan(200);
    expect(server.seen).toHaveLength(1 + answered);
    // The cap holds over a resume too.
    await core.client.runs.resume({ runId: capped.id });
    const resumed = await ended(core, capped.id);
    expect(resumed.status).toBe('failed');
    expect(resumed.answered - answered).toBeLessThan(4);
    expect(usdOf(resumed)).toBeLessThanOrEqual(0.5);
    const sent = server.seen.length;
    const more = await run(core, { generator: { api: api(server, prices) }, judges: [] });
    expect(more).toMatchObject({ status: 'done', answered: 200 });
    expect(server.seen).toHaveLength(sent + 1 + (200 - resumed.answered));
  });

  test('that goes down fails with a sentence, and a resume completes it', async () => {
    bench = await createBench(20);
    let down = true;
    const server = await serve({
      trouble: (_, index) =>
        down && index > 8 ? { kind: 'status', status: 503, headers: { 'retry-after': '0' } } : null,
    });
    const core = await workbench();
    const failed = await run(core, {
      generator: { api: api(server, { tries: 1, concurrency: 1 }) },
      judges: [],
    });
    expect(failed).toMatchObject({ status: 'failed', answered: 8, error: expect.stringContaining('503') });
    down = false;
    await core.client.runs.resume({ runId: failed.id });
    expect(await ended(core, failed.id)).toMatchObject({ status: 'done', answered: 20 });
  });
});

describe('a key', () => {
  const keyed = (server: OpenAiServer) => api(server, { apiKeyEnv: 'LAB_API_KEY' });

  test('comes from the environment and is in no file of the data directory, no export and no reply', async () => {
    bench = await createBench(6);
    const server = await serve({
      apiKey: KEY,
      answer: (request) => (request.text.includes('number 2?') ? { text: `${request.authorization}` } : null),
      trouble: (request) =>
        request.text.includes('number 4?')
          ? { kind: 'status', status: 400, body: { error: { message: request.authorization } } }
          : null,
    });
    const core = await workbench({}, { LAB_API_KEY: KEY });
    const done = await run(core, { generator: { api: keyed(server) }, judges: [{ api: keyed(server) }] });
    expect(done).toMatchObject({ status: 'done', answered: 5 });
    const { experiment } = done;
    const yaml = await core.client.runs.toYaml({ experiment });
    const events = await core.client.runs.events({ runId: done.id, afterSeq: 0, limit: 1000 });
    expect(JSON.stringify([done, yaml, events])).not.toContain(KEY);
    const trials = await core.client.servers.try(keyed(server));
    const refused = await core.client.servers.try({ ...keyed(await serve({ apiKey: 'another' })) });
    expect(trials).toMatchObject([{ problem: null, models: ['tiny'] }]);
    expect(refused).toMatchObject([{ problem: expect.stringContaining('does not accept the key') }]);
    const known = [
      await core.client.servers.recent(),
      await core.client.servers.keys({ variables: ['LAB_API_KEY'] }),
    ];
    expect(known).toMatchObject([[{ model: 'tiny', apiKeyEnv: 'LAB_API_KEY' }], [{ there: true }]]);
    expect(JSON.stringify([trials, refused, known])).not.toContain(KEY);
    const report = await core.client.analysis.report({ runId: done.id });
    expect(report.path.startsWith(bench.dataDir)).toBe(true);
    // Those that are compressed are written from the same rows as the plain ones.
    for (const format of exportFormats()) {
      const { path } = await core.client.exporting.create({ runId: done.id, format });
      expect(path.startsWith(bench.dataDir)).toBe(true);
    }
    await open.pop()?.[Symbol.asyncDispose]();
    for (const path of filesIn(bench.dataDir)) {
      expect(readFileSync(path).includes(KEY), path).toBe(false);
    }
  });

  test('that is not set is asked for before anything starts', async () => {
    bench = await createBench(2);
    const server = await serve();
    const core = await workbench();
    await expect(run(core, { generator: { api: keyed(server) }, judges: [] })).rejects.toThrow(
      /LAB_API_KEY is not set/,
    );
    expect(server.seen).toEqual([]);
  });

  test('that is refused fails the run with a sentence that does not repeat it', async () => {
    bench = await createBench(2);
    const server = await serve({ apiKey: 'another' });
    const core = await workbench({}, { LAB_API_KEY: KEY });
    const failed = await run(core, { generator: { api: keyed(server) }, judges: [] });
    expect(failed.error).toMatch(/does not accept the key/);
    expect(failed.error).not.toContain('sk-');
  });
});

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

describe('judges', () => {
  test('that reason are read at the last GRADE, and not at all when cut off', async () => {
    bench = await createBench(3);
    const core = await workbench({
      answers: [
        // The judge's prompt shows the question too; the generator answers whatever it likes.
        { match: 'number 0?', answer: 'GRADE: incorrect? No. It names it.\nGRADE: correct' },
        { match: 'number 1?', answer: 'It names another.\nGRADE: incorrect', finishReason: 'length' },
        { match: 'number 2?', answer: 'I cannot say.' },
      ],
    });
    const done = await run(core, { judges: [{ model: 'judge.gguf', mode: 'reason' }] });
    const judgments = await Promise.all(
      [0, 1, 2].map(async (position) => {
        const answer = await core.client.answers.get({ runId: done.id, position });
        return answer.judgments[0];
      }),
    );
    expect(judgments).toMatchObject([
      { verdict: 'correct', reason: 'GRADE: incorrect? No. It names it.', mode: 'reason' },
      { verdict: 'unparsed', note: expect.stringContaining('cut off') },
      { verdict: 'unparsed', raw: 'I cannot say.', note: expect.stringContaining('no "GRADE:" line') },
    ]);
  });

  test('held to their labels have a verdict on every answer', async () => {
    bench = await createBench(8);
    const core = await workbench();
    const done = await run(core, { judges: [{ model: 'judge.gguf', mode: 'grammar' }] });
    const counts = await core.client.runs.counts({ runId: done.id });
    expect(counts.judges).toMatchObject([{ judge: { mode: 'grammar' }, unparsed: 0, missing: 0 }]);
    const answer = await core.client.answers.get({ runId: done.id, position: 0 });
    expect(['correct', 'incorrect']).toContain(answer.judgments[0]?.raw);
  });

  test('that are swapped judge every answer in both orders, as two judges', async () => {
    bench = await createBench(5);
    const core = await workbench();
    const done = await run(core, { judges: [{ model: 'judge.gguf', swap: true }] });
    expect(done.phases.map((phase) => [phase.role, phase.done])).toEqual([
      ['generate', 5],
      ['judge', 5],
      ['judge', 5],
    ]);
    expect(done.judges.map((judge) => judge.labelOrder)).toEqual(['AB', 'BA']);
  });

  test('in a cascade are asked only where the others disagree or cannot be read', async () => {
    bench = await createBench(12);
    const lenient = await serve({ next: says((n) => n < 8) });
    const strict = await serve({
      next: (request) => (request.text.includes('number 11?') ? { Hmm: 0.99 } : says((n) => n < 4)(request)),
    });
    const third = await serve({ next: says(() => true) });
    const core = await workbench();
    const done = await run(core, {
      judges: [{ api: api(lenient) }, { api: api(strict) }, { api: api(third), cascadeOf: [0, 1] }],
    });
    expect(done).toMatchObject({ status: 'done' });
    // 4 to 7: correct against incorrect; 11: the second could not be read. One more request is the trial.
    const asked = third.seen.slice(1).map(({ text }) => Number(/number (\d+)\?/.exec(text)?.[1]));
    expect(asked.toSorted((a, b) => a - b)).toEqual([4, 5, 6, 7, 11]);
  });

  test.each([
    // 0 to 3 both say correct, 4 to 7 they differ, from 8 both say incorrect; the second counts for more.
    ['a majority leaves ties open', { kind: 'majority' }, { correct: 4, unparsed: 4, incorrect: 4 }],
    ['weights settle them', { kind: 'weighted', weights: [1, 3] }, { correct: 4, unparsed: 0, incorrect: 8 }],
  ] as const)('have one verdict together: %s', async (_, panel, counts) => {
    bench = await createBench(12);
    const first = await serve({ next: says((n) => n < 8) });
    const second = await serve({ next: says((n) => n < 4) });
    const core = await workbench();
    const done = await run(core, { judges: [{ api: api(first) }, { api: api(second) }], panel });
    const combined = await core.client.judging.combined({ runId: done.id });
    expect(combined).toMatchObject({ kind: panel.kind, counts, missing: 0, unanimous: 8 });
    const { judges } = await core.client.analysis.run({ runId: done.id });
    expect(judges.find(({ judge }) => judge.kind === 'panel')?.accuracy.counts).toMatchObject(counts);
  });

  test('in a cascade have one verdict together: the third settles what the others do not', async () => {
    bench = await createBench(12);
    const servers = [
      await serve({ next: says((n) => n < 8) }),
      await serve({ next: says((n) => n < 4) }),
      await serve({ next: says((n) => n < 6) }),
    ];
    const core = await workbench();
    const judges = servers.map((server, index) => ({
      api: api(server),
      ...(index === 2 ? { cascadeOf: [0, 1] } : {}),
    }));
    const done = await run(core, { judges, panel: { kind: 'cascade' } });
    expect(await core.client.judging.combined({ runId: done.id })).toMatchObject({
      kind: 'cascade',
      counts: { correct: 6, incorrect: 6 },
      missing: 0,
    });
  });

  test('keep the prompt that they began with, though it is edited while they rest', async () => {
    bench = await createBench(6);
    let down = true;
    const server = await serve({
      next: says(() => true),
      trouble: (_, index) =>
        down && index > 3 ? { kind: 'status', status: 503, headers: { 'retry-after': '0' } } : null,
    });
    const core = await workbench();
    const { prompt } = await core.client.judging.prompt({ ref: 'strict' });
    const first = await core.client.judging.savePrompt({ prompt: { ...prompt, id: 'mine' }, base: null });
    const judge = { api: api(server, { concurrency: 1, tries: 1 }), prompt: 'mine' };
    const failed = await run(core, { judges: [judge] });
    expect(failed.status).toBe('failed');
    expect(failed.experiment.judges[0]?.prompt).toBe(`mine@${first.sha256.slice(0, 12)}`);
    await core.client.judging.savePrompt({
      prompt: { ...prompt, id: 'mine', closing: 'Something else:' },
      base: first.sha256,
    });
    await core.client.judging.removePrompt({ id: 'mine' });
    down = false;
    await core.client.runs.resume({ runId: failed.id });
    const done = await ended(core, failed.id);
    expect(done).toMatchObject({ status: 'done', judges: [{ promptSha256: first.sha256 }] });
    const counts = await core.client.runs.counts({ runId: done.id });
    expect(counts.judges).toMatchObject([{ correct: 6, missing: 0 }]);
  });

  test('in a cascade are not asked when a member did not finish', async () => {
    bench = await createBench(3);
    const good = await serve({ next: says(() => true) });
    const refusing = await serve({ trouble: () => ({ kind: 'status', status: 401 }) });
    const core = await workbench();
    const done = await run(core, {
      judges: [{ api: api(good) }, { api: api(refusing) }, { api: api(good), cascadeOf: [0, 1] }],
    });
    expect(done.status).toBe('failed');
    expect(done.phases.at(-1)).toMatchObject({
      state: 'failed',
      done: 0,
      error: expect.stringContaining('did not finish'),
    });
  });

  test('whose labels begin with one token are offered letters, as another judge, also after a resume', async () => {
    bench = await createBench(6);
    const core = await workbench();
    // The scripted engine tells labels apart by their first letter: correct and incorrect it does; these it does not.
    const prompts = join(bench.dataDir, 'prompts');
    await writePrompt(prompts);
    const done = await run(core, { judges: [{ model: 'judge.gguf', prompt: 'clash' }] });
    expect(done).toMatchObject({ status: 'done' });
    expect(done.judges).toMatchObject([{ name: 'judge (clash, letters)' }]);
    expect(done.phases[1]).toMatchObject({ done: 6, failed: 0 });
    const events = await core.client.runs.events({ runId: done.id, afterSeq: 0, limit: 1000 });
    expect(events.filter((event) => event.text.includes('offered letters instead'))).toHaveLength(1);
    const again = await run(core, { judges: [{ model: 'judge.gguf', prompt: 'clash' }] });
    expect(again.judges).toMatchObject([{ name: 'judge (clash, letters)' }]);
    expect(again.phases[1]).toMatchObject({ done: 6 });
  });
});

async function writePrompt(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, 'clash.yaml'),
    'id: clash\nlabels:\n  - { text: right, verdict: correct }\n  - { text: rubbish, verdict: incorrect }\nuser: "{question} {gold} {answer}"\n',
  );
}
