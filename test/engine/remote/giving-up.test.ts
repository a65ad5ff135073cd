/** What is asked again, and for how long: nothing that no waiting mends. */
import { describe, expect, test } from 'vitest';
import type { Trouble } from '../../fakes/openai-server.ts';
import { collect, from, never, question } from '../helpers.ts';
import { closeAfterEachTest, connect, first, jobs, serve } from './served.ts';

closeAfterEachTest();

describe('a server', () => {
  // Catches: minutes of asking again what no waiting mends.
  const nonsense: [string, Trouble, RegExp][] = [
    ['a web page', { kind: 'garbage', text: '<html>\n It works!</html>' }, /a web page \("<html> It works!/],
    ['nothing', { kind: 'garbage', text: ' ' }, /answered with nothing/],
    ['no choices', { kind: 'garbage', text: '{"choices": []}' }, /answered with "\{"choices": \[\]\}"/],
    ['an error in 200', { kind: 'garbage', text: '{"error": "no such tenant"}' }, /error: "no such tenant"/],
    ['409', { kind: 'status', status: 409 }, /does not accept this request \(409\)/],
    ['422', { kind: 'status', status: 422 }, /does not accept this request \(422\)/],
  ];
  test.each(nonsense)('with %s is asked once, and what came is said', async (_, trouble, sentence) => {
    const server = await serve({ trouble: (request) => (request.text.includes('1?') ? trouble : null) });
    const engine = await connect(server);
    const results = await collect(engine.generate(from(jobs(4)), never()));
    expect(results.filter(({ error }) => error !== null)).toMatchObject([
      { id: 'q1', error: expect.stringMatching(sentence) },
    ]);
    expect(server.seen).toHaveLength(1 + 4);
  });

  test('that sends nothing but web pages is given up at once', async () => {
    const page: Trouble = { kind: 'garbage', text: '<title>Log in</title>' };
    const silly = await serve({ trouble: () => page });
    await expect(connect(silly)).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringMatching(/no completion/),
    });
    expect(silly.seen).toHaveLength(1);
    const later = await serve({ trouble: first(1000, page) });
    const engine = await connect(later, { concurrency: 1 });
    await expect(collect(engine.generate(from(jobs(1000)), never()))).rejects.toThrow(/Stopped.*web page/);
    expect(later.seen).toHaveLength(1 + 3);
  });

  test('that has not answered for a while is not asked as often as is allowed', async () => {
    const server = await serve({ trouble: first(1000, { kind: 'status', status: 500 }) });
    const backoff = { baseMs: 5, maxMs: 20, totalMs: 100 };
    const engine = await connect(server, { concurrency: 1, tries: 20, backoff });
    await expect(collect(engine.generate(from(jobs(1000)), never()))).rejects.toMatchObject({
      kind: 'network',
    });
    // At least 2.5 ms before each try; without a bound three requests are sent 20 times each.
    expect(server.seen.length).toBeLessThanOrEqual(1 + 3 + 100 / 2.5);
    expect(server.seen.length).toBeLessThan(1 + 3 * 20);
  });

  test('that asks for patience again and again is given what there is once, not each request', async () => {
    const busy: Trouble = { kind: 'status', status: 429, headers: { 'retry-after-ms': '400' } };
    const server = await serve({ trouble: first(1000, busy) });
    const engine = await connect(server, {
      concurrency: 1,
      backoff: { baseMs: 5, maxMs: 20, totalMs: 500 },
    });
    await expect(collect(engine.generate(from(jobs(1000)), never()))).rejects.toThrow(/Stopped.*too often/);
    expect(server.seen).toHaveLength(1 + 2);
  });

  test('that failed before nobody asked for a while has all patience again', async () => {
    let release = (): void => undefined;
    const later = new Promise<void>((resolve) => {
      release = resolve;
    });
    async function* source() {
      yield question('q0', 'Question 0?');
      await later;
      yield question('q1', 'Question 1?');
    }
    // After the trial both tries of the first question, then the first of the second.
    const server = await serve({ trouble: first(3, { kind: 'status', status: 500 }) });
    const engine = await connect(server, {
      concurrency: 1,
      tries: 2,
      backoff: { baseMs: 5, maxMs: 10, totalMs: 100 },
    });
    const results: (string | null)[] = [];
    for await (const { error } of engine.generate(source(), never())) {
      results.push(error);
      setTimeout(release, 150);
    }
    expect(results).toEqual([expect.stringContaining('(500)'), null]);
  });

  test('that asks for more patience than there is ends the request', async () => {
    const busy: Trouble = { kind: 'status', status: 429, headers: { 'retry-after': '3600' } };
    const server = await serve({ trouble: () => busy });
    await expect(connect(server)).rejects.toThrow(/asked too often/);
    expect(server.seen).toHaveLength(1);
  });

  test('that is not asked in its language says so once', async () => {
    const server = await serve();
    const baseUrl = server.baseUrl.replace('http:', 'https:');
    const log: string[] = [];
    const asked = connect(server, {
      servers: [{ baseUrl, apiKey: null }],
      log: (line) => void log.push(line),
    });
    await expect(asked).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringMatching(/write http:/),
    });
    expect(log).toEqual([]);
  });
});
