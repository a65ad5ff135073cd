import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import type { z } from 'zod';
import type { Engine, GenerateResult } from '../../src-main/engine/engine.ts';
import type { scriptSchema } from '../../src-main/engine/fake/script.ts';
import { createBreaker } from '../../src-main/engine/host/breaker.ts';
import { startEngine } from '../../src-main/engine/host/start-engine.ts';
import { collect, fakeOptions, from, never, question, verdict } from './helpers.ts';

type Faults = z.input<typeof scriptSchema>;

const jobs = (count: number): ReturnType<typeof question>[] =>
  Array.from({ length: count }, (_, index) => question(`q${index}`, `Question ${index}?`));

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

/** Runs 50 jobs against a scripted fault; returns what came through before it and how it ended. */
async function run(
  script: Faults,
  limits = {},
): Promise<{ taken: GenerateResult[]; error: unknown; engine: Engine }> {
  const engine = await startEngine(fakeOptions(script, { limits }));
  const taken: GenerateResult[] = [];
  let error: unknown = null;
  try {
    for await (const result of engine.generate(from(jobs(50)), never())) taken.push(result);
  } catch (caught) {
    error = caught;
  }
  return { taken, error, engine };
}

describe('a child that dies while answering', () => {
  const deaths = [
    { how: 'SIGKILL', exit: { code: null, signal: 'SIGKILL' } },
    { how: 'SIGSEGV', exit: { code: null, signal: 'SIGSEGV' } },
    { how: 'SIGABRT', exit: { code: null, signal: 'SIGABRT' } },
    { how: 'exit0', exit: { code: 0, signal: null } },
    { how: 'exit1', exit: { code: 1, signal: null } },
  ] as const;
  it.each(deaths)('by $how fails the run with a reason and nothing hangs', async ({ how, exit }) => {
    const { taken, error, engine } = await run({ die: { when: 'answer', after: 10, how }, answerDelayMs: 5 });
    expect(error).toMatchObject({ kind: 'crashed', name: 'EngineError' });
    expect(new Set(taken.map((result) => result.id)).size).toBe(taken.length);
    expect(taken.length).toBeLessThanOrEqual(10);
    expect(await engine.exited).toMatchObject(exit);
    expect((await engine.exited).reason).toMatch(/ended unexpectedly/);
    await expect(collect(engine.generate(from(jobs(1)), never()))).rejects.toMatchObject({ kind: 'crashed' });
    expect(await engine.stop()).toMatchObject(exit);
  });
});

describe('a child that dies while loading', () => {
  it.each(['SIGKILL', 'SIGABRT'] as const)('by %s is taken for lack of memory', async (how) => {
    const loading = startEngine(fakeOptions({ die: { when: 'load', how } }));
    await expect(loading).rejects.toMatchObject({
      kind: 'out-of-memory',
      message: expect.stringContaining(how),
    });
  });
  it.each(['SIGSEGV', 'exit0', 'exit1'] as const)('by %s is a crash', async (how) => {
    await expect(startEngine(fakeOptions({ die: { when: 'load', how } }))).rejects.toMatchObject({
      kind: 'crashed',
    });
  });
  it('before it greets is a crash', async () => {
    const starting = startEngine(fakeOptions({ die: { when: 'hello', how: 'exit0' } }));
    await expect(starting).rejects.toMatchObject({ kind: 'crashed' });
  });
  it('that the system does not start is a crash, also where it says so at once', async () => {
    for (const more of [{ nodePath: '/nowhere/node' }, { env: { NAME: 'a\0b' } }]) {
      await expect(startEngine(fakeOptions({}, more))).rejects.toMatchObject({
        kind: 'crashed',
        message: expect.stringContaining('could not be started'),
      });
    }
  });
  it('a program that is not there is a crash with its words', async () => {
    const starting = startEngine({ ...fakeOptions(), entry: '/nowhere/engine.js' });
    await expect(starting).rejects.toMatchObject({ kind: 'crashed' });
    const noNode = startEngine({ ...fakeOptions(), nodePath: '/nowhere/node' });
    await expect(noNode).rejects.toMatchObject({
      kind: 'crashed',
      message: expect.stringContaining('/nowhere/node'),
    });
  });
});

