import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

const CACHE = resolve(import.meta.dirname, '..', '..', '.cache', 'interop');
/** Inspect and pandas with what they need are 120 MB to fetch. */
const INSTALL_MS = 280_000;

/**
 * A Python of the project's own cache with these packages, installed when they are not there; null, said aloud, when they cannot be
 * had. `probe` is what imports them.
 */
export function pythonWith(name: string, packages: readonly string[], probe: string): string | null {
  const folder = join(CACHE, name);
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const run = (file: string, args: readonly string[]): void => {
    execFileSync(file, args, { stdio: 'pipe', timeout: INSTALL_MS });
  };
  try {
    mkdirSync(CACHE, { recursive: true });
    if (!existsSync(python)) run('python3', ['-m', 'venv', folder]);
    try {
      run(python, ['-c', probe]);
    } catch {
      run(python, ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', ...packages]);
      run(python, ['-c', probe]);
    }
    return python;
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    console.warn(`SKIPPED: ${packages.join(', ')} could not be had from PyPI (${why}).`);
    return null;
  }
}

/** Runs a program and parses what it prints as JSON. */
export function pythonJson(python: string, program: string, args: readonly string[]): unknown {
  const out = execFileSync(python, ['-c', program, ...args], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, INSPECT_LOG_LEVEL: 'error', PYTHONUTF8: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return JSON.parse(out.trim().split('\n').at(-1) ?? 'null');
}
