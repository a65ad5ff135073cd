import { spawn } from 'node:child_process';

/** How a short program ended. A missing program, a time-out and a cancel are outcomes, not exceptions. */
export type RunOutcome =
  | { readonly kind: 'done'; readonly code: number; readonly stdout: string; readonly stderr: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly reason: string };

export interface RunOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export type Run = (file: string, args: readonly string[], options: RunOptions) => Promise<RunOutcome>;

/** More than any of the asked tools writes; a program that floods us is cut off, not buffered. */
const MAX_OUTPUT_CHARS = 8 * 1024 * 1024;

/**
 * Makes a runner that starts programs with the given environment (found through its PATH) and never waits
 * longer than `timeoutMs`: a program stuck in the kernel does not die when killed, so its end is not waited
 * for.
 */
export function createRun(env: NodeJS.ProcessEnv): Run {
  return (file, args, { timeoutMs, signal }) =>
    new Promise<RunOutcome>((resolve) => {
      if (signal.aborted) return resolve({ kind: 'cancelled' });
      const child = spawn(file, args, {
        // English messages: they are recognised by text.
        env: { ...env, LC_ALL: 'C' },
        stdio: ['ignore', 'pipe', 'pipe'],
        windowsHide: true,
      });
      let stdout = '';
      let stderr = '';
      const end = (outcome: RunOutcome): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', cancel);
        resolve(outcome);
      };
      const stop = (outcome: RunOutcome): void => {
        child.kill('SIGKILL');
        child.unref();
        child.stdout.destroy();
        child.stderr.destroy();
        end(outcome);
      };
      const cancel = (): void => stop({ kind: 'cancelled' });
      const timer = setTimeout(() => stop({ kind: 'timeout' }), timeoutMs);
      signal.addEventListener('abort', cancel, { once: true });
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
        if (stdout.length > MAX_OUTPUT_CHARS) stop({ kind: 'failed', reason: 'it wrote without end' });
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        if (stderr.length < MAX_OUTPUT_CHARS) stderr += text;
      });
      child.on('error', (error: NodeJS.ErrnoException) =>
        end(error.code === 'ENOENT' ? { kind: 'missing' } : { kind: 'failed', reason: error.message }),
      );
      child.on('close', (code) => end({ kind: 'done', code: code ?? -1, stdout, stderr }));
    });
}
