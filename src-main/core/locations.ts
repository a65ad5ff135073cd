import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import envPaths from 'env-paths';

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

/** --data-dir, else ASSIZE_DATA_DIR, else the platform's own place for an application's data. */
export function dataDirectory(flag: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
  return resolve(flag ?? env['ASSIZE_DATA_DIR'] ?? envPaths('assize', { suffix: '' }).data);
}
