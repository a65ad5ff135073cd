import { execFile, type ExecFileException, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '..', '..');
export const CLI = resolve(ROOT, 'out', 'main', 'cli.js');
export const MODEL = resolve(ROOT, '..', 'shared', 'models', 'SmolLM2-135M-Instruct.Q4_1.gguf');
export const HAS_MODEL = existsSync(MODEL);

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One verb of the built program in a process of its own; inside an empty network namespace when `offline`. */
export function assize(
  args: readonly string[],
  options: { readonly dataDir: string; readonly offline?: boolean },
): Promise<Ended> {
  const command = [process.execPath, CLI, ...args];
  const [file, ...rest] =
    options.offline === true
      ? ['unshare', '-n', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...command]
      : command;
  const env = { ...process.env, ASSIZE_DATA_DIR: options.dataDir };
  return new Promise((resolvePromise) => {
    execFile(
      file ?? '',
      rest,
      { env, maxBuffer: 64 * 1024 * 1024 },
      (error: ExecFileException | null, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolvePromise({ code, stdout, stderr });
      },
    );
  });
}

/** Whether this user may make a network namespace with loopback in it. */
export function canUnshare(): boolean {
  return (
    process.platform === 'linux' && spawnSync('unshare', ['-n', 'sh', '-c', 'ip link set lo up']).status === 0
  );
}
