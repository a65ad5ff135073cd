import type { AnyRouter } from '@orpc/server';
import type { Grants } from '../core/grants.ts';
import type { Log } from '../core/log.ts';
import { type CoreStart, type FromCore, type ToCore, toCoreSchema } from './core-messages.ts';
import { type Port, servePort } from './port-line.ts';

/** The way to the shell: Electron's process.parentPort. */
export interface ParentLine {
  on(
    event: 'message',
    listener: (event: { readonly data: unknown; readonly ports: readonly Port[] }) => void,
  ): unknown;
  send(message: FromCore): void;
}

/** The shell, as far as core asks it anything. */
export interface ShellKeys {
  apiKey(variable: string): Promise<string | null>;
}

export interface HostedCore {
  readonly router: AnyRouter;
  readonly grants: Grants;
  readonly log: Log;
  close(): Promise<void>;
}

/**
 * Runs core behind the shell's messages: opened by `start`, one line a window by `port`, ended by `stop` with exit code 0. A core that
 * does not open says why in a sentence and ends with code 1. Ports that come before it is open wait.
 */
export function hostCore(
  parent: ParentLine,
  open: (start: CoreStart, shell: ShellKeys) => Promise<HostedCore>,
  exit: (code: number) => void,
): void {
  let opening: Promise<HostedCore | null> | null = null;
  const wanted = new Map<number, (key: string | null) => void>();
  let lastId = 0;
  const shell: ShellKeys = {
    apiKey: (variable) =>
      new Promise((resolve) => {
        const id = (lastId += 1);
        wanted.set(id, resolve);
        parent.send({ kind: 'key-wanted', id, variable });
      }),
  };

  const start = async (message: CoreStart): Promise<HostedCore | null> => {
    try {
      const core = await open(message, shell);
      parent.send({ kind: 'ready' });
      return core;
    } catch (error) {
      parent.send({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
      exit(1);
      return null;
    }
  };

  const handle = async (message: ToCore, ports: readonly Port[]): Promise<void> => {
    if (message.kind === 'start') {
      opening ??= start(message);
      return;
    }
    if (message.kind === 'key') {
      wanted.get(message.id)?.(message.value);
      wanted.delete(message.id);
      return;
    }
    const core = await opening;
    if (message.kind === 'stop') {
      await core?.close().catch((error: unknown) => {
        core.log.error('core did not close in order', { error: String(error) });
      });
      exit(0);
      return;
    }
    if (core === null) return;
    if (message.kind === 'port') {
      for (const port of ports) servePort(core.router, port, core.log);
      return;
    }
    const value =
      message.kind === 'grant' ? grantOf(core.grants, message.path) : core.grants.resolve(message.grant);
    parent.send({ kind: 'answer', id: message.id, value });
  };

  parent.on('message', ({ data, ports }) => {
    const message = toCoreSchema.safeParse(data);
    if (message.success) void handle(message.data, ports);
  });
}

function grantOf(grants: Grants, path: string): string | null {
  try {
    return grants.grantPath(path);
  } catch {
    return null;
  }
}
