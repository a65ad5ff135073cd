import { expect, test } from 'vitest';
import { startEngine } from '../../src-main/engine/host/start-engine.ts';
import { collect, fakeOptions, from, question } from './helpers.ts';
import { engineSuite } from './suite.ts';

engineSuite('The scripted engine', () => startEngine(fakeOptions()));

// Ctrl-C reaches the whole process group: an engine that went first would fail the rows that the host is about to keep.
test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  'an engine outlives a %s meant for its host',
  async (signal) => {
    await using engine = await startEngine(fakeOptions());
    process.kill(engine.model.pid, signal);
    const [result] = await collect(
      engine.generate(from([question('1', 'still there?')]), new AbortController().signal),
    );
    expect(result?.error).toBeNull();
  },
);
