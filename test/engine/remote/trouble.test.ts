import { describe, expect, test } from 'vitest';
import { EngineError } from '../../../src-main/engine/engine.ts';
import { type OpenAiServer, startOpenAiServer, type Trouble } from '../../fakes/openai-server.ts';
import { collect, from, never, question, verdict } from '../helpers.ts';
import { closeAfterEachTest, connect, first, jobs, serve } from './served.ts';

closeAfterEachTest();

describe('a server in trouble', () => {
  const troubles: Record<string, Trouble> = {
    '429 with Retry-After': { kind: 'status', status: 429, headers: { 'retry-after': '0' } },
    '500': { kind: 'status', status: 500 },
    '503 without a body': { kind: 'status', status: 503, body: '' },
    'a hung-up connection': { kind: 'hang-up' },
    'half a reply': { kind: 'half' },
    '521, a status that few know': { kind: 'status', status: 521 },
    'a failure passed on with 200': {
      kind: 'garbage',
      text: '{"error": {"message": "Upstream is busy", "code": 502}}',
    },
  };
  test.each(Object.entries(troubles))('with %s is asked again until it answers', async (_, trouble) => {
    const server = await serve({ trouble: first(2, trouble) });
    const engine = await connect(server, { concurrency: 1 });
    const results = await collect(engine.generate(from(jobs(3)), never()));
    expect(results.map((result) => result.error)).toEqual([null, null, null]);
    expect(server.seen).toHaveLength(1 + 2 + 3);
  });

  test('is left alone for as long as Retry-After says, by all requests', async () => {
    const server = await serve({
      trouble: first(1, { kind: 'status', status: 429, headers: { 'retry-after-ms': '300' } }),
    });
    const engine = await connect(server, { concurrency: 1 });
    const startedAt = performance.now();
    await collect(engine.generate(from(jobs(1)), never()));
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(295);
  });

  test('with one row that it always fails on loses that row only, with a sentence', async () => {
    const server = await serve({
      trouble: (request) => (request.text.includes('Question 3?') ? { kind: 'status', status: 500 } : null),
    });
    const engine = await connect(server, { concurrency: 2 });
    const results = await collect(engine.generate(from(jobs(8)), never()));
    const failed = results.filter((result) => result.error !== null);
    expect(failed.map((result) => result.id)).toEqual(['q3']);
    expect(failed[0]?.error).toMatch(/has a problem of its own \(500\)/);
  });

  test('that does not accept one request loses that row only, at once', async () => {
    const server = await serve({
      trouble: (request) =>
        request.text.includes('Question 2?')
          ? { kind: 'status', status: 400, body: { error: { message: 'This prompt is too long.' } } }
          : null,
    });
    const engine = await connect(server);
    const results = await collect(engine.generate(from(jobs(6)), never()));
    const failed = results.filter((result) => result.error !== null);
    expect(failed).toMatchObject([{ id: 'q2', error: expect.stringContaining('This prompt is too long.') }]);
    expect(server.seen).toHaveLength(1 + 6);
    // A row's own 400 teaches nothing about log-probabilities.
    expect(engine.report().dialect.topLogprobs).toBe(20);
  });

  test('that goes down ends the work with a sentence instead of failing every row', async () => {
    const server = await serve({ trouble: (_, index) => (index > 5 ? { kind: 'hang-up' } : null) });
    const engine = await connect(server, { concurrency: 1, tries: 2 });
    const done: (string | null)[] = [];
    const reading = async (): Promise<void> => {
      for await (const result of engine.generate(from(jobs(1000)), never())) done.push(result.error);
    };
    await expect(reading()).rejects.toMatchObject({
      kind: 'network',
      message: expect.stringContaining('could not be reached'),
    });
    expect(done.filter((error) => error === null)).toHaveLength(5);
    expect(done.length).toBeLessThan(9);
  });

  test('that never answers is given up after the time-out', async () => {
    const server = await serve({
      trouble: (request) => (request.text.includes('Question 0?') ? { kind: 'silent' } : null),
    });
    const engine = await connect(server, { timeoutMs: 150 });
    const results = await collect(engine.generate(from(jobs(3)), never()));
    expect(results.find((result) => result.id === 'q0')?.error).toMatch(
      /did not answer within 0\.1\d* seconds|within 0\.2 seconds/,
    );
    expect(results.filter((result) => result.error === null)).toHaveLength(2);
  });

  test('is cancelled while it is silent', async () => {
    const server = await serve({ trouble: (_, index) => (index > 0 ? { kind: 'silent' } : null) });
    const engine = await connect(server);
    const abort = new AbortController();
    const reading = collect(engine.generate(from(jobs(100)), abort.signal));
    await server.arrived(1 + 8);
    abort.abort();
    expect(await reading).toEqual([]);
  });

  test.each([
    [401, 'refused', /does not accept the key/],
    [404, 'refused', /knows no such model/],
    [302, 'refused', /another address/],
    [402, 'refused', /wants to be paid/],
    [500, 'network', /problem of its own/],
  ] as const)('that says %i to the trial is not used', async (status, kind, message) => {
    const server = await serve({ trouble: () => ({ kind: 'status', status }) });
    await expect(connect(server, { tries: 2 })).rejects.toMatchObject({
      kind,
      message: expect.stringMatching(message),
    });
  });

  test('that is not there is said so', async () => {
    const server = await startOpenAiServer();
    await server[Symbol.asyncDispose]();
    await expect(connect(server, { tries: 1 })).rejects.toThrow(/ECONNREFUSED.*start the server/);
  });
});

