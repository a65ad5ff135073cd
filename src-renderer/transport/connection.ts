import type { ClientContext, ClientLink, ClientOptions } from '@orpc/client';
import { createStore } from 'zustand/vanilla';

type ConnectionState = 'connecting' | 'open' | 'lost';

export interface Opened {
  readonly link: ClientLink<ClientContext>;
  /** Resolves when the other end is gone. */
  readonly closed: Promise<void>;
}

export interface ConnectionStatus {
  readonly state: ConnectionState;
  /** How often it was opened: live queries start again when it grows. */
  readonly generation: number;
  readonly problem: string | null;
}

/** Thrown at once while there is no connection: a button pressed now must not act minutes later. */
export class ConnectionLostError extends Error {
  override readonly name = 'ConnectionLostError';
  constructor() {
    super('The workbench does not answer. It is tried again every few seconds; nothing is lost meanwhile.');
  }
}

/** First quick, for a server that restarts; then rarely enough not to matter. */
const RETRY_MS = [250, 500, 1000, 2000, 4000] as const;
const LAST_RETRY_MS = 4000;

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export interface Connection {
  readonly link: ClientLink<ClientContext>;
  readonly status: ReturnType<typeof createStatus>;
}

function createStatus() {
  return createStore<ConnectionStatus>(() => ({ state: 'connecting', generation: 0, problem: null }));
}

/**
 * Keeps one link open for the life of the page. Calls made while it first opens wait; calls made after it was lost fail
 * at once with ConnectionLostError; calls in flight when it is lost fail as the link fails them.
 */
export function createConnection(open: () => Promise<Opened>): Connection {
  const status = createStatus();
  let current: ClientLink<ClientContext> | null = null;
  let firstTry: Promise<void> = Promise.resolve();

  const attempt = async (): Promise<boolean> => {
    try {
      const opened = await open();
      current = opened.link;
      const { generation } = status.getState();
      status.setState({ state: 'open', generation: generation + 1, problem: null });
      void opened.closed.then(() => {
        current = null;
        status.setState({ state: 'lost', problem: null });
        void reconnect();
      });
      return true;
    } catch (error) {
      status.setState({ state: 'lost', problem: error instanceof Error ? error.message : null });
      return false;
    }
  };

  const reconnect = async (): Promise<void> => {
    for (let round = 0; ; round += 1) {
      await wait(RETRY_MS[round] ?? LAST_RETRY_MS);
      if (await attempt()) return;
    }
  };

  firstTry = attempt().then((opened) => {
    if (!opened) void reconnect();
  });

  return {
    status,
    link: {
      async call(path: readonly string[], input: unknown, options: ClientOptions<ClientContext>) {
        await firstTry;
        if (current === null) throw new ConnectionLostError();
        return current.call(path, input, options);
      },
    },
  };
}
