import { existsSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { Problem } from './problem.ts';

/** Where the program's own parts lie. Built: beside the entry in out/main. From source: under src-main. */
export interface Locations {
  readonly engine: string;
  /** Added to the environment of engine children: the scripted engine's script, or nothing. */
  readonly engineEnv: Readonly<Record<string, string>>;
  /** The short child that reads headers and lists devices. */
  readonly probe: string;
  readonly storeWorker: string;
  readonly resources: string;
  readonly renderer: string;
}

/** @param entryDir folder of the entry module: out/main when built, src-main/<door> otherwise. */
export function locate(entryDir: string, env: NodeJS.ProcessEnv = process.env): Locations {
  const built = existsSync(join(entryDir, 'store-worker.js'));
  const root = resolve(entryDir, '..', '..');
  const at = built
    ? { engine: join(entryDir, 'engine.js'), storeWorker: join(entryDir, 'store-worker.js') }
    : {
        engine: join(root, 'src-main', 'engine', 'runtime', 'main.ts'),
        storeWorker: join(root, 'src-main', 'store', 'worker.ts'),
      };
  return {
    ...at,
    // A scripted engine in place of the real one: what the end-to-end tests run on.
    engine: env['ASSIZE_ENGINE_ENTRY'] ?? at.engine,
    engineEnv: env['ASSIZE_FAKE'] === undefined ? {} : { ASSIZE_FAKE: env['ASSIZE_FAKE'] },
    probe: at.engine,
    resources: join(root, 'resources'),
    renderer: join(root, 'out', 'renderer'),
  };
}

/**
 * --data-dir, else ASSIZE_DATA_DIR, else the platform's own place for an application's data. Throws Problem where there is no such place:
 * a container's user without an entry has no home.
 */
export function dataDirectory(flag: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
  // Empty is what a script gives whose variable is not set: it is not the folder that the script stands in.
  return resolve(flag || env['ASSIZE_DATA_DIR'] || platformData(env));
}

/** The user's home; null for a user who has none, whom `homedir` answers with an error. */
export function homeFolder(): string | null {
  try {
    return homedir() || userInfo().homedir;
  } catch {
    return null;
  }
}

function platformData(env: NodeJS.ProcessEnv): string {
  const home = homeFolder();
  const under = (given: string | undefined, ...usual: string[]): string | null =>
    given !== undefined && given !== '' ? given : home === null ? null : join(home, ...usual);
  const base =
    process.platform === 'darwin'
      ? under(undefined, 'Library', 'Application Support')
      : process.platform === 'win32'
        ? under(env['LOCALAPPDATA'], 'AppData', 'Local')
        : under(env['XDG_DATA_HOME'], '.local', 'share');
  if (base === null)
    throw new Problem(
      'STORAGE',
      'This user has no home folder to keep data in. Name a folder with --data-dir or ASSIZE_DATA_DIR.',
    );
  return process.platform === 'win32' ? join(base, 'assize', 'Data') : join(base, 'assize');
}