describe('a key', () => {
  const KEY = 'sk-very-secret-0123456789';
  const withKey = (server: OpenAiServer, apiKey: string) => ({
    servers: [{ baseUrl: server.baseUrl, apiKey }],
  });

  test('goes into the header', async () => {
    const server = await serve({ apiKey: KEY });
    const engine = await connect(server, withKey(server, KEY));
    await collect(engine.generate(from(jobs(1)), never()));
    expect(new Set(server.seen.map((seen) => seen.authorization))).toEqual(new Set([`Bearer ${KEY}`]));
  });

  test('that is wrong is in no message, though the server repeats it', async () => {
    const server = await serve({ apiKey: 'another' });
    const error = await connect(server, withKey(server, KEY)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EngineError);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(KEY);
    expect(String(error instanceof Error ? error.stack : '')).not.toContain(KEY);
  });

  test('that a server writes into an answer or an error is taken out', async () => {
    const server = await serve({
      answer: (request) => ({ text: `You sent ${request.authorization}` }),
      trouble: (request) =>
        request.text.includes('Question 1?')
          ? { kind: 'status', status: 400, body: { error: { message: `bad ${request.authorization}` } } }
          : null,
    });
    const engine = await connect(server, withKey(server, KEY));
    const results = await collect(engine.generate(from(jobs(2)), never()));
    expect(results).toHaveLength(2);
    expect(JSON.stringify(results)).not.toContain('secret');
    expect(JSON.stringify(results)).toContain('[key]');
  });
});

describe('what a server understands', () => {
  test('max_completion_tokens is used where max_tokens is refused', async () => {
    const server = await serve({ refuses: ['max_tokens', 'temperature'] });
    const engine = await connect(server);
    const [result] = await collect(engine.generate(from(jobs(1)), never()));
    expect(result?.error).toBeNull();
    expect(server.seen.at(-1)?.body).toMatchObject({ max_completion_tokens: 16 });
    expect(engine.model.notes.join(' ')).toMatch(/does not take a temperature/);
  });

  test.each([
    ['refuses them', { refuses: ['logprobs'] }],
    ['ignores the wish', { logprobs: false }],
  ] as const)('log-probabilities: a server that %s gives texts alone', async (_, script) => {
    const server = await serve({ ...script, answer: () => ({ text: 'Yes, correct.' }) });
    const engine = await connect(server);
    const [answer] = await collect(engine.generate(from(jobs(1)), never()));
    expect(answer).toMatchObject({ error: null, answer: 'Yes, correct.', tokenCount: 2 });
    expect(answer?.logprobs).toHaveLength(0);
    const [score] = await collect(engine.score(from([verdict('v', 'Right?')]), never()));
    expect(score).toMatchObject({ error: null, reply: 'Yes, correct.' });
    expect(server.seen.at(-1)?.body.logprobs).toBeUndefined();
  });

  test('a choice of texts is asked for as a schema and unwrapped', async () => {
    const server = await serve({ answer: () => ({ text: '{"verdict": "correct"}' }) });
    const engine = await connect(server);
    const job = { ...question('q', 'Right?'), choices: ['correct', 'incorrect'] };
    const [result] = await collect(engine.generate(from([job]), never()));
    expect(result?.answer).toBe('correct');
    expect(JSON.stringify(server.seen.at(-1)?.body.response_format)).toContain('["correct","incorrect"]');
  });

  test('text completions for a base model', async () => {
    const server = await serve();
    const engine = await connect(server, { style: 'completions' });
    const job = {
      ...question('q', ''),
      prompt: { kind: 'text', text: 'Q: capital of France?\nA:' } as const,
    };
    const [result] = await collect(engine.generate(from([job]), never()));
    expect(result?.error).toBeNull();
    expect(server.seen.at(-1)).toMatchObject({ path: '/v1/completions' });
  });
});

