import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Workbench } from '../contract/client.ts';
import { type Core, createCore } from '../core/core.ts';
import { dataDirectory, locate } from '../core/locations.ts';

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
  const interrupt = (): void => controller.abort();
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
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    await core.close();
  }
}

/** A file named in the terminal as the grant that the contract takes. Throws Node's error when it is not there. */
export function grantFile(session: Session, path: string): string {
  return session.core.grants.grantPath(path);
}
