import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  ConnectionLostError,
  createConnection,
  type Opened,
} from '../../../src-renderer/transport/connection.ts';

const link = (answer: string): Opened['link'] => ({ call: async () => answer });
const options = { context: {} };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the page’s connection', () => {
  test('calls made while it first opens wait for it', async () => {
    const opening = Promise.withResolvers<Opened>();
    const connection = createConnection(() => opening.promise);
    const call = connection.link.call([], undefined, options);
    opening.resolve({ link: link('first'), closed: new Promise(() => undefined) });
    expect(await call).toBe('first');
    expect(connection.status.getState()).toMatchObject({ state: 'open', generation: 1 });
  });

  test('a call while it is lost fails at once instead of acting minutes later', async () => {
    const closing = Promise.withResolvers<void>();
    let tries = 0;
    const connection = createConnection(async () => {
      tries += 1;
      if (tries > 1) throw new Error('not yet');
      return { link: link('first'), closed: closing.promise };
    });
    await connection.link.call([], undefined, options);
    closing.resolve();
    await vi.waitFor(() => expect(connection.status.getState().state).toBe('lost'));
    await expect(connection.link.call([], undefined, options)).rejects.toBeInstanceOf(ConnectionLostError);
  });

  test('it comes back by itself, as a new generation, and says what failed meanwhile', async () => {
    const closing = Promise.withResolvers<void>();
    let tries = 0;
    const connection = createConnection(async () => {
      tries += 1;
      if (tries === 2) throw new Error('the server is starting');
      return {
        link: link(`try ${tries}`),
        closed: tries === 1 ? closing.promise : new Promise(() => undefined),
      };
    });
    await connection.link.call([], undefined, options);
    closing.resolve();
    await vi.advanceTimersByTimeAsync(300);
    expect(connection.status.getState()).toMatchObject({ state: 'lost', problem: 'the server is starting' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(connection.status.getState()).toMatchObject({ state: 'open', generation: 2, problem: null });
    expect(await connection.link.call([], undefined, options)).toBe('try 3');
  });

  test('a first try that fails is repeated, and waiting calls learn of it', async () => {
    let tries = 0;
    const connection = createConnection(async () => {
      tries += 1;
      if (tries === 1) throw new Error('no key');
      return { link: link('late'), closed: new Promise(() => undefined) };
    });
    await expect(connection.link.call([], undefined, options)).rejects.toBeInstanceOf(ConnectionLostError);
    await vi.advanceTimersByTimeAsync(300);
    expect(await connection.link.call([], undefined, options)).toBe('late');
  });
});