describe('cost', () => {
  const prices = { inputUsdPerMillion: 1000, outputUsdPerMillion: 2000 };

  test('is counted from usage: tokens times price', async () => {
    const server = await serve();
    const engine = await connect(server, { prices });
    const results = await collect(engine.generate(from(jobs(5)), never()));
    const { cost } = engine.report();
    const read = results.reduce((sum, result) => sum + result.promptTokens, 0);
    const written = results.reduce((sum, result) => sum + (result.tokenCount ?? 0), 0);
    // The trial: "Reply with the word "ready"." is 5 words, and one token comes back.
    expect(cost).toMatchObject({ requests: 6, promptTokens: read + 5, writtenTokens: written + 1 });
    expect(cost.usd).toBeCloseTo(((read + 5) * 1000 + (written + 1) * 2000) / 1e6, 12);
  });

  test('at the cap the work ends with what was paid for, and is not passed', async () => {
    const server = await serve();
    const engine = await connect(server, { prices, maxCostUsd: 0.2 });
    const done: string[] = [];
    const reading = async (): Promise<void> => {
      for await (const result of engine.generate(from(jobs(1000)), never())) done.push(result.id);
    };
    await expect(reading()).rejects.toMatchObject({ kind: 'cost-cap' });
    const { cost } = engine.report();
    // Every answer that was paid for was given (the trial is the one more).
    expect(cost.requests).toBe(done.length + 1);
    expect(cost.usd).toBeLessThanOrEqual(0.2);
    expect(cost.usd).toBeGreaterThan(0.15);
  });

  test('spent before counts towards the cap: nothing is sent', async () => {
    const server = await serve();
    await expect(connect(server, { prices, maxCostUsd: 0.2, spentUsd: 0.2 })).rejects.toMatchObject({
      kind: 'cost-cap',
    });
    expect(server.seen).toEqual([]);
  });

  test('of a server that does not say what it used is estimated and said to be', async () => {
    const server = await serve({ usage: false });
    const engine = await connect(server, { prices });
    await collect(engine.generate(from(jobs(2)), never()));
    expect(engine.report().cost).toMatchObject({ estimated: true });
    expect(engine.report().cost.usd).toBeGreaterThan(0);
  });
});

describe('several servers', () => {
  test('share the work, each with its own number of requests at a time', async () => {
    const [one, two] = [await serve(), await serve()];
    const servers = [one, two].map(({ baseUrl }) => ({ baseUrl, apiKey: null }));
    const engine = await connect(one, { servers, concurrency: 3 });
    await collect(engine.generate(from(jobs(60)), never()));
    for (const server of [one, two]) {
      expect(server.seen.length).toBeGreaterThan(10);
      expect(server.mostOpen()).toBeLessThanOrEqual(3);
    }
  });

  test('go on with the other when one answers with web pages', async () => {
    const good = await serve();
    const bad = await serve({
      trouble: (_, index) => (index > 3 ? { kind: 'garbage', text: '<html>Log in</html>' } : null),
    });
    const servers = [bad, good].map(({ baseUrl }) => ({ baseUrl, apiKey: null }));
    const engine = await connect(good, { servers, concurrency: 2 });
    const results = await collect(engine.generate(from(jobs(40)), never()));
    expect(results.filter((result) => result.error === null)).toHaveLength(40);
  });

  test('go on with the other when one goes down', async () => {
    const good = await serve();
    const bad = await serve({ trouble: (_, index) => (index > 3 ? { kind: 'hang-up' } : null) });
    const servers = [bad, good].map(({ baseUrl }) => ({ baseUrl, apiKey: null }));
    const engine = await connect(good, { servers, concurrency: 2 });
    const results = await collect(engine.generate(from(jobs(40)), never()));
    expect(results.filter((result) => result.error === null)).toHaveLength(40);
  });
});
