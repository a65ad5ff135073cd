// Starting programs from scripts: plain JavaScript for Node 20 and newer, no dependencies.
import { spawn } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectRoot = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** A failure that the person who typed the command can do something about: whatever script it ends, its sentence is all that is printed. */
export class ScriptError extends Error {}

process.on('uncaughtException', (error) => {
  process.stderr.write(`${error instanceof ScriptError ? error.message : (error?.stack ?? error)}\n`);
  process.exit(1);
});

export function say(text) {
  process.stderr.write(`${text}\n`);
}

/**
 * Runs a program to its end and resolves `{code, signal, output}`; never rejects. A program that cannot be started has code 127, one that
 * outlives `timeoutMs` is ended with all its children and has code 124. `quiet` keeps its output back (it is in `output`).
 */
export function run(command, args, options = {}) {
  const { env = process.env, cwd = projectRoot, quiet = false, timeoutMs = null } = options;
  return new Promise((done) => {
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
      // npm on Windows is a command file, which only a shell starts.
      shell: process.platform === 'win32' && command === 'npm',
      // Its own group, so that a time-out ends its children too; not when it shares the terminal, whose Ctrl-C it would miss.
      detached: quiet && process.platform !== 'win32',
      windowsHide: true,
    });
    let output = '';
    let timedOut = false;
    const end = (signal) => {
      try {
        if (quiet && process.platform !== 'win32') process.kill(-child.pid, signal);
        else child.kill(signal);
      } catch {
        // Gone already.
      }
    };
    let kill = null;
    const timer =
      timeoutMs === null
        ? null
        : setTimeout(() => {
            timedOut = true;
            end('SIGTERM');
            kill = setTimeout(() => end('SIGKILL'), 2000);
          }, timeoutMs);
    const onExit = () => end('SIGTERM');
    if (quiet) process.once('exit', onExit);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        output = (output + text).slice(-200_000);
      });
    }
    const settle = (code, signal) => {
      clearTimeout(timer ?? undefined);
      clearTimeout(kill ?? undefined);
      process.off('exit', onExit);
      done({ code: timedOut ? 124 : code, signal, output });
    };
    child.once('error', (error) => {
      output += error.message;
      settle(127, null);
    });
    child.once('close', (code, signal) => settle(code ?? 1, signal));
    // After a time-out nothing more is read: a stray child that holds the pipe would hold us.
    child.once('exit', (code, signal) => timedOut && settle(code ?? 1, signal));
  });
}

/** A program in the person's terminal, in this process's place. Resolves its exit code, or 128 + signal. */
export function runForeground(command, args, { env = process.env, cwd = process.cwd() } = {}) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { cwd, env, stdio: 'inherit' });
    const handlers = {
      SIGINT: () => undefined,
      SIGTERM: () => child.kill('SIGTERM'),
      SIGHUP: () => child.kill('SIGHUP'),
    };
    const off = () => Object.entries(handlers).forEach(([signal, handler]) => process.off(signal, handler));
    Object.entries(handlers).forEach(([signal, handler]) => process.on(signal, handler));
    child.once('error', (error) => {
      off();
      fail(error);
    });
    child.once('close', (code, signal) => {
      off();
      const numbers = { SIGHUP: 129, SIGINT: 130, SIGKILL: 137, SIGTERM: 143, SIGSEGV: 139, SIGABRT: 134 };
      done(code ?? numbers[signal] ?? 1);
    });
  });
}
