import { once } from 'node:events';
import { ORPCError, safe } from '@orpc/client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Log } from '../../src-main/core/log.ts';
import { MAX_MESSAGE_CHARS, shortenPaths } from '../../src-main/core/transport.ts';
import { DEFAULT_SETTINGS } from '../../src-main/domain/settings.ts';
import { createSmallRouter, MACHINE } from '../fakes/small-router.ts';
import { LINES, type Caller } from './lines.ts';

describe.each(LINES)('a $name', ({ name, open }) => {
  let caller: Caller;
  let small: ReturnType<typeof createSmallRouter>;
  let logged: { text: string; data: Record<string, unknown> }[];
  const log: Log = {
    info: () => undefined,
    warn: () => undefined,
    error: (text, data = {}) => logged.push({ text, data }),
  };

  beforeEach(async () => {
    logged = [];
    small = createSmallRouter();
    caller = await open(small.router, log);
  });
  afterEach(() => caller[Symbol.asyncDispose]());

  const failureOf = async (call: Promise<unknown>): Promise<ORPCError<string, unknown>> => {
    const { error } = await safe(call);
    if (!(error instanceof ORPCError)) throw new Error(`expected the contract's error, got ${String(error)}`);
    return error;
  };

  test('values go over and come back as they were', async () => {
    expect(await caller.workbench.settings.get()).toEqual(DEFAULT_SETTINGS);
    const author = 'Ада — “naïve” 🧪';
    expect((await caller.workbench.settings.set({ author })).author).toBe(author);
  });

  test('many calls at once each get their own answer', async () => {
    const ids = Array.from({ length: 50 }, (_, runId) => runId);
    const failures = await Promise.all(ids.map((runId) => failureOf(caller.workbench.runs.get({ runId }))));
    expect(failures.map((e) => e.message)).toEqual(ids.map((runId) => `There is no run ${runId}.`));
  });

  describe('failures', () => {
    test('a declared one keeps its code, its sentence and that it was declared', async () => {
      const error = await failureOf(caller.workbench.runs.get({ runId: 7 }));
      expect(error).toMatchObject({ code: 'NOT_FOUND', status: 404, defined: true });
      expect(error.message).toBe('There is no run 7.');
    });

    test('a refusal brings what can be done', async () => {
      const error = await failureOf(
        caller.workbench.datasets.inspect({ file: 'g', kind: null, mapping: null }),
      );
      expect(error).toMatchObject({ code: 'REFUSED', defined: true, data: { fixes: ['Drop a CSV'] } });
    });

    test('an unforeseen one shows an id and nothing else; the log has the rest under it', async () => {
      const error = await failureOf(caller.workbench.settings.about());
      expect(error).toMatchObject({ code: 'INTERNAL', status: 500, defined: true });
      expect(JSON.stringify(error.toJSON())).not.toMatch(/hunter2|secret|at .*:\d+/);
      const [entry] = logged;
      expect(error.data).toEqual({ correlationId: entry?.data['correlationId'] });
      expect(error.message).toContain(String(entry?.data['correlationId']));
      expect(entry?.data).toMatchObject({ procedure: 'settings.about' });
      expect(String(entry?.data['error'])).toContain('hunter2');
    });

    test('a path in a message reaches the desktop whole and a browser as its last part', async () => {
      const error = await failureOf(
        caller.workbench.datasets.inspect({ file: 'g', kind: null, mapping: null }),
      );
      const shown = name === 'socket' ? 'qa.bin' : '/home/ada/qa.bin';
      expect(error.message).toBe(`The file ${shown} is no dataset.`);
    });

    test('a procedure that is not there is a failure of that call only', async () => {
      await failureOf(caller.workbench.exporting.create({ runId: 1, format: 'csv' }));
      expect(await caller.workbench.settings.get()).toEqual(DEFAULT_SETTINGS);
    });
  });

  describe('input', () => {
    test('what the schema does not take never reaches the handler', async () => {
      for (const runId of [-1, 1.5, Number.MAX_SAFE_INTEGER * 2]) {
        expect(await failureOf(caller.workbench.runs.get({ runId }))).toMatchObject({ code: 'BAD_REQUEST' });
      }
    });

    test('a text over its limit is refused and is not sent back', async () => {
      const author = 'x'.repeat(301);
      const error = await failureOf(caller.workbench.settings.set({ author }));
      expect(error.code).toBe('BAD_REQUEST');
      expect(JSON.stringify(error.toJSON())).not.toContain('xxx');
    });

    test('unknown keys are dropped', async () => {
      const given = { author: 'ada', isAdmin: true };
      expect(await caller.workbench.settings.set(given)).not.toHaveProperty('isAdmin');
    });
  });

  describe('streams', () => {
    test('values arrive in order, then the declared failure', async () => {
      const seen: string[] = [];
      const stream = await caller.workbench.models.hash({ modelId: 'm1' });
      const error = await failureOf(
        (async () => {
          for await (const progress of stream) seen.push(progress.step);
        })(),
      );
      expect(seen).toEqual(['m1']);
      expect(error).toMatchObject({ code: 'NOT_FOUND', message: 'There is no model m1 any more.' });
    });

    test('an unforeseen failure in the middle keeps what came before and shows an id', async () => {
      const seen: number[] = [];
      const stream = await caller.workbench.models.rescan();
      const error = await failureOf(
        (async () => {
          for await (const progress of stream) seen.push(progress.done);
        })(),
      );
      expect(seen).toEqual([1, 2]);
      expect(error.code).toBe('INTERNAL');
      expect(JSON.stringify(error.toJSON())).not.toContain('/home/ada');
      expect(logged).toHaveLength(1);
    });

    test('a caller that stops reading ends the source, though it waits for something else', async () => {
      const ended = once(small.events, 'stream').then(() => once(small.events, 'stream'));
      const stream = await caller.workbench.hardware.watch();
      expect((await stream.next()).value).toEqual(MACHINE);
      await stream.return?.();
      expect(await ended).toEqual(['ended']);
    });

    test('an abort ends the call at the caller and the source behind it', async () => {
      const controller = new AbortController();
      const ended = once(small.events, 'stream').then(() => once(small.events, 'stream'));
      const stream = await caller.workbench.hardware.watch(undefined, { signal: controller.signal });
      await stream.next();
      const waiting = stream.next();
      controller.abort();
      await expect(waiting).rejects.toThrow(/abort/i);
      expect(await ended).toEqual(['ended']);
      expect(logged).toEqual([]);
    });

    test('a tab that closes ends its streams, and nothing is logged as a failure', async () => {
      const ended = once(small.events, 'stream').then(() => once(small.events, 'stream'));
      const stream = await caller.workbench.hardware.watch();
      await stream.next();
      caller.drop();
      expect(await ended).toEqual(['ended']);
      expect(logged).toEqual([]);
    });
  });

  describe('the line itself', () => {
    test.each([
      ['text that is no JSON', '{"i":"1",'],
      ['no address', '{"i":"1","p":{}}'],
      ['an address elsewhere', '{"i":"1","p":{"u":"http://evil.test/"}}'],
      [
        'a body that is a form',
        '{"i":"1","p":{"u":"/settings/get","h":{"content-type":"multipart/form-data"}}}',
      ],
      ['a type that is none', '{"i":"1","t":9,"p":{"u":"/settings/get"}}'],
      ['too large', JSON.stringify({ i: '1', p: { u: '/settings/set', b: 'x'.repeat(MAX_MESSAGE_CHARS) } })],
    ])('%s ends this line and not the workbench', async (_what, message) => {
      const other = await open(small.router, log);
      caller.raw(message);
      await caller.closed;
      expect(await other.workbench.settings.get()).toEqual(DEFAULT_SETTINGS);
      await other[Symbol.asyncDispose]();
    });

    test('a call in flight when the line drops is rejected, not left waiting', async () => {
      const stream = await caller.workbench.hardware.watch();
      await stream.next();
      const waiting = stream.next();
      caller.drop();
      await expect(waiting).rejects.toThrow(/closed|abort/i);
    });
  });
});

test.each([
  ['Could not read /home/ada/data/qa.csv.', 'Could not read qa.csv.'],
  ["open 'C:\\Users\\Ada\\qa.csv'", "open 'qa.csv'"],
  ['Try https://example.org/a/b or 3/4 of it', 'Try https://example.org/a/b or 3/4 of it'],
  ['hf:user/repo/file.gguf and ~/models/x.gguf', 'hf:user/repo/file.gguf and ~/models/x.gguf'],
])('%j is shown in a browser as %j', (given, shown) => {
  expect(shortenPaths(given)).toBe(shown);
});
