import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Workbench } from '../contract/client.ts';
import { type Core, createCore } from '../core/core.ts';
import { dataDirectory, locate } from '../core/locations.ts';
import { EXIT, ExitWith } from './exit-codes.ts';
import { note } from './output.ts';

/** Entry's folder: set once by main.ts, since chunks of a build lie elsewhere. */
export interface CliContext {
  readonly entryDir: string;
  readonly env: NodeJS.ProcessEnv;
}

export interface GlobalOptions {
  readonly dataDir?: string;
  readonly json?: boolean;
}

export interface Session {
  readonly core: Core;
  readonly client: Workbench;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly json: boolean;
}

export function versionOf(entryDir: string): string {
  const text = readFileSync(resolve(entryDir, '..', '..', 'package.json'), 'utf8');
  const parsed: unknown = JSON.parse(text);
  const version =
    typeof parsed === 'object' && parsed !== null && 'version' in parsed ? parsed.version : null;
  return typeof version === 'string' ? version : 'unknown';
}

/**
 * Opens the workbench for one verb and closes it after. The first Ctrl-C aborts the signal, so that a run is given back and
 * can be resumed; the second ends the process as it always would.
 */
export async function withSession<R>(
  context: CliContext,
  command: Command,
  work: (session: Session) => Promise<R>,
): Promise<R> {
  const options = command.optsWithGlobals<GlobalOptions>();
  const controller = new AbortController();
  let slow: NodeJS.Timeout | undefined;
  const interrupt = (): void => {
    controller.abort();
    // Most verbs stop within a moment; of one that cannot, it should not seem that it did not hear.
    slow = setTimeout(() => note('Stopping … Ctrl-C once more ends it at once.'), HEARD_MS);
    slow.unref();
  };
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  const core = await createCore({
    dataDir: dataDirectory(options.dataDir, context.env),
    door: 'cli',
    version: versionOf(context.entryDir),
    locations: locate(context.entryDir, context.env),
    nodePath: process.execPath,
    env: context.env,
  });
  try {
    return await work({ core, client: core.client, signal: controller.signal, json: options.json ?? false });
  } catch (error) {
    throw isAbort(error, controller.signal) ? new ExitWith(EXIT.interrupted, STOPPED) : error;
  } finally {
    clearTimeout(slow);
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    await core.close();
  }
}

const HEARD_MS = 1000;
const STOPPED = 'Stopped. What was finished before is kept; nothing is left half done.';

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return (
    signal.aborted && (error === signal.reason || (error instanceof Error && error.name === 'AbortError'))
  );
}

/** A file named in the terminal as the grant that the contract takes. Throws Node's error when it is not there. */
export function grantFile(session: Session, path: string): string {
  return session.core.grants.grantPath(path);
}
