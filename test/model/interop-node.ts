import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const CACHE = resolve(import.meta.dirname, '..', '..', '.cache', 'interop');
/** promptfoo without what is optional is 280 MB on disk. */
const INSTALL_MS = 280_000;

/** Without what it needs for one provider or another, without install scripts, and nothing written outside its folder. */
const LEAN = [
  '--omit=optional',
  '--omit=peer',
  '--omit=dev',
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--silent',
];

/**
 * The entry of an npm package in the project's own cache, installed when it is not there; null, said aloud, when it cannot be had.
 * `packages` are pinned; `entry` is a path below node_modules.
 */
export function npmProgram(name: string, packages: readonly string[], entry: string): string | null {
  const folder = join(CACHE, name);
  const path = join(folder, 'node_modules', entry);
  const done = join(folder, 'installed.json');
  try {
    if (existsSync(path) && existsSync(done)) return path;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"private":true}');
    execFileSync('npm', ['install', ...packages, ...LEAN], {
      cwd: folder,
      stdio: 'pipe',
      timeout: INSTALL_MS,
      shell: process.platform === 'win32',
    });
    writeFileSync(done, JSON.stringify(packages));
    return existsSync(path) ? path : null;
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    console.warn(`SKIPPED: ${packages.join(', ')} could not be had from npm (${why}).`);
    return null;
  }
}
