import { pino } from 'pino';

export interface Log {
  info(text: string, data?: Record<string, unknown>): void;
  warn(text: string, data?: Record<string, unknown>): void;
  error(text: string, data?: Record<string, unknown>): void;
}

/** Structured log in a file of the data directory; never a prompt, an answer or a key. */
export function createLog(file: string): Log & { flush(): void } {
  const destination = pino.destination({ dest: file, mkdir: true, sync: false });
  const logger = pino({ level: 'info', base: { pid: process.pid } }, destination);
  return {
    info: (text, data) => logger.info(data ?? {}, text),
    warn: (text, data) => logger.warn(data ?? {}, text),
    error: (text, data) => logger.error(data ?? {}, text),
    flush: () => logger.flush(),
  };
}

export const silentLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