describe('a child that hangs', () => {
  it('before it greets is ended', async () => {
    const script: Faults = { hang: { when: 'hello', how: 'silent' } };
    const starting = startEngine(fakeOptions(script, { limits: { helloMs: 1000 } }));
    await expect(starting).rejects.toMatchObject({ kind: 'hung' });
  });
  it('while loading, its event loop stopped, is ended', async () => {
    const script: Faults = { hang: { when: 'load', how: 'silent' } };
    const starting = startEngine(fakeOptions(script, { limits: { silenceMs: 1500 } }));
    await expect(starting).rejects.toMatchObject({ kind: 'hung' });
  });
  it('in mid-answer, its event loop stopped, is ended', async () => {
    const { error, engine } = await run(
      { hang: { when: 'answer', after: 5, how: 'silent' } },
      { silenceMs: 1500 },
    );
    expect(error).toMatchObject({ kind: 'hung' });
    expect(await engine.exited).toMatchObject({
      signal: 'SIGKILL',
      reason: expect.stringContaining('said nothing'),
    });
  });
  it('in a decode, still beating, is found by its steps', async () => {
    const { error, engine } = await run(
      { hang: { when: 'answer', after: 5, how: 'decode' } },
      { stepMs: 1500 },
    );
    expect(error).toMatchObject({ kind: 'hung' });
    expect((await engine.exited).reason).toMatch(/made no step/);
  });
});

describe('a child that does not keep to the protocol', () => {
  it.each(['text', 'null', 'progress', 'result', 'unknown-job'] as const)(
    'garbage (%s) ends it',
    async (how) => {
      const { error, engine } = await run({ garbage: { when: 'answer', after: 5, how }, answerDelayMs: 5 });
      expect(error).toMatchObject({ kind: 'protocol' });
      await engine.exited;
      expect(isGone(engine.model.pid)).toBe(true);
    },
  );
  it('bytes that are no message at all end it, one way or the other, and the host lives on', async () => {
    const { error, engine } = await run(
      { garbage: { when: 'answer', after: 5, how: 'bytes' }, answerDelayMs: 5 },
      { silenceMs: 2000 },
    );
    expect(error).toMatchObject({ name: 'EngineError' });
    await engine.exited;
    expect(isGone(engine.model.pid)).toBe(true);
  });
  it('a late reply of another generation is ignored', async () => {
    const { taken, error, engine } = await run({ garbage: { when: 'answer', after: 5, how: 'late' } });
    await engine.stop();
    expect(error).toBeNull();
    expect(taken.map((result) => result.id).toSorted()).toEqual(
      jobs(50)
        .map((job) => job.id)
        .toSorted(),
    );
  });
  it('another version is refused by a sentence', async () => {
    const starting = startEngine(fakeOptions({ protocol: 0 }));
    await expect(starting).rejects.toMatchObject({
      kind: 'protocol',
      message: expect.stringContaining('protocol 0'),
    });
  });
  it.each(['stderr', 'log', 'line'] as const)(
    'a flood (%s) is bounded and the answers still come',
    async (how) => {
      const lines: string[] = [];
      const options = fakeOptions(
        { flood: { when: 'answer', after: 3, how } },
        { log: (line) => lines.push(line) },
      );
      const engine = await startEngine(options);
      try {
        const abort = new AbortController();
        let taken = 0;
        for await (const result of engine.generate(from(jobs(5)), abort.signal))
          taken += result.error === null ? 1 : 0;
        expect(taken).toBe(5);
        expect(lines.length).toBeLessThanOrEqual(5000);
        expect(Math.max(0, ...lines.map((line) => line.length))).toBeLessThanOrEqual(4096);
      } finally {
        await engine.stop();
      }
    },
  );
});

describe('refusals', () => {
  it('come with the kind that the child gave them', async () => {
    const refuse = { kind: 'out-of-memory', message: 'Too large for this card.' } as const;
    await expect(startEngine(fakeOptions({ refuse }))).rejects.toMatchObject(refuse);
  });
});

