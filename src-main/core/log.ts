import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { pino } from 'pino';

export interface Log {
  info(text: string, data?: Record<string, unknown>): void;
  warn(text: string, data?: Record<string, unknown>): void;
  error(text: string, data?: Record<string, unknown>): void;
}

/**
 * Structured log in a file of the data directory; never a prompt, an answer or a key. Each line is written as it comes, so that the
 * words before a crash are there; one that cannot be written (a full disk, no permission) is dropped, since no run may end for its log.
 */
export function createLog(file: string): Log {
  const logger = pino({ level: 'info', base: { pid: process.pid } }, { write: lineWriter(file) });
  return {
    info: (text, data) => logger.info(data ?? {}, text),
    warn: (text, data) => logger.warn(data ?? {}, text),
    error: (text, data) => logger.error(data ?? {}, text),
  };
}

/** Not pino's own destination: it ends the program when the file cannot be opened, and waits on a full disk for room for ever. */
function lineWriter(file: string): (line: string) => void {
  return (line) => {
    try {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      const handle = openSync(file, 'a', 0o600);
      try {
        writeSync(handle, line);
      } finally {
        closeSync(handle);
      }
    } catch {
      // Nowhere to say it: the log is where it would be said.
    }
  };
}

export const silentLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