describe('a question that the engine cannot take', () => {
  // Catches: an error in an event, which nobody hears: the run waited for ever.
  it('is answered with a sentence, and the others are answered', async () => {
    await using engine = await startEngine(fakeOptions());
    const odd = question('odd', 'Why?', { seed: 1.5 });
    const results = await collect(engine.generate(from([...jobs(2), odd, question('last', 'So?')]), never()));
    expect(results).toHaveLength(4);
    expect(results.filter(({ error }) => error !== null)).toMatchObject([
      { id: 'odd', error: expect.stringMatching(/could not take this question: seed: /) },
    ]);
    const scores = await collect(
      engine.score(from([verdict('v', 'Right?', []), verdict('w', 'Right?')]), never()),
    );
    expect(scores.map(({ error }) => error === null)).toEqual([false, true]);
  });
});

describe('cancelling', () => {
  it('during a load that would never end ends the child', async () => {
    const abort = new AbortController();
    // The script says something as the load begins.
    const log = vi.fn<() => void>(() => abort.abort());
    const script: Faults = {
      flood: { when: 'load', how: 'stderr' },
      hang: { when: 'load', how: 'decode' },
    };
    await expect(startEngine(fakeOptions(script, { signal: abort.signal, log }))).rejects.toMatchObject({
      kind: 'cancelled',
      message: expect.stringContaining('while the model was loading'),
    });
    expect(log).toHaveBeenCalled();
  });
  it('a child in a long step is killed at the deadline, without an error for the reader', async () => {
    const engine = await startEngine(fakeOptions({ hang: { when: 'answer', after: 5, how: 'decode' } }));
    const abort = new AbortController();
    const taken: string[] = [];
    for await (const result of engine.generate(from(jobs(50)), abort.signal)) {
      taken.push(result.id);
      if (taken.length === 5) abort.abort();
    }
    expect(taken).toHaveLength(5);
    expect(await engine.exited).toMatchObject({ signal: 'SIGKILL', reason: null });
  });
});

describe('the circuit breaker', () => {
  it('opens after three failures in a row, says why, and lets one more through after a minute', async () => {
    let now = 0;
    const breaker = createBreaker(() => now);
    const crash = (): Promise<Engine> =>
      startEngine(fakeOptions({ die: { when: 'load', how: 'exit1' } }, { breaker }));
    for (let failure = 0; failure < 3; failure++)
      await expect(crash()).rejects.toMatchObject({ kind: 'crashed' });
    await expect(crash()).rejects.toMatchObject({
      kind: 'circuit-open',
      message: expect.stringContaining('code 1'),
    });
    now = 61_000;
    const engine = await startEngine(fakeOptions({}, { breaker }));
    await engine.stop();
    await expect(crash()).rejects.toMatchObject({ kind: 'crashed' });
  });
  it('counts a crash in mid-run, and not a lack of memory', async () => {
    const breaker = createBreaker();
    const refuse = { kind: 'out-of-memory', message: 'Too large.' } as const;
    for (let attempt = 0; attempt < 4; attempt++) {
      await expect(startEngine(fakeOptions({ refuse }, { breaker }))).rejects.toMatchObject(refuse);
    }
    const die = async (): Promise<void> => {
      const engine = await startEngine(fakeOptions({ die: { when: 'answer', how: 'SIGSEGV' } }, { breaker }));
      await expect(collect(engine.generate(from(jobs(1)), never()))).rejects.toMatchObject({
        kind: 'crashed',
      });
      await engine.exited;
    };
    await die();
    await die();
    // A run that ends well starts the count again; a load alone does not.
    const engine = await startEngine(fakeOptions({}, { breaker }));
    await collect(engine.generate(from(jobs(1)), never()));
    await engine.stop();
    for (let death = 0; death < 3; death++) await die();
    await expect(startEngine(fakeOptions({}, { breaker }))).rejects.toMatchObject({ kind: 'circuit-open' });
  });
});

describe('the end of the host', () => {
  it('takes the child with it, though nobody told it', async () => {
    const host = spawn(process.execPath, [fileURLToPath(new URL('orphan-host.ts', import.meta.url))], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(host.stdout, 'data');
    const pid = Number(String(line));
    expect(isGone(pid)).toBe(false);
    host.kill('SIGKILL');
    await vi.waitFor(() => expect(isGone(pid)).toBe(true), { timeout: 5000 });
  });
});
